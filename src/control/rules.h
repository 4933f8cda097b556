// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What follows from the configuration in force and is asked for at each pass or start: worked out once for each
// configuration.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/config/cluster_config.h"
#include "core/config/scheduler_parameters.h"
#include "core/schedule/boot_features.h"
#include "core/schedule/view.h"
#include "core/tres/tres_weights.h"

namespace slurmxx {

struct Rules {
  Policies policies;
  SchedulerParameters parameters;
  std::map<std::string, std::vector<TresWeight>> billing;  // by partition
  BillingSum billing_sum = BillingSum::all;
  std::shared_ptr<const BootRules> boots;  // null: no node is booted for its features
};

std::shared_ptr<const Rules> rules_of(const ClusterConfig& config);

// What the TRES of an allocation are billed a second (TRESBillingWeights of its partition).
double billing_rate(const Rules& rules, const std::string& partition, const TresCounts& tres);

}  // namespace slurmxx
