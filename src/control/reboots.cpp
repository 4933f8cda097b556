// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/reboots.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "control/node_life.h"
#include "control/rules.h"
#include "core/hostlist/hostlist.h"
#include "core/model/node_state.h"
#include "core/schedule/boot_features.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

Result<NodeReboot> wish_of(const UpdateRequest& request, Instant now) {
  NodeReboot wish;
  wish.since = now;
  for (const KeyValue& change : request.changes) {
    if (equal_ignoring_case(change.key, "ASAP")) {
      wish.asap = true;
    } else if (equal_ignoring_case(change.key, "Reason")) {
      wish.reason = change.value;
    } else if (equal_ignoring_case(change.key, "NextState")) {
      wish.down_after = equal_ignoring_case(change.value, "DOWN");
      wish.says_resume = equal_ignoring_case(change.value, "RESUME");
      if (!wish.down_after && !wish.says_resume)
        return fail(Errc::error, "Invalid state: " + change.value + ": Down or Resume is wanted");
    } else {
      return fail(Errc::error, "Reboots know no " + change.key + ": ASAP, NextState and Reason are wanted");
    }
  }
  return wish;
}

// What the reason says from now on: behind what it said before, as recorded.
std::string with_word(const std::string& before, std::string_view word) {
  return before.empty() ? std::string(word) : fmt::format("{} : {}", before, word);
}

// "Node n1 is rebooting already"; empty: of none.
std::string said_of(HostNames names, std::string_view what) {
  if (names.empty()) return "";
  const bool many = names.size() > 1;
  const std::string folded = fold_hosts_sorted(std::move(names));
  return fmt::format("Node{} {} {} {}", many ? "s" : "", folded, many ? "are" : "is", what);
}

std::string reason_of(const NodeCondition& condition) { return condition.reason ? condition.reason->text : ""; }

}  // namespace

Status Reboots::serve(const UpdateRequest& request, const Caller& caller) {
  if (!c_.is_administrator(caller)) return fail(Errc::access_denied);
  TRY_ASSIGN(const NodeReboot wish, wish_of(request, c_.now_.wall));
  if (request.verb == UpdateVerb::change && c_.config().paths.reboot_program.empty())
    return fail(Errc::error, "RebootProgram is not set in slurm.conf");
  TRY_ASSIGN(HostNames names, expand_hostlist(request.name));
  if (equal_ignoring_case(request.name, "ALL")) {
    names.clear();
    c_.state_.nodes().for_each([&](std::uint64_t, const Node& node) { names.push_back(node.name); });
  }
  std::vector<NodeIndex> nodes;
  const bool cancels = request.verb == UpdateVerb::remove;
  for (const std::string& name : names) {
    NodeIndex index;
    if (!c_.state_.find_node(name, &index)) return fail(Errc::invalid_node_name);
    if (!cancels && is_away(index)) return fail(Errc::error, "Node " + name + " is rebooting already");
    nodes.push_back(index);
  }
  if (cancels) return cancel(nodes);
  for (const NodeIndex node : nodes) ask(node, wish, caller.uid);
  return {};
}

// Of a list those that can be are, as watched; the answer tells of the others.
Status Reboots::cancel(std::vector<NodeIndex> nodes) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  HostNames idle, away;
  for (const NodeIndex index : nodes) {
    const Node& node = *c_.state_.find(index);
    if (is_away(index))
      away.push_back(node.name);
    else if (node.reboot)
      cancel(index);
    else
      idle.push_back(node.name);
  }
  std::string left = said_of(std::move(away), "rebooting already");
  left = left.empty() || idle.empty() ? left : left + "; ";
  left += said_of(std::move(idle), "not to be rebooted");
  return left.empty() ? Status() : fail(Errc::error, left);
}

void Reboots::ask(NodeIndex node, NodeReboot wish, Uid by) {
  NodeCondition next = c_.state_.find(node)->condition;
  const bool says_why = !wish.reason.empty() || !next.reason;
  if (wish.reason.empty() && !next.reason) wish.reason = wish.asap ? "Reboot ASAP" : "reboot requested";
  if (says_why) next.reason = NodeReason{wish.reason, by, c_.now_.wall};
  c_.emit(NodeRebootSet{node, std::move(wish)});
  NodeLife(c_).set(node, next);
}

// The reason goes with the order that gave it.
void Reboots::cancel(NodeIndex node) {
  const NodeReboot reboot = *c_.state_.find(node)->reboot;
  c_.emit(NodeRebootSet{node, std::nullopt});
  NodeCondition next = c_.state_.find(node)->condition;
  if (!reboot.reason.empty() && reason_of(next) == reboot.reason) next.reason.reset();
  NodeLife(c_).set(node, next);
}

bool Reboots::is_away(NodeIndex node) const {
  const auto& reboot = c_.state_.find(node)->reboot;
  return reboot && reboot->issued;
}

Seconds Reboots::patience(const NodeReboot& reboot) const {
  return reboot.features.empty() ? c_.config().timeouts.resume_timeout : c_.config().helpers.boot_time;
}

