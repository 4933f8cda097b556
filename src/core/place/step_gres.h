// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a step can have of its job's GRES on one node: all of it unless the step says, and nothing that another step of
// the job has. Pure; srun(1) --gres, --gpus*, --overlap.
#pragma once

#include <vector>

#include "core/model/job.h"
#include "core/model/node.h"
#include "core/place/gres_choice.h"

namespace slurmxx {

class StepGres {
 public:
  StepGres() = default;
  StepGres(const Job& job, const NodeShare& share, const Node& node);

  // `now`: of what no other step has; else of all that the job has.
  bool covers(const GresNeed& need, bool now) const { return gres_cover(pools_, free(now), need); }
  JobParts free_for_job(const GresDemand& demand, bool now) const {
    return slurmxx::free_for_job(pools_, free(now), demand);
  }
  std::uint32_t tasks_that_fit(const GresDemand& demand, std::uint32_t most, bool now) const;
  struct Wish {
    const GresDemand& demand;
    std::uint32_t tasks = 1;
    const JobParts& parts;
    bool now = true;
  };
  std::vector<GresShare> choose(const Wish& wish, const std::vector<std::uint32_t>& cpu_ids) const;
  std::vector<IndexSet> cores_of_gpus(const std::vector<GresShare>& shares) const;

 private:
  GresSlots free(bool now) const;

  std::vector<GresPool> pools_;   // what the job has
  std::vector<GresShare> whole_;  // the same
  std::vector<GresShare> used_;   // by other steps
  std::uint32_t threads_per_core_ = 1;
};

}  // namespace slurmxx
