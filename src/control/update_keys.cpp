// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The keys of nodes and partitions. Values are read by the same parsers as the keys of slurm.conf. scontrol(1).
#include "control/update_keys.h"

#include <algorithm>

#include <fmt/format.h>

#include "control/update_key_table.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

Status set_weight(NodeDraft& draft, const std::string& value) {
  TRY_ASSIGN(draft.weight, count_of_update(value));
  return {};
}

Status set_active_features(NodeDraft& draft, const std::string& value) {
  const auto available = split_commas(draft.features_available);
  for (std::string_view wanted : split_commas(value))
    if (std::find(available.begin(), available.end(), wanted) == available.end())
      return fail(Errc::active_feature_not_subset);
  draft.features_active = value;
  return {};
}

template <auto member>
Status set_text(NodeDraft& draft, const std::string& value) {
  draft.*member = value;
  return {};
}

Status refuse_gres(NodeDraft&, const std::string&) { return fail(Errc::invalid_gres); }

constexpr UpdateKey<NodeDraft> node_keys[] = {
    {"State", set_text<&NodeDraft::state>},
    {"Reason", set_text<&NodeDraft::reason>},
    {"Weight", set_weight},
    {"Comment", set_text<&NodeDraft::comment>},
    {"Extra", set_text<&NodeDraft::extra>},
    {"ActiveFeatures", set_active_features},
    {"Features", set_active_features},
    {"AvailableFeatures", set_active_features},
    {"Gres", refuse_gres},
};

Status set_state(Partition& draft, const std::string& value) {
  constexpr std::pair<std::string_view, PartitionState> states[] = {{"UP", PartitionState::up},
                                                                    {"DOWN", PartitionState::down},
                                                                    {"DRAIN", PartitionState::drain},
                                                                    {"INACTIVE", PartitionState::inactive}};
  for (const auto& [name, state] : states) {
    if (!equal_ignoring_case(name, value)) continue;
    draft.state = state;
    return {};
  }
  return fail(Errc::error, fmt::format("scontrol: error: Invalid input: State={}\n"
                                       "scontrol: error: Acceptable State values are UP, DOWN, DRAIN and INACTIVE",
                                       value));
}

Status set_max_time(Partition& draft, const std::string& value) {
  if (value.starts_with('-') && value != "-1") return expected("a time limit, as 30, 1:00:00 or UNLIMITED");
  auto limit = parse_time_limit(value);
  if (!limit) return fail(Errc::invalid_time_limit);
  draft.time_max = *limit;
  return {};
}

Status set_default_time(Partition& draft, const std::string& value) {
  if (equal_ignoring_case(value, "NONE")) {
    draft.time_default.reset();
    return {};
  }
  auto limit = parse_time_limit(value);
  if (!limit) return fail(Errc::invalid_time_limit);
  draft.time_default = *limit;
  return {};
}

Status set_max_nodes(Partition& draft, const std::string& value) {
  if (equal_ignoring_case(value, "UNLIMITED") || equal_ignoring_case(value, "INFINITE")) {
    draft.nodes_max = Limit<std::uint32_t>::none();
    return {};
  }
  TRY_ASSIGN(const std::uint32_t nodes, count_of_update(value));
  draft.nodes_max = Limit<std::uint32_t>::of(nodes);
  return {};
}

template <std::uint32_t Partition::*member>
Status set_count(Partition& draft, const std::string& value) {
  TRY_ASSIGN(draft.*member, count_of_update(value));
  return {};
}

template <bool Partition::*member>
Status set_flag(Partition& draft, const std::string& value) {
  const auto on = parse_yes_no(value);
  if (!on) return expected("YES or NO");
  draft.*member = *on;
  return {};
}

template <std::vector<std::string> Partition::*member>
Status set_names(Partition& draft, const std::string& value) {
  (draft.*member).clear();
  if (equal_ignoring_case(value, "ALL")) return {};
  for (std::string_view name : split_commas(value)) (draft.*member).emplace_back(name);
  return {};
}

Status set_sharing_of_partition(Partition& draft, const std::string& value) {
  const std::string_view word = std::string_view(value).substr(0, value.find(':'));
  constexpr std::string_view words[] = {"EXCLUSIVE", "NO", "YES", "FORCE"};
  const bool known = std::any_of(std::begin(words), std::end(words),
                                 [&](std::string_view one) { return equal_ignoring_case(one, word); });
  if (!known) return expected("one of NO, EXCLUSIVE, YES[:COUNT], FORCE[:COUNT]");
  if (equal_ignoring_case(word, "YES") || equal_ignoring_case(word, "FORCE")) return fail(Errc::not_supported);
  draft.exclusive = equal_ignoring_case(word, "EXCLUSIVE");
  return {};
}

constexpr UpdateKey<Partition> partition_keys[] = {
    {"OverSubscribe", set_sharing_of_partition},
    {"State", set_state},
    {"MaxTime", set_max_time},
    {"DefaultTime", set_default_time},
    {"MaxNodes", set_max_nodes},
    {"MinNodes", set_count<&Partition::nodes_min>},
    {"PriorityTier", set_count<&Partition::priority_tier>},
    {"PriorityJobFactor", set_count<&Partition::priority_job_factor>},
    {"Default", set_flag<&Partition::is_default>},
    {"Hidden", set_flag<&Partition::hidden>},
    {"RootOnly", set_flag<&Partition::root_only>},
    {"AllowGroups", set_names<&Partition::allow_groups>},
    {"AllowAccounts", set_names<&Partition::allow_accounts>},
};

}  // namespace

Status change_node(NodeDraft& draft, const KeyValue& one) { return change_by_table<NodeDraft>(node_keys, draft, one); }
Status change_partition(Partition& draft, const KeyValue& one) {
  return change_by_table<Partition>(partition_keys, draft, one);
}

}  // namespace slurmxx
