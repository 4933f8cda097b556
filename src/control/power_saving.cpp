// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A phase without an instant has been decided, and its program is still to run: SuspendRate and ResumeRate may make it
// wait. So it also survives a restart.
#include "control/power_saving.h"

#include <algorithm>

#include <fmt/format.h>

#include "control/job_scripts.h"
#include "control/node_life.h"
#include "control/resume_file.h"
#include "core/hostlist/hostlist.h"
#include "core/model/node_state.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr const char* resume_timed_out = "ResumeTimeout reached";

bool is_used(const Node& node) { return has_jobs(node) || node.use.suspended_jobs > 0; }

// SuspendExcNodes keeps of "n[1-9]:4" four on: of those that could be used.
bool is_ready(const Node& node) {
  const NodeCondition& condition = node.condition;
  return node.power.phase == PowerPhase::on && condition.base == NodeBase::up && !condition.drain && !condition.fail &&
         !is_used(node);
}

}  // namespace

void PowerSaving::set(NodeIndex index, const NodePower& power) {
  if (power == c_.state_.find(index)->power) return;
  NodeChanged change{index, {}, {}, {}, {}};
  change.power = power;
  c_.emit(std::move(change));
}

void PowerSaving::enter(NodeIndex index, PowerPhase phase, std::optional<Instant> since) {
  NodePower power = c_.state_.find(index)->power;
  power.phase = phase;
  power.since = since;
  if (phase == PowerPhase::on || phase == PowerPhase::down) power.down_asked = false;
  set(index, power);
  if (phase == PowerPhase::down) NodeLife(c_).nothing_left(index);
}

bool PowerSaving::is_away(NodeIndex node) const { return c_.state_.find(node)->power.phase != PowerPhase::on; }

bool PowerSaving::is_any_away(const Allocation& allocation) const {
  return std::any_of(allocation.shares.begin(), allocation.shares.end(),
                     [&](const NodeShare& share) { return is_away(share.node); });
}

bool PowerSaving::are_on(const Job& job) const {
  return std::none_of(job.unfinished.begin(), job.unfinished.end(),
                      [&](NodeIndex node) { return NodeLife(c_).is_away(node); });
}

void PowerSaving::job_gets(const Job& job) {
  for (const NodeShare& share : std::vector(job.allocation->shares))
    if (c_.state_.find(share.node)->power.phase == PowerPhase::down)
      enter(share.node, PowerPhase::powering_up, std::nullopt);
}

// Where power saving is on, a node that is idle again is switched off without waiting for SuspendTime.
void PowerSaving::job_left(const std::string& partition, NodeIndex index) {
  const PartitionConfig* known = find_partition(c_.config(), partition);
  if (!known || !known->policy.power_down_on_idle || c_.config().power.suspend_program.empty()) return;
  const Node& node = *c_.state_.find(index);
  if (node.power.phase != PowerPhase::on || idle_limit(index).unlimited) return;
  if (is_used(node) || is_excluded(index, node) || excepted().contains(index)) return;
  NodePower power = node.power;
  power.down_asked = true;
  set(index, power);
}

void PowerSaving::registered(NodeIndex index) {
  const NodePower& power = c_.state_.find(index)->power;
  if (power.phase == PowerPhase::on || power.phase == PowerPhase::powering_down) return;
  enter(index, PowerPhase::on, c_.now_.wall);
}

void PowerSaving::start_prepared(NodeIndex index) {
  std::vector<JobId> ready;
  for (const JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    const bool here = std::find(job.unfinished.begin(), job.unfinished.end(), index) != job.unfinished.end();
    if (here && job.preparing && are_on(job)) ready.push_back(id);
  }
  for (const JobId id : ready) JobScripts(c_).nodes_ready(id);
}

namespace {
template <class Found>
void each_partition_of(const ClusterConfig& config, NodeIndex index, Found found) {
  for (const PartitionConfig& partition : config.partitions)
    if (std::binary_search(partition.nodes.begin(), partition.nodes.end(), index)) found(partition);
}
}  // namespace

// The longest that a partition of the node says, else the cluster's.
Limit<Seconds> PowerSaving::idle_limit(NodeIndex index) const {
  Limit<Seconds> limit = c_.config().timeouts.suspend_time;
  bool own = false;
  each_partition_of(c_.config(), index, [&](const PartitionConfig& partition) {
    const auto& said = partition.policy.suspend_time;
    if (!said) return;
    const bool longer = !own || said->unlimited || (!limit.unlimited && said->value > limit.value);
    if (longer) limit = *said;
    own = true;
  });
  return limit;
}

