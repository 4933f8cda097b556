// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Every report may come twice, and late: what does not fit the job's present life is acknowledged and changes nothing.
// States and ReturnToService: slurm.conf(5), sinfo(1).
#include "control/node_life.h"

#include <algorithm>

#include <fmt/format.h>

#include "control/dynamic_nodes.h"
#include "control/job_scripts.h"
#include "control/power_saving.h"
#include "control/preemption.h"
#include "control/reboots.h"
#include "control/rules.h"
#include "control/scheduling.h"
#include "control/start_states.h"
#include "control/steps.h"
#include "control/usage_inquiry.h"
#include "core/text/words.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {
namespace {

// A new boot since the registration before. Older slurmds tell no boot id, only its instant, which moves as the clock
// is set.
bool rebooted_since(const Node& node, const NodeRegistration& now) {
  if (!node.registered) return false;
  if (!node.registered->boot_id.empty() && !now.boot_id.empty()) return node.registered->boot_id != now.boot_id;
  constexpr Seconds clock_drift(60);
  return now.booted > node.registered->booted + clock_drift;
}

std::shared_ptr<const StepUsage> measured_on(NodeIndex node, std::optional<StepUsage> usage) {
  if (!usage) return nullptr;
  usage->set_node(node);
  return std::make_shared<const StepUsage>(std::move(*usage));
}

// What a node lacks of what slurm.conf promises; empty: nothing.
std::string lack_of(const NodeRegistration& registration, const Node& node) {
  const NodeShape& have = registration.shape;
  const NodeShape& want = node.declared;
  if (have.cpus < want.cpus) return fmt::format("Low CPUs ({} < {})", have.cpus, want.cpus);
  if (have.memory < want.memory)
    return fmt::format("Low RealMemory (reported:{} < configured:{})", have.memory.value, want.memory.value);
  if (have.tmp_disk < want.tmp_disk)
    return fmt::format("Low TmpDisk (reported:{} < configured:{})", have.tmp_disk.value, want.tmp_disk.value);
  return gres_lack(node.gres_declared, registration.gres);
}

}  // namespace

void NodeLife::set(NodeIndex node, const NodeCondition& condition) {
  if (condition != c_.state_.find(node)->condition) c_.emit(NodeConditionSet{node, condition});
}

bool NodeLife::is_away(NodeIndex node) const { return PowerSaving(c_).is_away(node) || Reboots(c_).is_away(node); }

void NodeLife::everyone_silent() {
  c_.state_.nodes().for_each([&](std::uint64_t number, const Node& node) {
    if (node.power.phase != PowerPhase::on) return;
    if (node.condition.base == NodeBase::up || node.condition.base == NodeBase::unknown)
      c_.unheard_.since[NodeIndex(static_cast<std::uint32_t>(number))] = c_.now_.mono;
  });
}

void NodeLife::renumber(const std::vector<std::string>& names_before) {
  std::vector<std::optional<NodeIndex>> moved(names_before.size());
  for (std::size_t i = 0; i < names_before.size(); ++i) {
    NodeIndex index;
    if (c_.state_.find_node(names_before[i], &index)) moved[i] = index;
  }
  const auto follow = [&]<class Value>(std::map<NodeIndex, Value>& by_node) {
    std::map<NodeIndex, Value> after;
    for (auto& [node, value] : by_node)
      if (moved[node.value]) after.emplace(*moved[node.value], std::move(value));
    by_node = std::move(after);
  };
  follow(c_.session_of_node_);
  follow(c_.unheard_.since);
  follow(c_.unheard_.resumed);
  follow(c_.unheard_.given_up);
  for (auto& [job, nodes] : c_.waiting_.unprepared) {
    std::set<NodeIndex> after;
    for (NodeIndex node : nodes)
      if (moved[node.value]) after.insert(*moved[node.value]);
    nodes = std::move(after);
  }
  std::map<NodeIndex, Vitals> vitals;
  c_.shown_.vitals.for_each([&](std::uint64_t number, const Vitals& of) {
    if (number < moved.size() && moved[number]) vitals.emplace(*moved[number], of);
  });
  c_.shown_.vitals = {};
  for (const auto& [node, of] : vitals) c_.shown_.vitals.insert(node.value, of);
  std::erase_if(c_.node_sessions_, [&](const auto& entry) {
    const auto& [session, known] = entry;
    if (moved[known.node.value]) return false;
    // Its node left: it says hello now and then until it is known again.
    c_.outgoing_.push_back({c_.state_.position(), session, NodeOrder(SayHello{})});
    return true;
  });
  for (auto& [session, known] : c_.node_sessions_) known.node = *moved[known.node.value];
}

