// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// All keys of a request go into a draft first; then rights and the job's or node's state are judged; then one event.
#include "control/updates.h"
#include "control/accounts.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "control/configure.h"
#include "control/dependencies.h"
#include "control/dynamic_nodes.h"
#include "control/node_life.h"
#include "control/power_saving.h"
#include "control/reboots.h"
#include "control/reservations.h"
#include "control/resizing.h"
#include "control/scheduling.h"
#include "control/steps.h"
#include "control/submission.h"
#include "control/triggers.h"
#include "control/update_keys.h"
#include "core/hostlist/hostlist.h"
#include "core/licenses/check_licenses.h"
#include "core/model/job_name.h"
#include "core/model/node_state.h"
#include "core/request/gres_check.h"
#include "core/text/words.h"
#include "core/topology/node_topology.h"

namespace slurmxx {

Result<ClientReply> Updates::serve(const UpdateRequest& request) {
  Status done = fail(Errc::not_supported);
  if (equal_ignoring_case(request.entity, "reservation")) return ReservationKeeper(c_).serve(request, caller_);
  if (equal_ignoring_case(request.entity, "step")) done = Steps(c_).update(caller_, request);
  if (equal_ignoring_case(request.entity, "reboot")) {
    TRY(Reboots(c_).serve(request, caller_));
    return ClientReply(DoneReply{});
  }
  if (request.verb != UpdateVerb::change && equal_ignoring_case(request.entity, "node")) {
    TRY(make_or_remove_nodes(request));
    return ClientReply(DoneReply{});
  }
  if (request.verb != UpdateVerb::change && !equal_ignoring_case(request.entity, "partition")) return done.error();
  if (equal_ignoring_case(request.entity, "job")) done = update_job(request);
  if (equal_ignoring_case(request.entity, "node")) done = update_node(request);
  if (equal_ignoring_case(request.entity, "partition")) done = update_partition(request);
  if (equal_ignoring_case(request.entity, "slurmctld")) done = change_daemon(request);
  if (equal_ignoring_case(request.entity, "slurmd")) done = change_slurmds(request);
  if (!done) return done.error();
  return ClientReply(DoneReply{});
}

// All components of a heterogeneous job that are not over, if its leader is named: each is judged before one changes.
Status Updates::update_job(const UpdateRequest& request) {
  TRY_ASSIGN(const JobName name, parse_job_name(request.name));
  const Job* job = c_.state_.find(name.job);
  if (!job) return fail(Errc::invalid_job_id);
  if (job->array && job->array->array == job->id) return update_tasks(*job, name.tasks, request);
  if (!name.means(*job)) return fail(Errc::invalid_job_id);
  std::vector<JobChanged> changes;
  const std::vector<JobId> meant = name.leader ? std::vector{job->id} : Scheduling(c_).with_components(job->id);
  for (const JobId id : meant) {
    const Job& one = *c_.state_.find(id);
    if (id != job->id && is_ended(one.state)) continue;
    TRY_ASSIGN(JobChanged change, changed_job(one, request));
    changes.push_back(std::move(change));
  }
  for (JobChanged& change : changes) carry_out(std::move(change));
  return {};
}

void Updates::carry_out(JobChanged change) {
  growth_.carried_out();
  if (change.shrunk_to)
    Resizing(c_).carry_out(std::move(change));
  else
    c_.emit(std::move(change));
}

// Each task by itself: what one that runs refuses can be done to those that wait.
Status Updates::update_tasks(const Job& array, const std::optional<IndexSet>& tasks, const UpdateRequest& request) {
  if (!c_.manages(caller_, array)) return fail(Errc::user_id_missing);
  Status outcome = fail(Errc::invalid_job_id);
  bool any = false;
  for (const JobId id : Scheduling(c_).tasks_meant(array.id, tasks)) {
    auto change = changed_job(*c_.state_.find(id), request);
    if (!change) outcome = change.error();
    if (!change) continue;
    carry_out(std::move(*change));
    any = true;
  }
  return any ? Status() : outcome;
}

Status Updates::check_job_licenses(const std::string& licenses) const {
  return check_licenses(licenses, c_.config().scheduling.licenses, c_.config().scheduling.says("allow_zero_lic"));
}

// A user's job gets no more time than its partitions give, whatever EnforcePartLimits says; TimeMin fits in the limit.
Status Updates::check_times(const Job& job, const JobDraft& draft) const {
  const TimeRequest &before = job.spec->times, &after = draft.spec.times;
  if (job.state != JobState::pending) return {};
  const auto exceeds = [](const std::optional<TimeLimit>& asked, const TimeLimit& most) {
    return asked && !most.unlimited && (asked->unlimited || asked->value > most.value);
  };
  if (after.limit && before.limit_min != after.limit_min && exceeds(after.limit_min, *after.limit))
    return fail(Errc::invalid_time_min);
  const bool longer = !before.limit || exceeds(after.limit, *before.limit);
  if (!draft.time_limit || draft.is_operator || !longer || draft.spec.placement.exempt.time) return {};
  const auto& names = draft.spec.placement.partitions;
  const bool too_long = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    const Partition* partition = c_.state_.find_partition(name);
    return partition && exceeds(after.limit, partition->time_max);
  });
  return too_long ? Status(fail(Errc::access_denied)) : Status();
}

