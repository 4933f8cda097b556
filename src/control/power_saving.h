// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Nodes that are switched off when nothing runs on them, and on for the jobs that get them: when SuspendProgram and
// ResumeProgram run, and what a node that does not come is. power_save.html, slurm.conf(5).
#pragma once

#include "control/controller.h"

namespace slurmxx {

class PowerSaving {
 public:
  explicit PowerSaving(Controller& controller) : c_(controller) {}

  void tick();                                                  // every second
  void job_gets(const Job& job);                                // its nodes that are off are switched on
  void job_left(const std::string& partition, NodeIndex node);  // PowerDownOnIdle
  void registered(NodeIndex node);                              // it has come up
  void start_prepared(NodeIndex node);                          // jobs that waited for it, and now for no other node
  bool are_on(const Job& job) const;                            // all nodes of its allocation, and none is booting
  bool is_away(NodeIndex node) const;                           // off, or on its way: its silence means nothing
  bool is_any_away(const Allocation& allocation) const;

  // scontrol update NodeName= State=POWER_UP, POWER_DOWN, POWER_DOWN_ASAP, POWER_DOWN_FORCE.
  Status order(NodeIndex node, std::string_view state);
  bool take_back(NodeIndex index);  // State=RESUME, of POWER_DOWN that has not begun; false: there was none

 private:
  enum class Due : std::uint8_t { nothing, suspend, powered_down, too_late };
  Due due(const Node& node, NodeIndex index);
  bool is_past(Instant at);  // else the next tick may wait for that
  std::set<NodeIndex> excepted() const;
  void set(NodeIndex node, const NodePower& power);
  void enter(NodeIndex node, PowerPhase phase, std::optional<Instant> since);
  void run_programs();
  void give_up(NodeIndex node);
  void forget_failure(NodeIndex node);
  Limit<Seconds> idle_limit(NodeIndex node) const;
  Seconds timeout(NodeIndex node, bool resume) const;
  bool is_excluded(NodeIndex index, const Node& node) const;
  void run(const char* name, const std::string& program, const std::vector<NodeIndex>& nodes);

  Controller& c_;
  std::optional<Instant> next_;  // of one tick: when something is due that is not yet
};

}  // namespace slurmxx
