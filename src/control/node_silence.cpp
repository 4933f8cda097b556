// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Nodes that are not heard of: when they are taken for lost, and what becomes of their jobs.
#include "control/node_life.h"

#include <algorithm>

#include <fmt/format.h>

#include "control/power_saving.h"
#include "control/scheduling.h"
#include "control/steps.h"

namespace slurmxx {

void NodeLife::check_silence() {
  const Seconds timeout = c_.config().timeouts.slurmd_timeout;
  if (timeout == Seconds(0)) return;
  std::vector<NodeIndex> lost;
  for (const auto& [node, since] : c_.unheard_.since)
    if (since + timeout <= c_.now_.mono && !is_away(node)) lost.push_back(node);
  for (const auto& [session, known] : c_.node_sessions_)
    if (known.last_heard + timeout <= c_.now_.mono && !is_away(known.node)) lost.push_back(known.node);
  for (NodeIndex node : lost) {
    c_.unheard_.since.erase(node);
    NodeCondition next = c_.state_.find(node)->condition;
    if (next.base == NodeBase::down) continue;
    next.not_responding = true;
    if (next.base == NodeBase::unknown) {  // never seen since it is in slurm.conf
      set(node, next);
      continue;
    }
    next.base = NodeBase::down;
    if (!next.reason) next.reason = NodeReason{"Not responding", c_.options_.slurm_user, c_.now_.wall};
    set(node, next);
    lose_jobs(node, "NodeFail");
  }
}

void NodeLife::trust_resumed() {
  constexpr Seconds probation(1);
  std::erase_if(c_.unheard_.resumed, [&](const auto& entry) {
    const auto& [node, since] = entry;
    if (since + probation > c_.now_.mono) return false;
    if (!c_.session_of_node_.contains(node)) return true;  // its hello will be the sign
    NodeCondition next = c_.state_.find(node)->condition;
    next.not_responding = false;
    set(node, next);
    return true;
  });
}

void NodeLife::lose_jobs(NodeIndex node, const std::string& why) {
  std::vector<JobId> here;
  for (JobId id : c_.active_)
    if (holds(*c_.state_.find(id), node)) here.push_back(id);
  const auto held = c_.unheard_.given_up.find(node);
  std::set<Incarnation> lives = held == c_.unheard_.given_up.end() ? std::set<Incarnation>() : held->second;
  for (JobId id : here) lives.insert({id, c_.state_.find(id)->life_on_nodes()});
  // What is switched off runs nothing that its next hello would have to tell.
  if (!here.empty() && !PowerSaving(c_).is_away(node)) hold_until_clear(node, std::move(lives));
  for (JobId id : here) {
    lose_job(*c_.state_.find(id), node, why);
    if (c_.state_.find(id)->runs()) {  // it goes on without this node
      Steps(c_).lost(node, id);
      Scheduling(c_).order_end(*c_.state_.find(id), node, "CANCELLED DUE TO NODE FAILURE");
    }
    // It is DOWN: nothing more is expected from it.
    if (holds(*c_.state_.find(id), node)) c_.emit(JobLeftNode{id, node});
  }
}

void NodeLife::nothing_left(NodeIndex node) { hold_until_clear(node, {}); }

// With its first node a job loses its script; with another it goes on only if --no-kill says so.
void NodeLife::lose_job(const Job& job, NodeIndex node, const std::string& why) {
  const bool batch_host = job.allocation->batch_node() == node;
  if (!job.runs() || !(batch_host || job.spec->policy.kill_on_node_fail)) return;
  const auto& het = job.spec->het;
  const Job* leader = het ? c_.state_.find(het->leader) : &job;
  const JobPolicy& policy = (leader ? leader : &job)->spec->policy;
  const bool by_hand = job.state == JobState::suspended && !job.allocation->stands_aside;
  const auto by = policy.requeue_expedite ? Scheduling::By::expedited : Scheduling::By::itself;
  if (policy.batch && policy.requeue.value_or(c_.config().jobs.job_requeue))
    Scheduling(c_).requeue_job(job.id, by_hand ? Hold::admin : Hold::none, why, by);
  else
    Scheduling(c_).end_job(job.id, {JobState::node_fail, {}, why, "CANCELLED DUE TO NODE FAILURE"});
}

}  // namespace slurmxx
