// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A whole cluster and its one run: an unfair time, then a fair one in which everything must come to its end.
#pragma once

#include "sim/chaos.h"
#include "sim/workload.h"

namespace slurmxx::sim {

class World {
 public:
  World(const RunOptions& options, Report& report);
  void run();  // throws Violation

 private:
  bool run_until(MonoTime until, const std::function<bool()>& done);
  bool belongs(const Machine& machine) const;
  bool quiet() const;
  std::string unrest() const;
  void clean_up();
  void check_end();

  Kernel kernel_;
  Oracle oracle_;
  Head head_;
  Machines machines_;
  Clients clients_;
  Sruns sruns_;
  Workload workload_;
  Chaos chaos_;
};

// One run in this process; what it found is in the report.
void run_seed(const RunOptions& options, Report& report);

}  // namespace slurmxx::sim
