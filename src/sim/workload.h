// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What users and administrators do: jobs of many shapes, allocations with steps, and every verb, at random.
#pragma once

#include <vector>

#include "sim/clients.h"
#include "sim/sruns.h"

namespace slurmxx::sim {

struct Commands {
  Clients& clients;
  Sruns& sruns;
};

class Workload {
 public:
  Workload(Kernel& kernel, Oracle& oracle, Commands commands, Head& head)
      : kernel_(kernel), oracle_(oracle), clients_(commands.clients), head_(head), sruns_(commands.sruns) {}

  void begin();
  void end() { ended_ = true; }
  // What an administrator does when all is over: nodes resumed, partitions up, held jobs released.
  void clean_up();
  void submit_batch();

 private:
  void act();
  void use_verb();
  void administer();
  void change_node();
  void change_partition();
  void change_reservation();
  void stop_and_go();
  void change_job();
  void submit_allocation();
  void start_srun();
  void take_steps(JobId job, int left);
  void finish(JobId job);
  SubmitRequest job();
  void ask_for_gres(ResourceRequest& want);
  std::string script();
  JobId some_job();
  void ask_root(ClientRequest request);

  Kernel& kernel_;
  Oracle& oracle_;
  Clients& clients_;
  Head& head_;
  Sruns& sruns_;
  bool ended_ = false;
  std::vector<JobId> known_;
  Millis pace_{1000};
};

}  // namespace slurmxx::sim