Seconds PowerSaving::timeout(NodeIndex index, bool resume) const {
  Seconds longest(0);
  each_partition_of(c_.config(), index, [&](const PartitionConfig& partition) {
    const auto& said = resume ? partition.policy.resume_timeout : partition.policy.suspend_timeout;
    longest = std::max(longest, said.value_or(Seconds(0)));
  });
  if (longest != Seconds(0)) return longest;
  return resume ? c_.config().timeouts.resume_timeout : c_.config().timeouts.suspend_timeout;
}

bool PowerSaving::is_excluded(NodeIndex index, const Node& node) const {
  const PowerSettings& power = c_.config().power;
  const auto words = node_state_words(node);
  for (const std::string_view state : split_commas(power.suspend_exc_states))
    if (std::any_of(words.begin(), words.end(),
                    [&](const std::string& word) { return equal_ignoring_case(word, state); }))
      return true;
  bool excluded = false;
  each_partition_of(c_.config(), index, [&](const PartitionConfig& partition) {
    for (const std::string_view part : split_commas(power.suspend_exc_parts))
      excluded = excluded || part.substr(0, part.find(':')) == partition.name;
  });
  return excluded;
}

std::set<NodeIndex> PowerSaving::excepted() const {
  std::set<NodeIndex> kept;
  for (const std::string_view part : split_commas(c_.config().power.suspend_exc_nodes)) {
    const auto pair = split_once(part, ':');
    const auto names = expand_hostlist(pair ? pair->first : part);
    const auto count = pair ? parse_natural(pair->second) : Result<std::uint64_t>(UINT64_MAX);
    if (!names || !count) continue;
    std::uint64_t left = *count;
    for (const std::string& name : *names) {
      NodeIndex index;
      const Node* node = c_.state_.find_node(name, &index);
      if (!node || (pair && !is_ready(*node))) continue;
      if (left == 0) break;
      --left;
      kept.insert(index);
    }
  }
  return kept;
}

bool PowerSaving::is_past(Instant at) {
  if (at <= c_.now_.wall) return true;
  next_ = std::min(next_.value_or(at), at);
  return false;
}

PowerSaving::Due PowerSaving::due(const Node& node, NodeIndex index) {
  const NodePower& power = node.power;
  switch (power.phase) {
    case PowerPhase::powering_up:
      return power.since && is_past(*power.since + timeout(index, true) + Seconds(1)) ? Due::too_late : Due::nothing;
    case PowerPhase::powering_down:
      return power.since && is_past(*power.since + timeout(index, false)) ? Due::powered_down : Due::nothing;
    case PowerPhase::down:
      return Due::nothing;
    case PowerPhase::on:
      break;
  }
  if (is_used(node) || node.reboot) return Due::nothing;
  if (power.down_asked) return Due::suspend;
  const Limit<Seconds> limit = idle_limit(index);
  if (c_.config().power.suspend_program.empty() || limit.unlimited || !node.registered) return Due::nothing;
  const bool resting = node.condition.base == NodeBase::up || node.condition.base == NodeBase::down;
  Instant idle = node.use.last_busy.value_or(node.registered->slurmd_started);
  if (power.since) idle = std::max(idle, *power.since);
  return resting && is_past(idle + limit.value) && !is_excluded(index, node) ? Due::suspend : Due::nothing;
}

void PowerSaving::tick() {
  std::optional<Instant>& look = c_.timers_.power.look;
  if (!look || *look > c_.now_.wall) return;
  look.reset();
  std::vector<std::pair<NodeIndex, Due>> all;
  std::vector<NodeIndex> resumed;
  const std::set<NodeIndex> kept = excepted();
  c_.state_.nodes().for_each([&](std::uint64_t number, const Node& node) {
    const NodeIndex index(static_cast<std::uint32_t>(number));
    const Due one = due(node, index);
    const bool stays = one == Due::suspend && !node.power.down_asked && kept.contains(index);
    if (one != Due::nothing && !stays) all.emplace_back(index, one);
    if (node.power.resume_after && is_past(*node.power.resume_after)) resumed.push_back(index);
  });
  std::vector<NodeIndex> lost;
  for (const auto& [index, what] : all) {
    if (what == Due::suspend) enter(index, PowerPhase::powering_down, std::nullopt);
    if (what == Due::powered_down) enter(index, PowerPhase::down, c_.now_.wall);
    if (what != Due::too_late) continue;
    give_up(index);
    lost.push_back(index);
  }
  if (!lost.empty()) run("ResumeFailProgram", c_.config().power.resume_fail_program, lost);
  for (const NodeIndex index : resumed) {
    NodePower power = c_.state_.find(index)->power;
    power.resume_after.reset();
    set(index, power);
    NodeCondition next = c_.state_.find(index)->condition;
    next.drain = next.fail = next.down_by_admin = false;
    next.base = NodeBase::up;
    next.reason.reset();
    NodeLife(c_).set(index, next);
  }
  run_programs();
  if (next_) look = std::min(look.value_or(*next_), *next_);
}

