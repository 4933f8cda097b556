// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What becomes of the planner's Preempt: jobs are cancelled, sent back to the queue or suspended to make room for one
// that waits. Who is in his time of grace is in the log (Job::kill); for whom room is being made is not: a planner that
// has lost that finds jobs that leave, and preempts no more of them.
#pragma once

#include "control/controller.h"

namespace slurmxx {

// Null: PreemptType says none. Without a directory no QOS is known.
std::shared_ptr<const PreemptRules> preempt_rules(const ClusterConfig& config, const Directory* directory);

class Preempting {
 public:
  explicit Preempting(Controller& controller) : c_(controller) {}

  void renew();  // the rules, after another configuration or account book
  void carry_out(const Preempt& decision);
  void end_graces();       // whose time is over
  void finish(JobId job);  // of one in his time of grace
  // Those who are to go from now on: the job comes first until they have gone and the next job has started.
  std::vector<Preempted> note(const Preempt& decision);
  void forget_done();
  void resume_aside();  // who was suspended for others, where the CPUs are free again

 private:
  void preempt(JobId job, PreemptMode mode);
  void warn(const Job& job);
  void stop(const Job& job);
  std::uint32_t sharers(const Job& job, NodeIndex node, std::uint32_t cpu) const;
  bool has_its_units(const Job& job);
  bool may_go_on(const Job& job);
  bool may_go_on_together(const Job& job);
  bool makes_room(JobId id) const;
  bool has_room(JobId id, const std::set<Incarnation>& lives) const;
  bool has_left(const Incarnation& life) const;

  Controller& c_;
  ClusterView units_;  // partitions with their networks, and what runs
};

}  // namespace slurmxx