void NodeLife::report(SessionId from, const NodeReport& report) {
  if (const auto* first = std::get_if<NodeHello>(&report)) return hello(from, *first);
  auto session = c_.node_sessions_.find(from);
  if (session == c_.node_sessions_.end()) return;  // said nothing of who it is: nothing it says counts
  session->second.last_heard = c_.now_.mono;
  const NodeIndex node = session->second.node;
  const NodeCondition& condition = c_.state_.find(node)->condition;
  if (condition.base == NodeBase::down && condition.not_responding && !session->second.asked_again) {
    session->second.asked_again = true;
    c_.order(node, SayHello{});
  }
  if (const auto* beat = std::get_if<Heartbeat>(&report)) {
    const Vitals vitals{beat->load_hundredths, beat->free_memory};
    if (c_.shown_.vitals.find(node.value))
      c_.shown_.vitals.change(node.value) = vitals;
    else
      c_.shown_.vitals.insert(node.value, vitals);
  } else if (const auto* ended = std::get_if<BatchEnded>(&report)) {
    batch_ended(node, *ended);
  } else if (const auto* failed = std::get_if<LaunchFailed>(&report)) {
    launch_failed(node, *failed);
  } else if (const auto* gone = std::get_if<NodeCleared>(&report)) {
    cleared(node, *gone);
  } else if (const auto* left = std::get_if<StepLeft>(&report)) {
    Steps(c_).left(node, *left);
    if (!left->fault.empty()) drain(node, left->fault);
  } else if (const auto* done = std::get_if<PrologDone>(&report)) {
    prolog_done(node, done->job);
  } else if (const auto* told = std::get_if<UsageTold>(&report)) {
    UsageInquiry(c_).told(node, *told);
  } else if (const auto* awaited = std::get_if<StepAwaited>(&report)) {
    Steps(c_).awaited(node, awaited->key);
  }
}

void NodeLife::hello(SessionId from, const NodeHello& hello) {
  NodeIndex node;
  if (!c_.state_.find_node(hello.name, &node)) {
    const auto joined = DynamicNodes(c_).join(hello);
    if (!joined) {
      c_.outgoing_.push_back({c_.state_.position(), from, NodeOrder(TurnedAway{text_of(joined.error()), false})});
      return;
    }
    node = *joined;
  }
  if (auto old = c_.session_of_node_.find(node); old != c_.session_of_node_.end()) c_.node_sessions_.erase(old->second);
  c_.node_sessions_[from] = {node, c_.now_.mono};
  c_.session_of_node_[node] = from;
  c_.unheard_.since.erase(node);
  const bool expected = is_away(node);
  const bool rebooted = !expected && rebooted_since(*c_.state_.find(node), hello.registration);
  const bool begun = expected && Reboots(c_).begins_anew(node, hello.registration);
  judge_registration(node, hello.registration);
  settle_jobs(node, hello, rebooted);
  Steps(c_).settle(node, hello.steps);
  c_.waiting_.steps_may_fit = true;
  if (!expected) return;
  Reboots(c_).registered(node, hello.registration, begun);
  PowerSaving(c_).registered(node);
  if (!is_away(node)) PowerSaving(c_).start_prepared(node);
}

// Of those that helpers.conf knows, the node has what its slurmd tells.
void NodeLife::take_features(NodeIndex index, const std::string& told) {
  const auto& rules = c_.planning_.rules->boots;
  const std::string& active = c_.state_.find(index)->features_active;
  const std::string now = rules ? commas_with(join(rules->lasting(active), ","), told) : active;
  if (now != active) c_.emit(NodeChanged{index, {}, now, {}, {}});
}

void NodeLife::name_instance(NodeIndex index, const NodeRegistration& registration) {
  const NodeOverrides& before = c_.state_.find(index)->overrides;
  NodeOverrides next = before;
  if (registration.instance_id) next.instance_id = registration.instance_id;
  if (registration.instance_type) next.instance_type = registration.instance_type;
  if (next == before) return;
  NodeChanged change;
  change.node = index;
  change.overrides = std::move(next);
  c_.emit(std::move(change));
}

