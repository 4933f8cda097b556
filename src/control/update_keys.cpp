// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The keys of nodes and partitions. Values are read by the same parsers as the keys of slurm.conf. scontrol(1).
#include "control/update_keys.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "control/update_key_table.h"
#include "core/config/dynamic_nodes.h"
#include "core/config/job_defaults.h"
#include "core/text/time_text.h"
#include "core/text/words.h"
#include "core/tres/gres.h"
#include "core/tres/tres_weights.h"

namespace slurmxx {
namespace {

Status set_weight(NodeDraft& draft, const std::string& value) {
  TRY_ASSIGN(draft.weight, count_of_update(value));
  return {};
}

// "a,b": in place of those before. "+a,-b" puts some to them and takes some away.
std::string features_after(const std::string& before, const std::string& value) {
  if (!value.starts_with('+') && !value.starts_with('-')) return value;
  std::vector<std::string> after;
  for (std::string_view one : split_commas(before)) after.emplace_back(one);
  for (std::string_view one : split_commas(value)) {
    const bool away = one.starts_with('-');
    if (away || one.starts_with('+')) one.remove_prefix(1);
    std::erase(after, std::string(one));
    if (!away) after.emplace_back(one);
  }
  return join(after, ",");
}

Status set_active_features(NodeDraft& draft, const std::string& value) {
  draft.features_active = features_after(draft.features_active.value_or(draft.active_before), value);
  return {};
}

Status set_available_features(NodeDraft& draft, const std::string& value) {
  draft.overrides.features = features_after(draft.overrides.features.value_or(draft.available_before), value);
  draft.overrides_set = true;
  return {};
}

template <std::optional<std::string> NodeOverrides::*member>
Status set_override(NodeDraft& draft, const std::string& value) {
  draft.overrides.*member = value;
  draft.overrides_set = true;
  return {};
}

Status set_cpu_bind(NodeDraft& draft, const std::string& value) {
  draft.overrides.cpu_bind = known_cpu_bind(value);
  if (!draft.overrides.cpu_bind) return expected(cpu_bind_words);
  draft.overrides_set = true;
  return {};
}

// Of what has devices a node has those of gres.conf, or none at all.
Status set_gres(NodeDraft& draft, const std::string& value) {
  const auto offers = parse_node_gres(value);
  if (!offers) return fail(Errc::invalid_gres);
  const auto& types = *draft.gres_types;
  std::map<std::string, std::uint64_t> wanted;
  for (const NodeGres& one : *offers) {
    if (std::find(types.begin(), types.end(), one.name) == types.end()) return fail(Errc::invalid_gres);
    wanted[one.name] += one.count;
  }
  std::map<std::string, std::uint64_t> devices;
  for (const GresPool& pool : *draft.gres_before)
    if (!pool.devices.empty()) devices[pool.name] += pool.count;
  for (const auto& [name, count] : devices)
    if (wanted.contains(name) && wanted[name] != 0 && wanted[name] != count) return fail(Errc::invalid_gres);
  draft.overrides.gres = value;
  draft.overrides_set = true;
  return {};
}

Status set_resume_after(NodeDraft& draft, const std::string& value) {
  if (equal_ignoring_case(value, "INFINITE") || value == "-1") {
    draft.resume_after = Limit<Seconds>::none();
    return {};
  }
  TRY_ASSIGN(const std::uint32_t seconds, count_of_update(value));
  draft.resume_after = Limit<Seconds>::of(Seconds(seconds));
  return {};
}

template <auto member>
Status set_text(NodeDraft& draft, const std::string& value) {
  draft.*member = value;
  return {};
}

constexpr UpdateKey<NodeDraft> node_keys[] = {
    {"State", set_text<&NodeDraft::state>},
    {"Reason", set_text<&NodeDraft::reason>},
    {"Weight", set_weight},
    {"Comment", set_text<&NodeDraft::comment>},
    {"Extra", set_text<&NodeDraft::extra>},
    {"ActiveFeatures", set_active_features},
    {"Features", set_available_features},
    {"AvailableFeatures", set_available_features},
    {"Gres", set_gres},
    {"CpuBind", set_cpu_bind},
    {"NodeAddr", set_override<&NodeOverrides::address>},
    {"NodeHostname", set_override<&NodeOverrides::host_name>},
    {"InstanceId", set_override<&NodeOverrides::instance_id>},
    {"InstanceType", set_override<&NodeOverrides::instance_type>},
    {"Topology", set_override<&NodeOverrides::topology>},
    {"ResumeAfter", set_resume_after},
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

constexpr std::uint32_t partition_priority_max = 65533;

template <std::uint32_t Partition::*member>
Status set_partition_priority(Partition& draft, const std::string& value) {
  const auto number = parse_natural(value, {0, partition_priority_max});
  if (!number) return expected("a whole number from 0 to 65533");
  draft.*member = static_cast<std::uint32_t>(*number);
  return {};
}

// Of old: tier and factor at once.
Status set_priority(Partition& draft, const std::string& value) {
  TRY(set_partition_priority<&Partition::priority_tier>(draft, value));
  draft.priority_job_factor = draft.priority_tier;
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

Status put_setting(Partition& draft, std::string_view key, const std::string& value) {
  PartitionConfig probe;
  probe.name = draft.name;
  if (const Status fits = set_partition_key(probe, std::string(key), value); !fits)
    return fail(Errc::error, "scontrol: error: Invalid input: " + fits.error().message);
  std::erase_if(draft.settings, [&](const PartitionSetting& one) { return one.key == key; });
  draft.settings.push_back({std::string(key), value});
  return {};
}

Status set_sharing_of_partition(Partition& draft, const std::string& value) {
  constexpr std::string_view words[] = {"EXCLUSIVE", "NO", "YES", "FORCE"};
  constexpr std::uint64_t usual = 4, most = 65'533;
  const auto sides = split_once(value, ':').value_or(std::pair<std::string_view, std::string_view>{value, ""});
  const auto is_it = [&](std::string_view word) { return equal_ignoring_case(sides.first, word); };
  const bool shares = is_it("YES") || is_it("FORCE");
  const auto count = sides.second.empty() ? Result<std::uint64_t>(usual) : parse_natural(sides.second, {1, most});
  if (std::none_of(std::begin(words), std::end(words), is_it) || !count || (!shares && !sides.second.empty()))
    return expected("one of NO, EXCLUSIVE, YES[:COUNT], FORCE[:COUNT]");
  draft.exclusive = is_it("EXCLUSIVE");
  draft.sharing_forced = is_it("FORCE");
  draft.jobs_per_core = shares ? static_cast<std::uint32_t>(*count) : 0;
  return put_setting(draft, "OverSubscribe", value);
}

// Keys that state does not know by name: read as the line of slurm.conf is, and kept as written.
constexpr std::string_view setting_keys[] = {
    "AllocNodes",    "AllowQos",        "DenyAccounts",  "DenyQos",       "DisableRootJobs",    "ReqResv",
    "QOS",           "Alternate",       "GraceTime",     "OverTimeLimit", "MaxCPUsPerNode",     "MaxCPUsPerSocket",
    "DefMemPerCPU",  "DefMemPerNode",   "DefMemPerGPU",  "DefCpuPerGPU",  "MaxMemPerCPU",       "MaxMemPerNode",
    "LLN",           "PreemptMode",     "CpuBind",       "JobDefaults",   "TRESBillingWeights", "ExclusiveUser",
    "ExclusiveTopo", "PowerDownOnIdle", "ResumeTimeout", "SuspendTime",   "SuspendTimeout",     "Topology"};

constexpr UpdateKey<Partition> partition_keys[] = {
    {"OverSubscribe", set_sharing_of_partition},
    {"Shared", set_sharing_of_partition},
    {"State", set_state},
    {"MaxTime", set_max_time},
    {"DefaultTime", set_default_time},
    {"MaxNodes", set_max_nodes},
    {"MinNodes", set_count<&Partition::nodes_min>},
    {"Priority", set_priority},
    {"PriorityTier", set_partition_priority<&Partition::priority_tier>},
    {"PriorityJobFactor", set_partition_priority<&Partition::priority_job_factor>},
    {"Default", set_flag<&Partition::is_default>},
    {"Hidden", set_flag<&Partition::hidden>},
    {"RootOnly", set_flag<&Partition::root_only>},
    {"AllowGroups", set_names<&Partition::allow_groups>},
    {"AllowAccounts", set_names<&Partition::allow_accounts>},
};

}  // namespace

Status check_features(const NodeDraft& draft) {
  const std::string available_text = draft.overrides.features.value_or(draft.available_before);
  const auto available = split_commas(available_text);
  const std::string active = draft.features_active.value_or(draft.active_before);
  for (std::string_view one : split_commas(active))
    if (std::find(available.begin(), available.end(), one) == available.end())
      return fail(Errc::active_feature_not_subset);
  return {};
}

Status change_node(NodeDraft& draft, const KeyValue& one) { return change_by_table<NodeDraft>(node_keys, draft, one); }
Status change_partition(Partition& draft, const KeyValue& one) {
  for (const std::string_view key : setting_keys) {
    if (!equal_ignoring_case(key, one.key)) continue;
    if (key == "TRESBillingWeights" && !parse_tres_weights(one.value))
      return fail(Errc::error, "Invalid TRESBillingWeights specification");
    const bool none = equal_ignoring_case(key, "Alternate") && equal_ignoring_case(one.value, "NONE");
    return put_setting(draft, key, none ? "" : one.value);
  }
  return change_by_table<Partition>(partition_keys, draft, one);
}

}  // namespace slurmxx
