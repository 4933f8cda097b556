// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Values are read by the same parsers as the options of sbatch and the keys of slurm.conf. Keys: scontrol(1).
#include "control/update_keys.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "core/text/size_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

template <class Draft>
struct Key {
  std::string_view name;
  Status (*set)(Draft& draft, const std::string& value);
};

Error bad_value(std::string_view key, std::string_view value, std::string_view expected) {
  return fail(Errc::error, fmt::format("scontrol: error: Invalid input: {}={}: expected {}", key, value, expected));
}

template <class Draft>
Status change(std::span<const Key<Draft>> keys, Draft& draft, const KeyValue& change) {
  std::vector<std::string_view> names;
  for (const Key<Draft>& key : keys) {
    if (equal_ignoring_case(key.name, change.key)) return key.set(draft, change.value);
    names.push_back(key.name);
  }
  return fail(Errc::error, fmt::format("scontrol: error: Update of this parameter is not supported: {}={}{}\n\n"
                                       "scontrol: error: Request aborted",
                                       change.key, change.value, did_you_mean(change.key, names)));
}

Result<std::uint32_t> count(std::string_view key, const std::string& value, std::uint32_t min = 0) {
  const auto number = parse_natural(value, {min, UINT32_MAX - 1});
  if (!number) return bad_value(key, value, fmt::format("a whole number from {}", min));
  return static_cast<std::uint32_t>(*number);
}

// ---- jobs ----

Status set_time_limit(JobDraft& draft, const std::string& value) {
  const bool relative = !value.empty() && (value[0] == '+' || value[0] == '-') && value != "-1";
  auto parsed = parse_time_limit(relative ? value.substr(1) : value);
  if (!parsed) return fail(Errc::invalid_time_limit);
  TimeLimit limit = *parsed;
  if (relative) {
    if (!draft.spec.times.limit || draft.spec.times.limit->unlimited || limit.unlimited)
      return fail(Errc::invalid_time_limit);
    const std::int64_t sum = draft.spec.times.limit->value.value + (value[0] == '+' ? 1 : -1) * limit.value.value;
    if (sum < 0) return fail(Errc::invalid_time_limit);
    limit = TimeLimit::of(Minutes(sum));
  }
  const auto& old = draft.spec.times.limit;
  const bool longer = old && !old->unlimited && (limit.unlimited || limit.value > old->value);
  if (longer && draft.runs) draft.privileged = true;
  draft.spec.times.limit = limit;
  draft.time_limit = limit;
  return {};
}

Status set_priority(JobDraft& draft, const std::string& value) {
  TRY_ASSIGN(const std::uint32_t priority, count("Priority", value));
  if (priority == 0) {
    draft.hold = draft.is_owner ? Hold::user : Hold::admin;
    return {};
  }
  draft.privileged = true;
  draft.hold = Hold::none;
  draft.priority = priority;
  return {};
}

Status set_nice(JobDraft& draft, const std::string& value) {
  const auto nice = parse_integer(value, {-2147483645, 2147483645});
  if (!nice) return bad_value("Nice", value, "a whole number");
  if (*nice < draft.spec.policy.nice) draft.privileged = true;
  draft.spec.policy.nice = *nice;
  return {};
}

Status set_nodes(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  const auto range = split_once(value, '-');
  TRY_ASSIGN(const std::uint32_t low, count("NumNodes", std::string(range ? range->first : value), 1));
  std::uint32_t high = low;
  if (range) {
    TRY_ASSIGN(high, count("NumNodes", std::string(range->second), low));
  }
  ResourceRequest& resources = draft.spec.resources;
  resources.nodes_min = low;
  resources.nodes_max = high;
  resources.nodes_set = true;
  resources.tasks = std::max(resources.tasks, low);
  return {};
}

Status set_tasks(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  TRY_ASSIGN(draft.spec.resources.tasks, count("NumTasks", value, 1));
  draft.spec.resources.tasks_set = true;
  return {};
}

Status set_cpus_per_task(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  TRY_ASSIGN(draft.spec.resources.cpus_per_task, count("CPUsPerTask", value, 1));
  draft.spec.resources.cpus_per_task_set = true;
  return {};
}

Status set_memory(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  auto size = parse_memory(value);
  if (!size) return bad_value("MinMemoryNode", value, "a size in MB, or with a unit as 4G");
  draft.spec.resources.memory_per_node = *size;
  draft.spec.resources.memory_per_cpu.reset();
  return {};
}