void NodeLife::judge_registration(NodeIndex index, const NodeRegistration& registration) {
  const Node node = *c_.state_.find(index);
  const bool rebooted = !is_away(index) && rebooted_since(node, registration);
  // What a slurmd that has started says; scontrol may change it afterwards.
  const bool started = !node.registered || node.registered->slurmd_started != registration.slurmd_started;
  if (started && registration.extra && *registration.extra != node.extra)
    c_.emit(NodeChanged{index, {}, {}, {}, registration.extra});
  if (started) name_instance(index, registration);
  if (node.registered != registration) c_.emit(NodeRegistered{index, registration});
  if (registration.features) take_features(index, *registration.features);
  NodeCondition next = node.condition;
  next.not_responding = false;
  const std::string lack = lack_of(registration, node);
  if (!lack.empty() && !c_.config().plugins.config_overrides) {
    next.invalid_registration = next.drain = true;
    next.reason = NodeReason{lack, c_.options_.slurm_user, c_.now_.wall};
    return set(index, next);
  }
  if (next.invalid_registration) {
    next.invalid_registration = next.drain = false;
    next.reason.reset();
  }
  if (next.base == NodeBase::unknown) next.base = NodeBase::up;
  const std::uint32_t back = c_.config().jobs.return_to_service;
  const bool ordered_down = next.down_by_admin || start_state_of(c_.config(), index).state == NodeStartState::down;
  if (rebooted && back < 2 && !ordered_down) {
    next.base = NodeBase::down;
    next.down_by_admin = true;
    next.reason = NodeReason{"Node unexpectedly rebooted", c_.options_.slurm_user, c_.now_.wall};
    set(index, next);
    return lose_jobs(index, "NodeFail");
  }
  if (next.base == NodeBase::down && (back == 2 || (back == 1 && !ordered_down))) {
    next.base = NodeBase::up;
    next.down_by_admin = false;
    if (!next.drain && !next.fail) next.reason.reset();
  }
  set(index, next);
}

void NodeLife::settle_jobs(NodeIndex node, const NodeHello& hello, bool rebooted) {
  Welcome welcome;
  welcome.epoch = c_.state_.epoch();
  welcome.log = c_.options_.log;
  if (const std::string& name = c_.state_.find(node)->name; name != hello.name) welcome.node_name = name;
  const Seconds timeout = c_.config().timeouts.slurmd_timeout;
  welcome.heartbeat_every = timeout == Seconds(0) ? Seconds(30) : Seconds(std::max<std::int64_t>(1, timeout.value / 3));
  std::vector<JobId> here;
  for (JobId id : c_.active_)
    if (holds(*c_.state_.find(id), node)) here.push_back(id);
  for (JobId id : here) welcome.expected.push_back({id, c_.state_.find(id)->life_on_nodes()});
  c_.order(node, welcome);
  std::set<Incarnation> given_up(hello.running.begin(), hello.running.end());
  for (const Incarnation& life : welcome.expected) given_up.erase(life);
  hold_until_clear(node, std::move(given_up));
  for (JobId id : here) {
    const Job& job = *c_.state_.find(id);
    if (!job.runs()) {
      Scheduling(c_).order_end(job, node, "");
      continue;
    }
    if (job.preparing) continue;  // nothing of it was launched
    const auto among = [life = Incarnation{id, job.restarts}](const std::vector<Incarnation>& lives) {
      return std::find(lives.begin(), lives.end(), life) != lives.end();
    };
    if (among(hello.running)) {
      if (!among(hello.preparing)) prolog_done(node, {id, job.restarts});
      if (job.times.suspended)
        c_.order(node, SuspendJob{{id, job.restarts}, job.state == JobState::running, c_.planning_.suspend_grace});
      continue;
    }
    if (rebooted || hello.registration.booted > *job.times.started)
      lose_job(job, node, "NodeFail");  // what ran there is gone
    else
      launch_again(job, node);
  }
}

void NodeLife::launch_again(const Job& job, NodeIndex node) {
  Scheduling(c_).launch_on(job, node);
  if (job.state == JobState::suspended)
    c_.order(node, SuspendJob{{job.id, job.restarts}, false, c_.planning_.suspend_grace});
}

void NodeLife::prolog_done(NodeIndex node, const Incarnation& life) {
  const Job* job = c_.state_.find(life.job);
  if (!job || !job->runs() || job->restarts != life.restarts) return;
  if (c_.waiting_.unprepared.contains(life.job))
    JobScripts(c_).prepared(life.job, node);
  else if (job->allocation->batch_node() == node)
    Scheduling(c_).all_prepared(*job);  // the order that followed may have been lost with a session
}

void NodeLife::drain(NodeIndex node, const std::string& reason) {
  NodeCondition next = c_.state_.find(node)->condition;
  if (next.drain && next.reason && next.reason->text == reason) return;  // a report that came twice
  next.drain = true;
  next.reason = NodeReason{reason, c_.options_.slurm_user, c_.now_.wall};
  set(node, next);
}

void NodeLife::hold_for(NodeIndex node, const Incarnation& life) {
  const auto held = c_.unheard_.given_up.find(node);
  std::set<Incarnation> lives = held == c_.unheard_.given_up.end() ? std::set<Incarnation>() : held->second;
  lives.insert(life);
  hold_until_clear(node, std::move(lives));
}

