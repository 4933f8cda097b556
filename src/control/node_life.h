// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The life of nodes: registration, heartbeats, silence, DOWN and back; and what nodes report of jobs.
#pragma once

#include <algorithm>
#include <set>

#include "control/controller.h"

namespace slurmxx {

inline bool holds(const Job& job, NodeIndex node) {
  return std::find(job.unfinished.begin(), job.unfinished.end(), node) != job.unfinished.end();
}

class NodeLife {
 public:
  explicit NodeLife(Controller& controller) : c_(controller) {}

  void report(SessionId from, const NodeReport& report);
  void closed(SessionId session);
  void check_silence();
  void trust_resumed();    // a resumed node whose session stands is used again
  void everyone_silent();  // after a start: nobody has been heard yet

  // After a new configuration, whose nodes may stand in another order: what is known by number follows the names.
  void renumber(const std::vector<std::string>& names_before);

  bool is_away(NodeIndex node) const;  // switched off or rebooting: nothing is expected from it

  void set(NodeIndex node, const NodeCondition& condition);  // unless it is so already

  // Jobs on a node that is lost: requeued or ended, and the node no longer waited for.
  void lose_jobs(NodeIndex node, const std::string& why);

  void nothing_left(NodeIndex node);  // it is off: no life of a job that was given up is there any more

  // Nobody gets the node before this life of a job has been cleared there.
  void hold_for(NodeIndex node, const Incarnation& life);

 private:
  void hello(SessionId from, const NodeHello& hello);
  void name_instance(NodeIndex node, const NodeRegistration& registration);
  void judge_registration(NodeIndex node, const NodeRegistration& registration);
  void take_features(NodeIndex node, const std::string& told);
  void settle_jobs(NodeIndex node, const NodeHello& hello, bool rebooted);
  void hold_until_clear(NodeIndex node, std::set<Incarnation> lives);
  void launch_again(const Job& job, NodeIndex node);
  void lose_job(const Job& job, NodeIndex node, const std::string& why);
  void batch_ended(NodeIndex node, const BatchEnded& report);
  void launch_failed(NodeIndex node, const LaunchFailed& report);
  void send_back(JobId job);
  void cleared(NodeIndex node, const NodeCleared& report);
  void drain(NodeIndex node, const std::string& reason);
  void prolog_done(NodeIndex node, const Incarnation& life);

  Controller& c_;
};

}  // namespace slurmxx