Status Updates::check_resources(const JobSpec& spec) {
  TRY(check_job_licenses(spec.labels.licenses));
  for (const std::string& name : spec.placement.partitions)
    if (!c_.state_.find_partition(name)) return fail(Errc::invalid_partition);
  TRY(check_gres(spec.resources, c_.config().scheduling.gres_types));
  TRY(check_submission(c_.cluster_shape(), c_.planning_.rules->policies, spec));
  return {};
}

Status Updates::admit_again(JobSpec& spec) {
  TRY(Accounts(c_).admit(spec));
  return Accounts(c_).admit_to_partitions(spec);
}

// Of what is judged anew where it is another than before.
Status Updates::check_changes(const Job& job, JobDraft& draft) {
  if (!job.spec->placement.boot.first)
    TRY(check_reboot(draft.spec.placement, c_.is_administrator(caller_), c_.config().paths.reboot_program));
  settle_switches(draft.spec.placement, c_.planning_.rules->policies.switches_wait_max);
  const JobLabels &before = job.spec->labels, &after = draft.spec.labels;
  if (before.licenses != after.licenses) {
    TRY(check_job_licenses(after.licenses));
    if (draft.runs && !draft.is_operator) TRY(growth_.check(job, draft.spec));
  }
  const auto charged_to = [](const JobLabels& of) { return std::tie(of.account, of.qos, of.wckey); };
  if (charged_to(before) != charged_to(after)) {
    TRY(admit_again(draft.spec));
    const bool moved = charged_to(before) != charged_to(after);
    if (moved && job.state != JobState::pending) return fail(Errc::job_not_pending);
  }
  if (before.reservation != after.reservation) TRY(ReservationKeeper(c_).check(draft.spec, caller_));
  const bool measured = draft.touches_resources || draft.time_limit || charged_to(before) != charged_to(after) ||
                        job.spec->placement.partitions != draft.spec.placement.partitions;
  if (measured && job.state == JobState::pending && !draft.is_operator) TRY(Accounts(c_).check_denied(draft.spec));
  return {};
}

Result<JobChanged> Updates::changed_job(const Job& job, const UpdateRequest& request) {
  JobDraft draft{.spec = *job.spec,
                 .held = job.hold,
                 .is_operator = c_.is_operator(caller_),
                 .runs = job.state == JobState::running,
                 .now = c_.now_.wall,
                 .started = job.times.started};
  if (!c_.manages(caller_, job)) return fail(Errc::user_id_missing);
  if (is_ended(job.state)) return fail(Errc::job_finished);
  for (const KeyValue& change : request.changes) TRY(change_job(draft, change));
  const bool special = draft.asks_special && !c_.config().jobs.allow_spec_resources_usage;
  if (special || (draft.privileged && !draft.is_operator)) return fail(Errc::access_denied);
  if (draft.touches_resources && job.state != JobState::pending) return fail(Errc::job_not_pending);
  if (draft.touches_resources) TRY(check_resources(draft.spec));
  TRY(check_times(job, draft));
  TRY(check_changes(job, draft));
  if (draft.dependencies && job.state != JobState::pending) return fail(Errc::job_not_pending);
  if (draft.age_begins_anew && job.state != JobState::pending) return fail(Errc::job_not_pending);
  std::optional<Dependencies> dependencies;
  if (draft.dependencies) {
    TRY_ASSIGN(dependencies, DependencyJudge(c_).checked(*draft.dependencies, job.id));
  }
  JobChanged event{job.id, std::make_shared<const JobSpec>(std::move(draft.spec)), draft.hold, draft.priority, false};
  if (draft.runs) event.running_limit = draft.time_limit;
  event.dependencies = std::move(dependencies);
  if (draft.age_begins_anew) event.accrual = AgeAccrual{job.times.accrual.held, c_.now_.wall};
  if (draft.nodes_kept || draft.node_names_kept) {
    TRY_ASSIGN(event.shrunk_to, Resizing(c_).smaller(job, draft));
  }
  return event;
}