void Reboots::tick() {
  std::vector<NodeIndex> due, late;
  bool any = false;
  c_.state_.nodes().for_each([&](std::uint64_t number, const Node& node) {
    if (!node.reboot) return;
    any = true;
    const NodeIndex index(static_cast<std::uint32_t>(number));
    if (node.reboot->issued && node.reboot->since + patience(*node.reboot) < c_.now_.wall) late.push_back(index);
    const bool free = !has_jobs(node) && node.use.suspended_jobs == 0 && c_.session_of_node_.contains(index);
    if (!node.reboot->issued && free) due.push_back(index);
  });
  for (const NodeIndex node : due) issue(node);
  for (const NodeIndex node : late) over(node, "reboot timed out");
  // What they wait for is no event: sessions, and time.
  if (any) c_.timers_.power.look = std::min(c_.timers_.power.look.value_or(c_.now_.wall), c_.now_.wall);
}

void Reboots::issue(NodeIndex node) { order(node, *c_.state_.find(node)->reboot); }

void Reboots::order(NodeIndex node, NodeReboot reboot) {
  reboot.issued = true;
  reboot.since = c_.now_.wall;
  c_.emit(NodeRebootSet{node, reboot});
  NodeCondition next = c_.state_.find(node)->condition;
  if (!reboot.job)
    next.reason = NodeReason{with_word(reason_of(next), "reboot issued"),
                             next.reason ? next.reason->uid : c_.options_.slurm_user, c_.now_.wall};
  NodeLife(c_).set(node, next);
  c_.order(node, RebootNode{reboot.features, reboot.since});
  c_.timers_.power.look = c_.now_.wall;
}

bool Reboots::begin_for(const Job& job, const Allocation& allocation) {
  if (!allocation.boots) return false;
  const PlacementRequest& asked = job.spec->placement;
  const auto& rules = c_.planning_.rules->boots;
  const FeatureNeed way = rules ? chosen_way(*rules, asked, allocation.boots) : FeatureNeed();
  bool any = false;
  for (const NodeShare& share : allocation.shares) {
    const std::string& active = c_.state_.find(share.node)->features_active;
    const auto features = rules ? features_to_boot(*rules, way, share.node, active) : std::nullopt;
    const bool has_all = !features || features->empty();
    if (has_all && !asked.boot.first) continue;
    NodeReboot reboot;
    reboot.job = job.id;
    if (!has_all) reboot.features = join(*features, ",");
    order(share.node, reboot);
    any = true;
  }
  return any;
}

namespace {

std::string missing_features(const NodeReboot& reboot, const NodeRegistration& registration) {
  const auto have = split_commas(registration.features ? std::string_view(*registration.features) : std::string_view());
  std::string missing;
  for (const std::string_view feature : split_commas(reboot.features))
    if (std::find(have.begin(), have.end(), feature) == have.end()) missing = commas_with(missing, feature);
  return missing;
}

}  // namespace

// A new boot, or a slurmd that was started after the order: RebootProgram may do with less than a reboot. Times are in
// whole seconds: what the node had told before is of the life that the order ends, also if it began in that second.
bool Reboots::begins_anew(NodeIndex node, const NodeRegistration& registration) const {
  const auto& [reboot, before] = std::tie(c_.state_.find(node)->reboot, c_.state_.find(node)->registered);
  if (!reboot || !reboot->issued) return false;
  const auto is_news = [&](const std::optional<Instant>& now, const std::optional<Instant>& known) {
    return now && *now >= reboot->since && now != known;
  };
  const auto known = [&](auto member) { return before ? std::optional<Instant>((*before).*member) : std::nullopt; };
  return is_news(registration.booted, known(&NodeRegistration::booted)) ||
         is_news(registration.slurmd_started, known(&NodeRegistration::slurmd_started)) ||
         is_news(registration.features_set, before ? before->features_set : std::nullopt);
}

void Reboots::registered(NodeIndex node, const NodeRegistration& registration, bool begins_anew) {
  const auto& reboot = c_.state_.find(node)->reboot;
  if (!reboot || !reboot->issued) return;
  // The order may have been lost with the session before.
  if (!begins_anew) return c_.order(node, RebootNode{reboot->features, reboot->since});
  const std::string missing = missing_features(*reboot, registration);
  over(node, missing.empty() ? "" : "after the boot it has no " + missing);
}

// A node that was drained before the order, and not for its sake, stays drained, and says why.
void Reboots::over(NodeIndex node, const std::string& fault) {
  const NodeReboot reboot = *c_.state_.find(node)->reboot;
  c_.emit(NodeRebootSet{node, std::nullopt});
  NodeCondition next = c_.state_.find(node)->condition;
  std::string why = reason_of(next);
  if (!fault.empty() || reboot.down_after) {
    next.base = NodeBase::down;
    next.down_by_admin = true;
    next.not_responding = !c_.session_of_node_.contains(node);
    next.reason =
        NodeReason{with_word(why, fault.empty() ? "reboot complete" : fault), c_.options_.slurm_user, c_.now_.wall};
  } else if (next.drain && reboot.reason.empty()) {
    why = why.substr(0, why.rfind(" : reboot issued"));
    if (next.reason) next.reason->text = why;
  } else {
    next.reason.reset();
    next.drain = false;
  }
  NodeLife(c_).set(node, next);
  if (!fault.empty()) NodeLife(c_).lose_jobs(node, "NodeFail");
}

}  // namespace slurmxx