// It has not come within ResumeTimeout: it is taken to be off, so that once it is resumed the next job boots it.
void PowerSaving::give_up(NodeIndex index) {
  enter(index, PowerPhase::down, c_.now_.wall);
  NodeCondition next = c_.state_.find(index)->condition;
  next.base = NodeBase::down;
  next.not_responding = true;
  next.reason = NodeReason{resume_timed_out, c_.options_.slurm_user, c_.now_.wall};
  NodeLife life(c_);
  life.set(index, next);
  life.lose_jobs(index, "NodeFail");
}

void PowerSaving::run_programs() {
  Controller::PowerPace& pace = c_.timers_.power;
  constexpr Seconds minute(60);
  if (pace.began + minute <= c_.now_.mono) pace.began = c_.now_.mono, pace.suspended = pace.resumed = 0;
  const PowerSettings& settings = c_.config().power;
  std::vector<NodeIndex> up, down;
  c_.state_.nodes().for_each([&](std::uint64_t number, const Node& node) {
    if (node.power.since) return;
    const NodeIndex index(static_cast<std::uint32_t>(number));
    const auto take = [&](PowerPhase phase, std::uint32_t rate, std::uint32_t& taken, std::vector<NodeIndex>& list) {
      if (node.power.phase != phase) return;
      if (rate != 0 && taken >= rate) return void(is_past(c_.now_.wall + Seconds(1)));  // they wait for their turn
      ++taken;
      list.push_back(index);
    };
    take(PowerPhase::powering_up, settings.resume_rate, pace.resumed, up);
    take(PowerPhase::powering_down, settings.suspend_rate, pace.suspended, down);
  });
  for (const NodeIndex index : up) enter(index, PowerPhase::powering_up, c_.now_.wall);
  for (const NodeIndex index : down) enter(index, PowerPhase::powering_down, c_.now_.wall);
  if (!up.empty()) run("ResumeProgram", settings.resume_program, up);
  if (!down.empty()) run("SuspendProgram", settings.suspend_program, down);
}

void PowerSaving::run(const char* name, const std::string& program, const std::vector<NodeIndex>& nodes) {
  if (program.empty()) return;
  HostNames names;
  for (const NodeIndex index : nodes) names.push_back(c_.state_.find(index)->name);
  SiteProgram order{name, {program, fold_hosts_sorted(std::move(names))}, {}, {}};
  if (std::string_view(name) == "ResumeProgram")
    order.file = {"SLURM_RESUME_FILE", resume_file(c_.state_, c_.active_, nodes)};
  c_.run(std::move(order));
}

Status PowerSaving::order(NodeIndex index, std::string_view state) {
  const auto& settings = c_.config().power;
  if (settings.suspend_program.empty() && settings.resume_program.empty())
    return fail(Errc::invalid_node_state,
                fmt::format("{}: no SuspendProgram and no ResumeProgram in slurm.conf", state));
  NodePower power = c_.state_.find(index)->power;
  if (equal_ignoring_case(state, "POWER_UP")) {
    if (power.phase == PowerPhase::down) {
      enter(index, PowerPhase::powering_up, std::nullopt);
      forget_failure(index);
    } else if (power.phase == PowerPhase::powering_down || power.phase == PowerPhase::powering_up) {
      return fail(Errc::invalid_node_state);
    }
    return {};
  }
  if (power.phase == PowerPhase::down || power.phase == PowerPhase::powering_down) return {};
  power.down_asked = true;
  set(index, power);
  if (!equal_ignoring_case(state, "POWER_DOWN_FORCE")) return {};
  enter(index, PowerPhase::powering_down, std::nullopt);
  NodeLife(c_).lose_jobs(index, "NodeFail");
  NodeLife(c_).nothing_left(index);
  NodeCondition next = c_.state_.find(index)->condition;
  next.base = NodeBase::up;
  next.drain = next.fail = next.not_responding = next.down_by_admin = false;
  next.reason.reset();
  NodeLife(c_).set(index, next);
  return {};
}

bool PowerSaving::take_back(NodeIndex index) {
  NodePower power = c_.state_.find(index)->power;
  if (!power.down_asked || power.phase != PowerPhase::on) return false;
  power.down_asked = false;
  set(index, power);
  return true;
}

// What a boot that is tried again no longer has to say. Whether it is used when it has come, ReturnToService says.
void PowerSaving::forget_failure(NodeIndex index) {
  NodeCondition next = c_.state_.find(index)->condition;
  if (next.base != NodeBase::down || next.down_by_admin || next.drain || next.fail) return;
  if (!next.reason || next.reason->text != resume_timed_out) return;
  next.reason.reset();
  NodeLife(c_).set(index, next);
}

}  // namespace slurmxx