Status Updates::order_node_state(NodeIndex index, std::string_view state, const std::string& reason) {
  if (starts_with_ignoring_case(state, "POWER_")) return PowerSaving(c_).order(index, state);
  if (!equal_ignoring_case(state, "CANCEL_REBOOT")) return set_node_state(index, state, reason);
  return Reboots(c_).serve({"reboot", c_.state_.find(index)->name, {}, UpdateVerb::remove}, caller_);
}

Status Updates::resume(NodeIndex index, NodeCondition& next) {
  const auto& reboot = c_.state_.find(index)->reboot;
  const bool ordered = reboot && !reboot->job;
  if (next.base != NodeBase::down && !next.drain && !next.fail && !next.invalid_registration && !ordered)
    return fail(Errc::invalid_node_state_transition);
  if (ordered) c_.emit(NodeRebootSet{index, std::nullopt});
  // Not to be used before it has given a sign of life again.
  next = NodeCondition{NodeBase::up, false, false, false, true, false, {}, next.clearing};
  c_.unheard_.resumed[index] = c_.now_.mono;
  Triggers(c_).resumed(index);
  return {};
}

Status Updates::set_node_state(NodeIndex index, std::string_view state, const std::string& reason) {
  NodeCondition next = c_.state_.find(index)->condition;
  const NodeReason why{reason, caller_.uid, c_.now_.wall};
  bool lost = false;
  auto is = [&](std::string_view word) { return equal_ignoring_case(state, word); };
  if (is("DRAIN") || is("DRAINING") || is("DRAINED") || is("FAIL") || is("FAILING")) {
    (is("FAIL") || is("FAILING") ? next.fail : next.drain) = true;
    next.reason = why;
  } else if (is("DOWN")) {
    lost = next.base != NodeBase::down;
    next.base = NodeBase::down;
    next.down_by_admin = true;
    next.reason = why;
  } else if (is("RESUME")) {
    TRY(resume(index, next));
  } else if (is("UNDRAIN")) {
    if (!next.drain) return {};
    next.drain = next.invalid_registration = false;
    next.reason.reset();
  } else if (is("IDLE")) {
    if (next.base == NodeBase::down && !next.drain && !next.fail) next.reason.reset();
    next.base = NodeBase::up;
    next.down_by_admin = false;
  } else if (is("FUTURE")) {
    next.base = NodeBase::future;
  } else if (is("NoResp")) {
    next.not_responding = true;
  } else {
    return fail(Errc::invalid_node_state);
  }
  NodeLife life(c_);
  life.set(index, next);
  if (lost) life.lose_jobs(index, "NodeFail");
  return {};
}

namespace {

Status check_state_word(const NodeDraft& draft) {
  constexpr std::string_view words[] = {"DRAIN",        "DRAINING",        "DRAINED",
                                        "FAIL",         "FAILING",         "DOWN",
                                        "RESUME",       "UNDRAIN",         "IDLE",
                                        "FUTURE",       "NoResp",          "POWER_UP",
                                        "POWER_DOWN",   "POWER_DOWN_ASAP", "POWER_DOWN_FORCE",
                                        "CANCEL_REBOOT"};
  if (!draft.state) return {};
  const auto known = std::find_if(std::begin(words), std::end(words),
                                  [&](std::string_view word) { return equal_ignoring_case(word, *draft.state); });
  if (known == std::end(words))
    return fail(Errc::error, fmt::format("Invalid input: State={}\nRequest aborted\n"
                                         "Valid states are: NoResp DRAIN FAIL FUTURE RESUME POWER_DOWN POWER_UP "
                                         "UNDRAIN\nNot all states are valid given a node's prior state",
                                         *draft.state));
  const bool needs_reason = known - std::begin(words) < 6;
  if (needs_reason && draft.reason.empty())
    return fail(Errc::error, "You must specify a reason when DOWNING or DRAINING a node. Request denied");
  return {};
}

}  // namespace

