// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// When a job's steps are over here: processes that carry the job in their environment and run below none of our
// slurmstepds have escaped them. They are told in the log and killed, before the epilog.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/process/orphans.h"
#include "base/units.h"
#include "wire/stepd_messages.h"

namespace slurmxx {

class JobCleaner {
 public:
  // `spared` in the filter: what is known already to survive.
  JobCleaner(OrphanFilter filter, Seconds patience, std::function<void(const std::string&)> log, MonoTime now);

  void tick(MonoTime now);
  std::optional<MonoTime> wake_at() const { return look_at_; }
  bool over() const { return !look_at_; }
  const std::vector<Survivor>& survivors() const { return survivors_; }  // once over

 private:
  OrphanFilter filter_;
  std::function<void(const std::string&)> log_;
  MonoTime give_up_;
  std::optional<MonoTime> look_at_;
  std::set<pid_t> told_;
  std::vector<Survivor> survivors_;
};

}  // namespace slurmxx
