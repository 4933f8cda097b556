// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Weights of TRES as slurm.conf writes them (PriorityWeightTRES, TRESBillingWeights), and what a job is billed by them.
// Ruled by slurm.conf(5) and priority_multifactor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/tres/tres.h"

namespace slurmxx {

struct TresWeight {
  std::string name;   // as TresCounts spells it
  double weight = 0;  // of one unit: a CPU, a MiB

  bool operator==(const TresWeight&) const = default;
};

// "CPU=1000,Mem=0.25G,GRES/gpu=-2.5": a unit behind the weight of memory or of a burst buffer is what it is the weight
// of. An empty text: no weights. Error: no NAME=NUMBER, or a name that is no TRES.
Result<std::vector<TresWeight>> parse_tres_weights(std::string_view text);

// Which TRES of a job's node do not add up but count by the dearest of them.
enum class BillingSum : std::uint8_t {
  all = 0,           // none: all add up
  max_of_node = 1,   // MAX_TRES: cpu, mem, gres ...
  max_and_gres = 2,  // MAX_TRES_GRES: as before, and every gres adds up
};

// Without weights a job is billed its CPUs. Licences and other resources of the whole cluster always add up.
double billing_of(const TresCounts& tres, const std::vector<TresWeight>& weights, BillingSum sum = BillingSum::all);

}  // namespace slurmxx