Status Updates::make_or_remove_nodes(const UpdateRequest& request) {
  if (!c_.is_administrator(caller_)) return fail(Errc::user_id_missing);
  if (request.verb == UpdateVerb::create) return DynamicNodes(c_).create(request);
  return DynamicNodes(c_).remove(request.name);
}

NodeDraft Updates::node_draft(NodeIndex index) const {
  const Node& node = *c_.state_.find(index);
  NodeDraft draft;
  draft.overrides = node.overrides;
  draft.active_before = node.features_active;
  draft.available_before = join(c_.config().nodes[index.value].features, ",");
  draft.gres_before = &node.gres;
  draft.gres_types = &c_.config().scheduling.gres_types;
  return draft;
}

void Updates::change_node_record(NodeIndex index, const NodeDraft& draft) {
  NodeChanged change{index, draft.weight, draft.features_active, draft.comment, draft.extra};
  if (draft.overrides_set) change.overrides = draft.overrides;
  if (draft.resume_after) {
    change.power = c_.state_.find(index)->power;
    change.power->resume_after.reset();
    if (!draft.resume_after->unlimited) change.power->resume_after = c_.now_.wall + draft.resume_after->value;
  }
  if (change.weight || change.features_active || change.comment || change.extra || change.overrides || change.power)
    c_.emit(std::move(change));
}

namespace {

// NodeAddr and NodeHostname may name as many values as there are nodes: each gets its own.
Result<KeyValue> change_of_one(const KeyValue& change, std::size_t place, std::size_t nodes) {
  if (!equal_ignoring_case(change.key, "NodeAddr") && !equal_ignoring_case(change.key, "NodeHostname")) return change;
  TRY_ASSIGN(const std::vector<std::string> values, expand_hostlist(change.value));
  if (values.size() == 1 && nodes == 1) return KeyValue{change.key, values.front()};
  if (values.size() != nodes)
    return fail(Errc::error,
                fmt::format("scontrol: error: Invalid input: {}={} stands for {} values, and there are {} nodes",
                            change.key, change.value, values.size(), nodes));
  return KeyValue{change.key, values[place]};
}

}  // namespace

Status Updates::update_node(const UpdateRequest& request) {
  if (!c_.is_administrator(caller_)) return fail(Errc::user_id_missing);
  TRY_ASSIGN(std::vector<std::string> names, expand_hostlist(request.name));
  if (names.empty()) return fail(Errc::invalid_node_name);
  if (equal_ignoring_case(request.name, "ALL")) {
    names.clear();
    c_.state_.nodes().for_each([&](std::uint64_t, const Node& node) { names.push_back(node.name); });
  }
  std::vector<std::pair<NodeIndex, NodeDraft>> drafts;
  for (const std::string& name : names) {
    NodeIndex index;
    if (!c_.state_.find_node(name, &index)) return fail(Errc::invalid_node_name);
    NodeDraft draft = node_draft(index);
    for (const KeyValue& change : request.changes) {
      TRY_ASSIGN(const KeyValue own, change_of_one(change, drafts.size(), names.size()));
      TRY(change_node(draft, own));
    }
    TRY(check_state_word(draft));
    if (draft.overrides.features || draft.features_active) TRY(check_features(draft));
    if (draft.overrides_set && draft.overrides.topology)
      TRY(check_node_topology(c_.config().topology, *draft.overrides.topology));
    drafts.emplace_back(index, std::move(draft));
  }
  Status outcome;
  for (auto& [index, draft] : drafts) {
    if (draft.state) {
      // As the original: the other nodes of the list are changed, and the error is told.
      if (Status set = order_node_state(index, *draft.state, draft.reason); !set) outcome = set;
    } else if (!draft.reason.empty()) {
      NodeCondition next = c_.state_.find(index)->condition;
      next.reason = NodeReason{draft.reason, caller_.uid, c_.now_.wall};
      NodeLife(c_).set(index, next);
    }
    change_node_record(index, draft);
  }
  return outcome;
}

}  // namespace slurmxx