Status set_memory_per_cpu(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  auto size = parse_memory(value);
  if (!size) return bad_value("MinMemoryCPU", value, "a size in MB, or with a unit as 4G");
  draft.spec.resources.memory_per_cpu = *size;
  draft.spec.resources.memory_per_node.reset();
  return {};
}

Status set_partition(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  draft.spec.placement.partitions.clear();
  for (std::string_view name : split_commas(value)) draft.spec.placement.partitions.emplace_back(name);
  return {};
}

Status set_requeue(JobDraft& draft, const std::string& value) {
  const auto on = parse_yes_no(value);
  if (!on) return bad_value("Requeue", value, "0 or 1");
  draft.spec.policy.requeue = *on;
  return {};
}

Status set_begin(JobDraft& draft, const std::string& value) {
  const auto seconds = parse_integer(value, {0, INT64_MAX});
  if (!seconds) return fail(Errc::invalid_time_value);  // commands send an instant
  draft.spec.times.begin = Instant(*seconds);
  return {};
}

Status set_features(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  draft.spec.placement.features = value;
  return {};
}

Status set_nodes_required(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  draft.spec.placement.nodes_required = value;
  return {};
}

Status set_nodes_excluded(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  draft.spec.placement.nodes_excluded = value;
  return {};
}

Status set_sharing(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  const auto on = parse_yes_no(value);
  if (!on) return bad_value("OverSubscribe", value, "yes or no");
  draft.spec.placement.sharing = *on ? Sharing::oversubscribe : Sharing::exclusive;
  return {};
}

template <std::string JobLabels::*member>
Status set_label(JobDraft& draft, const std::string& value) {
  draft.spec.labels.*member = value;
  return {};
}

Status set_admin_comment(JobDraft& draft, const std::string& value) {
  draft.privileged = true;
  draft.spec.labels.admin_comment = value;
  return {};
}

template <std::string LaunchSpec::*member>
Status set_launch(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  draft.spec.launch.*member = value;
  return {};
}

constexpr Key<JobDraft> job_keys[] = {
    {"TimeLimit", set_time_limit},
    {"JobName", set_label<&JobLabels::name>},
    {"Name", set_label<&JobLabels::name>},
    {"Comment", set_label<&JobLabels::comment>},
    {"AdminComment", set_admin_comment},
    {"Extra", set_label<&JobLabels::extra>},
    {"Account", set_label<&JobLabels::account>},
    {"QOS", set_label<&JobLabels::qos>},
    {"WCKey", set_label<&JobLabels::wckey>},
    {"Priority", set_priority},
    {"Nice", set_nice},
    {"NumNodes", set_nodes},
    {"ReqNodes", set_nodes},
    {"NumTasks", set_tasks},
    {"CPUsPerTask", set_cpus_per_task},
    {"MinMemoryNode", set_memory},
    {"MinMemoryCPU", set_memory_per_cpu},
    {"Partition", set_partition},
    {"Requeue", set_requeue},
    {"StartTime", set_begin},
    {"EligibleTime", set_begin},
    {"Features", set_features},
    {"ReqNodeList", set_nodes_required},
    {"ExcNodeList", set_nodes_excluded},
    {"OverSubscribe", set_sharing},
    {"StdOut", set_launch<&LaunchSpec::output>},
    {"StdErr", set_launch<&LaunchSpec::error>},
    {"StdIn", set_launch<&LaunchSpec::input>},
    {"WorkDir", set_launch<&LaunchSpec::work_dir>},
};

// ---- nodes ----

Status set_weight(NodeDraft& draft, const std::string& value) {
  TRY_ASSIGN(draft.weight, count("Weight", value));
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

constexpr Key<NodeDraft> node_keys[] = {
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

// ---- partitions ----

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
  TRY_ASSIGN(const std::uint32_t nodes, count("MaxNodes", value));
  draft.nodes_max = Limit<std::uint32_t>::of(nodes);
  return {};
}

template <std::uint32_t Partition::*member>
Status set_count(Partition& draft, const std::string& value) {
  TRY_ASSIGN(draft.*member, count("value", value));
  return {};
}

template <bool Partition::*member>
Status set_flag(Partition& draft, const std::string& value) {
  const auto on = parse_yes_no(value);
  if (!on) return bad_value("value", value, "YES or NO");
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

constexpr Key<Partition> partition_keys[] = {
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

Status change_job(JobDraft& draft, const KeyValue& one) { return change<JobDraft>(job_keys, draft, one); }
Status change_node(NodeDraft& draft, const KeyValue& one) { return change<NodeDraft>(node_keys, draft, one); }
Status change_partition(Partition& draft, const KeyValue& one) { return change<Partition>(partition_keys, draft, one); }

}  // namespace slurmxx