// No new job there while one of these lives may still run: its NodeCleared, or a hello without it, ends that.
void NodeLife::hold_until_clear(NodeIndex node, std::set<Incarnation> lives) {
  NodeCondition next = c_.state_.find(node)->condition;
  next.clearing = !lives.empty();
  set(node, next);
  if (lives.empty())
    c_.unheard_.given_up.erase(node);
  else
    c_.unheard_.given_up[node] = std::move(lives);
}

void NodeLife::batch_ended(NodeIndex node, const BatchEnded& report) {
  const Job* job = c_.state_.find(report.job.job);
  if (job && job->runs() && job->restarts == report.job.restarts && job->allocation->batch_node() == node) {
    const bool good = report.exit == ExitCode{};
    const JobSettings& settings = c_.config().jobs;
    auto listed = [&](const std::vector<std::uint32_t>& codes) {
      return report.exit.signal == 0 && std::binary_search(codes.begin(), codes.end(), report.exit.status);
    };
    if (job->is_preempted() && !good)
      Preempting(c_).finish(job->id);
    else if (listed(settings.requeue_exit_hold))
      Scheduling(c_).requeue_job(report.job.job, Hold::special_exit, "");
    else if (!good && job->spec->policy.requeue_expedite)
      Scheduling(c_).requeue_job(report.job.job, Hold::none, "", Scheduling::By::expedited);
    else if (listed(settings.requeue_exit))
      Scheduling(c_).requeue_job(report.job.job, Hold::none, "");
    else
      Scheduling(c_).end_job(report.job.job, {good ? JobState::completed : JobState::failed, report.exit,
                                              good                 ? ""
                                              : report.exit.signal ? "RaisedSignal"
                                                                   : "NonZeroExitCode",
                                              "", measured_on(node, report.usage)});
  } else if (job && !job->runs() && job->restarts == report.job.restarts && holds(*job, node) && !job->script_usage &&
             report.usage && job->allocation->batch_node() == node) {
    StepToldLate late{report.job.job, StepId::batch(), node, report.exit, report.usage};
    late.usage->set_node(node);
    c_.emit(std::move(late));
  }
  Steps(c_).former_script_left(node, report);
  if (!report.fault.empty()) drain(node, report.fault);
  c_.order(node, ReportSeen{report.job, false});
}

void NodeLife::launch_failed(NodeIndex node, const LaunchFailed& report) {
  const Job* job = c_.state_.find(report.job.job);
  const bool counts = job && job->runs() && job->restarts == report.job.restarts;
  const auto requeues = [&] {
    return c_.config().launch.prolog_flags.force_requeue ||
           job->spec->policy.requeue.value_or(c_.config().jobs.job_requeue);
  };
  if (counts && job->spec->policy.batch && requeues())
    send_back(report.job.job);
  else if (counts)
    Scheduling(c_).end_job(report.job.job, {JobState::failed, {1, 0}, "JobLaunchFailure", ""});
  if (report.node_fault) drain(node, report.reason);
  c_.order(node, ReportSeen{report.job, false});
}

// A batch job that could not be launched waits for somebody to look, unless nohold_on_prolog_fail says otherwise.
void NodeLife::send_back(JobId job) {
  if (c_.config().scheduling.says("nohold_on_prolog_fail"))
    Scheduling(c_).requeue_job(job, Hold::none, "");
  else
    Scheduling(c_).requeue_job(job, Hold::admin, "launch failed requeued held");
}

void NodeLife::cleared(NodeIndex node, const NodeCleared& report) {
  const Job* job = c_.state_.find(report.job.job);
  // A node that clears a job which should run there lost it: it is not our order that it followed.
  if (job && holds(*job, node) && !job->runs() && job->life_on_nodes() == report.job.restarts) {
    const std::string partition = job->allocation ? job->allocation->partition : "";
    c_.emit(JobLeftNode{report.job.job, node});
    PowerSaving(c_).job_left(partition, node);
  }
  if (const auto held = c_.unheard_.given_up.find(node);
      held != c_.unheard_.given_up.end() && held->second.contains(report.job)) {
    std::set<Incarnation> left = held->second;
    left.erase(report.job);
    hold_until_clear(node, std::move(left));
  }
  if (!report.epilog_error.empty()) drain(node, report.epilog_error);
  c_.order(node, ReportSeen{report.job, true});
}

void NodeLife::closed(SessionId session) {
  auto found = c_.node_sessions_.find(session);
  if (found == c_.node_sessions_.end()) return;
  c_.unheard_.since[found->second.node] = found->second.last_heard;
  c_.session_of_node_.erase(found->second.node);
  c_.node_sessions_.erase(found);
}

}  // namespace slurmxx
