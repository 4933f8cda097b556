// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol setdebug and setdebugflags: how much slurmctld logs, until slurm.conf is read again. And which nodes power
// saving leaves on.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "control/suspend_exceptions.h"
#include "control/updates.h"
#include "core/config/plugin_words.h"
#include "core/hostlist/hostlist.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::array<std::string_view, 10> levels{"quiet", "fatal",  "error",  "info",   "verbose",
                                                  "debug", "debug2", "debug3", "debug4", "debug5"};

std::string* global(ClusterConfig& config, std::string_view name) {
  for (GlobalValue& one : config.globals)
    if (one.name == name) return &one.value;
  return nullptr;
}

Result<std::string> level_of(const std::string& value) {
  std::string level = lower(value);
  if (const auto number = parse_natural(value, {0, levels.size() - 1})) level = levels[*number];
  if (std::find(levels.begin(), levels.end(), level) == levels.end())
    return fail(Errc::error, fmt::format("invalid debug level: {}", value));
  return level;
}

Status set_level(ClusterConfig& config, const std::string& value) {
  TRY_ASSIGN(const std::string level, level_of(value));
  config.paths.slurmctld_debug = level;
  if (std::string* shown = global(config, "SlurmctldDebug")) *shown = level;
  return {};
}

// "+Backfill,-Gres"; without a sign the flags take the place of those that were set.
Status set_flags(ClusterConfig& config, const std::string& value) {
  std::string* shown = global(config, "DebugFlags");
  std::vector<std::string> set;
  for (const std::string_view one : split_commas(shown ? *shown : "")) set.emplace_back(one);
  if (!value.starts_with('+') && !value.starts_with('-')) set.clear();
  for (std::string_view word : split_commas(value)) {
    const bool off = word.starts_with('-');
    if (off || word.starts_with('+')) word.remove_prefix(1);
    const auto known = known_words("DebugFlags", word);
    if (!known)
      return fail(Errc::error,
                  fmt::format("scontrol: error: Invalid DebugFlag: {}\ninvalid debug flag: {}", word, value));
    std::erase(set, *known);
    if (!off) set.push_back(*known);
  }
  if (shown) *shown = join(set, ",");
  return {};
}

Status set_dampening(ClusterConfig& config, const std::string& value) {
  const auto factor = parse_natural(value, {1, 65535});
  if (!factor) return fail(Errc::error, fmt::format("invalid dampening factor: {}", value));
  config.priority.fair_share_dampening_factor = static_cast<std::uint32_t>(*factor);
  if (std::string* shown = global(config, "FairShareDampeningFactor")) *shown = value;
  return {};
}

}  // namespace

// reconfigure NODES, setdebug LEVEL nodes=NODES: those that have a session are told; that others are not is an error.
Status Updates::change_slurmds(const UpdateRequest& request) {
  if (!c_.is_administrator(caller_)) return fail(Errc::access_denied);
  std::optional<NodeOrder> order;
  for (const KeyValue& change : request.changes)
    if (equal_ignoring_case(change.key, "Reconfigure")) {
      order = ReadConfiguration{};
    } else if (equal_ignoring_case(change.key, "SlurmdDebug")) {
      TRY_ASSIGN(std::string level, level_of(change.value));
      order = SetDebug{std::move(level)};
    }
  if (!order) return fail(Errc::not_supported);
  HostNames away;
  TRY_ASSIGN(const std::vector<NodeIndex> nodes, nodes_named(request.name));
  for (const NodeIndex node : nodes) {
    if (!c_.session_of_node_.contains(node)) away.push_back(c_.state_.find(node)->name);
    c_.order(node, *order);
  }
  if (away.empty()) return {};
  return fail(Errc::error, fmt::format("{}: no session to slurmctld", fold_hosts_sorted(std::move(away))));
}

Result<std::vector<NodeIndex>> Updates::nodes_named(const std::string& names) const {
  std::vector<NodeIndex> nodes;
  if (equal_ignoring_case(names, "ALL")) {
    c_.state_.nodes().for_each(
        [&](std::uint64_t number, const Node&) { nodes.push_back(NodeIndex(static_cast<std::uint32_t>(number))); });
    return nodes;
  }
  TRY_ASSIGN(const HostNames expanded, expand_hostlist(names));
  for (const std::string& name : expanded) {
    NodeIndex index;
    if (!c_.state_.find_node(name, &index)) return fail(Errc::invalid_node_name);
    nodes.push_back(index);
  }
  return nodes;
}

// "SuspendExcNodes", "SuspendExcNodes+", "SuspendExcNodes-".
Status Updates::change_exceptions(const KeyValue& change, std::vector<GlobalValue>& settings) const {
  std::string_view name = change.key;
  const char sign = name.ends_with('+') || name.ends_with('-') ? name.back() : '=';
  if (sign != '=') name.remove_suffix(1);
  const SuspendException* key = suspend_exception(name);
  if (!key) return fail(Errc::not_supported);
  const auto known = std::ranges::find(settings, key->key, &GlobalValue::name);
  const std::string before = known == settings.end() ? c_.config().power.*key->list : known->value;
  TRY_ASSIGN(std::string after, changed_exceptions(*key, before, sign, change.value));
  TRY(check_exceptions(*key, after, c_.state_));
  if (known == settings.end())
    settings.push_back({std::string(key->key), std::move(after)});
  else
    known->value = std::move(after);
  return {};
}

Status Updates::change_daemon(const UpdateRequest& request) {
  if (!c_.is_administrator(caller_)) return fail(Errc::access_denied);
  auto changed = std::make_shared<ClusterConfig>(*c_.options_.file);
  std::vector<GlobalValue> settings = c_.state_.settings();
  for (const KeyValue& change : request.changes) {
    if (equal_ignoring_case(change.key, "SlurmctldDebug"))
      TRY(set_level(*changed, change.value));
    else if (equal_ignoring_case(change.key, "DebugFlags"))
      TRY(set_flags(*changed, change.value));
    else if (equal_ignoring_case(change.key, "FairShareDampeningFactor"))
      TRY(set_dampening(*changed, change.value));
    else
      TRY(change_exceptions(change, settings));
  }
  c_.options_.file = std::move(changed);
  if (settings != c_.state_.settings())
    c_.emit(SettingsChanged{std::move(settings)});
  else
    c_.renew_config();
  return {};
}

}  // namespace slurmxx
