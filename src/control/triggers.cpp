// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What happens to a node is what it is and was not a second ago; after a restart of slurmctld that begins anew.
#include "control/triggers.h"

#include <algorithm>

#include "core/hostlist/hostlist.h"
#include "core/model/job_name.h"
#include "core/model/node_state.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::uint32_t bit(TriggerEvent event) { return 1u << static_cast<std::uint32_t>(event); }

bool is_idle(const Node& node) { return node.condition.base == NodeBase::up && !has_jobs(node); }

}  // namespace

// SlurmUser's affair, unless SlurmctldParameters=allow_user_triggers says otherwise. A program runs as who set it: of
// others than SlurmUser only where that is root.
Status Triggers::check(const Caller& caller) const {
  const Uid slurm_user = c_.options_.slurm_user;
  if (slurm_user.value != 0 && caller.uid != slurm_user)
    return fail(Errc::access_denied,
                "slurmctld runs as SlurmUser and cannot start programs as others: set the trigger as that user");
  const auto& words = c_.config().plugins.slurmctld_parameters;
  const bool all = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return equal_ignoring_case(word, "allow_user_triggers");
  });
  return all || c_.is_administrator(caller) ? Status() : Status(fail(Errc::access_denied));
}

Status Triggers::set(const SetTriggerRequest& request, const Caller& caller) {
  TRY(check(caller));
  Trigger trigger = request.trigger;
  if (trigger.subject == TriggerSubject::job) {
    const auto name = parse_job_name(trigger.subject_name);
    const Job* job = name ? c_.state_.find(name->job) : nullptr;
    if (!job) return fail(Errc::invalid_job_id);
    if (is_ended(job->state)) return fail(Errc::already_done);
  }
  if (trigger.subject == TriggerSubject::node && trigger.subject_name != "*") {
    TRY_ASSIGN(const HostNames names, expand_hostlist(trigger.subject_name));
    for (const std::string& name : names)
      if (!c_.state_.find_node(name)) return fail(Errc::invalid_node_name);
  }
  const auto is_same = [&](const auto& known) {
    Trigger other = *known;
    other.id = trigger.id;
    other.user = trigger.user;
    other.user_name = trigger.user_name;
    return other == trigger;
  };
  if (std::any_of(c_.state_.triggers().begin(), c_.state_.triggers().end(), is_same))
    return fail(Errc::error, "Duplicate event trigger");
  constexpr std::size_t triggers_max = 10'000;
  if (c_.state_.triggers().size() >= triggers_max) return fail(Errc::error, "Too many triggers are set: clear some");
  // What happens from now on counts, also before the next second.
  if (trigger.subject == TriggerSubject::node && c_.timers_.trigger_seen.empty()) note_nodes();
  trigger.id = c_.state_.next_trigger();
  trigger.user = caller.uid;
  trigger.user_name = caller.user_name;
  c_.emit(TriggerSet{std::move(trigger)});
  return {};
}

Status Triggers::clear(const ClearTriggersRequest& request, const Caller& caller) {
  std::vector<std::uint32_t> ids;
  for (const auto& trigger : c_.state_.triggers()) {
    const bool meant =
        (!request.id || trigger->id == *request.id) && (!request.user || trigger->user == *request.user) &&
        (!request.job || (trigger->subject == TriggerSubject::job && trigger->subject_name == to_string(*request.job)));
    if (meant && trigger->user != caller.uid && !c_.is_administrator(caller)) return fail(Errc::access_denied);
    if (meant) ids.push_back(trigger->id);
  }
  if (ids.empty()) return fail(Errc::error, "No such process");
  for (const std::uint32_t id : ids) c_.emit(TriggerRemoved{id});
  return {};
}

std::uint32_t Triggers::bits_of(const Node& node) {
  const NodeCondition& condition = node.condition;
  const bool down = condition.base == NodeBase::down;
  const NodeState state = node_state(node);
  std::uint32_t bits = down ? bit(TriggerEvent::down) : bit(TriggerEvent::up);
  if (state == NodeState::drained) bits |= bit(TriggerEvent::drained);
  if (state == NodeState::draining) bits |= bit(TriggerEvent::draining);
  if (condition.fail) bits |= bit(TriggerEvent::fail);
  if (node.power.phase == PowerPhase::on) bits |= bit(TriggerEvent::resume);
  return bits;
}

void Triggers::look_at_nodes(const Trigger& trigger) {
  const auto names =
      trigger.subject_name == "*" ? Result<HostNames>(HostNames()) : expand_hostlist(trigger.subject_name);
  if (!names) return;
  HostNames hit;
  c_.state_.nodes().for_each([&](std::uint64_t number, const Node& node) {
    if (!names->empty() && std::find(names->begin(), names->end(), node.name) == names->end()) return;
    if (trigger.event == static_cast<std::uint32_t>(TriggerEvent::idle)) {
      const Instant since =
          node.use.last_busy.value_or(node.registered ? node.registered->slurmd_started : c_.now_.wall);
      if (is_idle(node) && since + trigger.offset <= c_.now_.wall) hit.push_back(node.name);
      return;
    }
    const auto before = c_.timers_.trigger_seen.find(NodeIndex(static_cast<std::uint32_t>(number)));
    const std::uint32_t fresh = before == c_.timers_.trigger_seen.end() ? 0 : bits_of(node) & ~before->second;
    if (fresh & (1u << trigger.event)) hit.push_back(node.name);
  });
  if (!hit.empty()) fire(trigger, fold_hosts_sorted(std::move(hit)));
}

// Of a job that is gone the trigger goes too.
void Triggers::look_at_job(const Trigger& trigger) {
  const auto name = parse_job_name(trigger.subject_name);
  const Job* job = name ? c_.state_.find(name->job) : nullptr;
  const bool over = !job || is_ended(job->state);
  const Seconds early(trigger.event == static_cast<std::uint32_t>(TriggerEvent::time) ? -trigger.offset.value : 0);
  const bool near = job && job->times.limit_at && *job->times.limit_at - early <= c_.now_.wall;
  const bool is_fini = trigger.event == static_cast<std::uint32_t>(TriggerEvent::fini);
  if (is_fini && over && (!job || *job->times.ended + trigger.offset <= c_.now_.wall))
    return fire(trigger, trigger.subject_name);
  if (!is_fini && near) return fire(trigger, trigger.subject_name);
  if (over && !is_fini) c_.emit(TriggerRemoved{trigger.id});
}

void Triggers::fire(const Trigger& trigger, const std::string& argument) {
  SiteProgram program{"trigger " + std::to_string(trigger.id), {}, {}, trigger.user};
  for (const std::string_view word : split(trigger.program, ' '))
    if (!word.empty()) program.words.emplace_back(word);
  program.words.push_back(argument);
  const bool lasts = trigger.permanent && trigger.subject != TriggerSubject::job;
  const std::uint32_t id = trigger.id;
  if (!lasts) c_.emit(TriggerRemoved{id});
  c_.run(std::move(program));
}

void Triggers::tick() {
  if (c_.state_.triggers().empty()) return c_.timers_.trigger_seen.clear();
  for (const auto& trigger : std::vector(c_.state_.triggers())) {
    if (trigger->subject == TriggerSubject::node) look_at_nodes(*trigger);
    if (trigger->subject == TriggerSubject::job) look_at_job(*trigger);
  }
  note_nodes();
}

void Triggers::note_nodes() {
  c_.state_.nodes().for_each([&](std::uint64_t number, const Node& node) {
    c_.timers_.trigger_seen[NodeIndex(static_cast<std::uint32_t>(number))] = bits_of(node);
  });
}

void Triggers::resumed(NodeIndex node) {
  const auto seen = c_.timers_.trigger_seen.find(node);
  if (seen != c_.timers_.trigger_seen.end()) seen->second &= ~bit(TriggerEvent::resume);
}

void Triggers::happened(TriggerEvent event) {
  const std::uint32_t number = static_cast<std::uint32_t>(event);
  for (const auto& trigger : std::vector(c_.state_.triggers()))
    if (trigger->event == number) fire(*trigger, trigger_event_name(number));
}

}  // namespace slurmxx
