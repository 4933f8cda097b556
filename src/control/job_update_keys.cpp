// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The keys of a job. Values are read by the same parsers as the options of sbatch. scontrol(1).
#include <algorithm>

#include "control/job_resource_keys.h"
#include "control/update_key_table.h"
#include "control/update_keys.h"
#include "core/model/mail_types.h"
#include "core/text/time_text.h"

namespace slurmxx {
namespace {

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
  TRY_ASSIGN(const std::uint32_t priority, count_of_update(value));
  if (priority == 0) {
    draft.hold = draft.is_operator || draft.held == Hold::admin ? Hold::admin : Hold::user;
    return {};
  }
  draft.privileged = true;
  draft.hold = Hold::none;
  draft.priority = priority;
  return {};
}

Status set_nice(JobDraft& draft, const std::string& value) {
  const auto nice = parse_integer(value, {-2147483645, 2147483645});
  if (!nice) return expected("a whole number");
  if (*nice < draft.spec.policy.nice) draft.privileged = true;
  draft.spec.policy.nice = *nice;
  return {};
}

Status set_site_factor(JobDraft& draft, const std::string& value) {
  const auto factor = parse_integer(value, {-2147483645, 2147483645});
  if (!factor) return expected("a whole number from -2147483645 to 2147483645");
  draft.privileged = true;
  draft.spec.policy.site_factor = *factor;
  return {};
}

Status reset_accrue_time(JobDraft& draft, const std::string&) {
  draft.age_begins_anew = true;
  return {};
}

// One that runs holds them from then on; how many its owner may add is judged by LicenseGrowth.
Status set_licenses(JobDraft& draft, const std::string& value) {
  if (draft.runs && value.find('|') != std::string::npos) return fail(Errc::invalid_licenses);
  draft.touches_resources = draft.touches_resources || !draft.runs;
  draft.spec.labels.licenses = value;
  return {};
}

Status set_nodes(JobDraft& draft, const std::string& value) {
  if (draft.runs) {
    TRY_ASSIGN(draft.nodes_kept, count_of_update(value, 1));
    return {};
  }
  draft.touches_resources = true;
  const auto range = split_once(value, '-');
  TRY_ASSIGN(const std::uint32_t low, count_of_update(std::string(range ? range->first : value), 1));
  std::uint32_t high = low;
  if (range) {
    TRY_ASSIGN(high, count_of_update(std::string(range->second), low));
  }
  ResourceRequest& resources = draft.spec.resources;
  resources.nodes_min = low;
  resources.nodes_max = high;
  resources.nodes_set = true;
  resources.tasks = std::max(resources.tasks, low);
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
  if (!on) return expected("0 or 1");
  draft.spec.policy.requeue = *on;
  if (!*on) draft.spec.policy.requeue_expedite = false;
  return {};
}

Status set_begin(JobDraft& draft, const std::string& value) {
  const auto seconds = parse_integer(value, {0, INT64_MAX});
  if (!seconds) return fail(Errc::invalid_time_value);  // commands send an instant
  if (draft.runs) return fail(Errc::job_not_pending);
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
  draft.privileged = true;
  const auto on = parse_yes_no(value);
  if (!on) return expected("yes or no");
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

// Without a name the default is meant, which has one of its own.
Status set_output(JobDraft& draft, const std::string& value) {
  if (value.empty()) return expected("a file name; slurm-%j.out is the default");
  return set_launch<&LaunchSpec::output>(draft, value);
}

Status set_work_dir(JobDraft& draft, const std::string& value) {
  if (!value.starts_with('/')) return expected("an absolute path");
  return set_launch<&LaunchSpec::work_dir>(draft, value);
}

Status set_prefer(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  draft.spec.placement.prefer = value;
  return {};
}

Status set_contiguous(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  draft.privileged = true;
  const auto on = parse_yes_no(value);
  if (!on) return expected("yes or no");
  draft.spec.placement.contiguous = *on;
  return {};
}

// "2" or "2@10:00"; 0: no limit.
Status set_switches(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  const auto wait = split_once(value, '@');
  const auto count = parse_natural(wait ? wait->first : value, {0, INT32_MAX});
  if (!count) return expected("a number of switches, or with a time as 2@10:00");
  draft.spec.placement.switches = static_cast<std::uint32_t>(*count);
  draft.spec.placement.switches_wait.reset();
  if (!wait) return {};
  const auto limit = parse_duration(wait->second);
  if (!limit || limit->unlimited) return expected("a time as 10:00 behind the @");
  draft.spec.placement.switches_wait = limit->value;
  return {};
}

// How long to wait for that many switches, in seconds.
Status set_switches_wait(JobDraft& draft, const std::string& value) {
  TRY_ASSIGN(const std::uint32_t seconds, count_of_update(value));
  draft.spec.placement.switches_wait = Seconds(seconds);
  return {};
}

Status set_time_min(JobDraft& draft, const std::string& value) {
  auto parsed = parse_time_limit(value);
  if (!parsed) return fail(Errc::invalid_time_limit);
  draft.spec.times.limit_min = *parsed;
  return {};
}

Status set_deadline(JobDraft& draft, const std::string& value) {
  const auto seconds = parse_integer(value, {0, INT64_MAX});
  if (!seconds || Instant(*seconds) <= draft.now) return fail(Errc::invalid_time_value);
  draft.privileged = true;
  draft.spec.times.deadline = Instant(*seconds);
  return {};
}

// Of a job that runs: the limit that ends it then.
Status set_end(JobDraft& draft, const std::string& value) {
  const auto seconds = parse_integer(value, {0, INT64_MAX});
  if (!seconds || !draft.runs || !draft.started || Instant(*seconds) <= draft.now)
    return fail(Errc::invalid_time_value);
  constexpr std::int64_t minute = 60;
  const std::int64_t whole = ((Instant(*seconds) - *draft.started).value + minute - 1) / minute;
  return set_time_limit(draft, std::to_string(whole));
}

Status set_mail_types(JobDraft& draft, const std::string& value) {
  std::vector<std::string> types;
  for (const std::string_view word : split_commas(value)) {
    types.push_back(upper(word));
    if (!is_mail_type(types.back())) return expected("types as of sbatch --mail-type");
  }
  draft.spec.labels.mail_types = std::move(types);
  return {};
}

Status set_throttle(JobDraft& draft, const std::string& value) {
  const auto most = parse_natural(value, {0, UINT32_MAX});
  if (!draft.spec.array || !most) return fail(Errc::not_supported);
  draft.spec.array->throttle = static_cast<std::uint32_t>(*most);
  return {};
}

Status set_dependency(JobDraft& draft, const std::string& value) {
  draft.dependencies = value;
  return {};
}

Status set_reservation(JobDraft& draft, const std::string& value) {
  draft.spec.labels.reservation = value;
  draft.touches_resources = true;
  return {};
}

template <std::optional<std::uint32_t> PlacementRequest::*member>
Status set_special(JobDraft& draft, const std::string& value) {
  PlacementRequest& placement = draft.spec.placement;
  placement.core_spec = placement.thread_spec = std::nullopt;
  if (value != "-1") {
    TRY_ASSIGN(placement.*member, count_of_update(value.empty() ? "0" : value));
  }
  placement.sharing = Sharing::exclusive;
  draft.touches_resources = draft.asks_special = true;
  return {};
}

Status set_delay_boot(JobDraft& draft, const std::string& value) {
  const auto limit = parse_time_limit(value);
  if (!limit || limit->unlimited) return fail(Errc::invalid_time_value);
  draft.spec.placement.boot.delay = limit->value;
  draft.touches_resources = true;
  return {};
}

Status set_tasks_per_node(JobDraft& draft, const std::string& value) {
  TRY_ASSIGN(const std::uint32_t count, count_of_update(value));
  draft.spec.resources.tasks_per_node = count > 0 ? std::optional(count) : std::nullopt;
  draft.touches_resources = true;
  return {};
}

// Of a job that runs: the nodes that it keeps.
Status set_node_list(JobDraft& draft, const std::string& value) {
  if (!draft.runs) return fail(Errc::not_supported);
  draft.node_names_kept = value;
  return {};
}

Status refuse(JobDraft&, const std::string&) { return fail(Errc::not_supported); }

Status refuse_clusters(JobDraft&, const std::string&) {
  return fail(Errc::error, "Clusters and ClusterFeatures are of federated jobs: this cluster is in no federation");
}

constexpr UpdateKey<JobDraft> job_keys[] = {
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
    {"SiteFactor", set_site_factor},
    {"ResetAccrueTime", reset_accrue_time},
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
    {"Shared", set_sharing},
    {"NumCPUs", set_cpus},
    {"ReqProcs", set_cpus},
    {"MinCPUsNode", set_least<&ResourceRequest::cpus_per_node_min>},
    {"MinTmpDiskNode", set_tmp_disk},
    {"ReqSockets", set_least<&ResourceRequest::sockets_per_node>},
    {"ReqCores", set_least<&ResourceRequest::cores_per_socket>},
    {"ReqThreads", set_least<&ResourceRequest::threads_per_core>},
    {"Contiguous", set_contiguous},
    {"Prefer", set_prefer},
    {"TimeMin", set_time_min},
    {"Deadline", set_deadline},
    {"EndTime", set_end},
    {"MailType", set_mail_types},
    {"MailUser", set_label<&JobLabels::mail_user>},
    {"ArrayTaskThrottle", set_throttle},
    {"BurstBuffer", refuse},
    {"Clusters", refuse_clusters},
    {"ClusterFeatures", refuse_clusters},
    {"CoreSpec", set_special<&PlacementRequest::core_spec>},
    {"DelayBoot", set_delay_boot},
    {"Dependency", set_dependency},
    {"Gres", set_gres<&GresOptions::per_node>},
    {"TresPerNode", set_gres<&GresOptions::per_node>},
    {"TresPerJob", set_gres<&GresOptions::per_job>},
    {"TresPerSocket", set_gres<&GresOptions::per_socket>},
    {"TresPerTask", set_gres<&GresOptions::per_task>},
    {"Licenses", set_licenses},
    {"NodeList", set_node_list},
    {"Reboot", set_reboot},
    {"ReservationName", set_reservation},
    {"TasksPerNode", set_tasks_per_node},
    {"Switches", set_switches},
    {"Wait-for-Switch", set_switches_wait},
    {"WaitForSwitch", set_switches_wait},
    {"ThreadSpec", set_special<&PlacementRequest::thread_spec>},
    {"StdOut", set_output},
    {"StdErr", set_launch<&LaunchSpec::error>},
    {"StdIn", set_launch<&LaunchSpec::input>},
    {"WorkDir", set_work_dir},
};

}  // namespace

// TimeLimit+=5 is TimeLimit=+5.
Status change_job(JobDraft& draft, const KeyValue& one) {
  KeyValue meant = one;
  if (equal_ignoring_case(one.key, "TimeLimit+") || equal_ignoring_case(one.key, "TimeLimit-")) {
    meant.value.insert(0, 1, meant.key.back());
    meant.key.pop_back();
  }
  return change_by_table<JobDraft>(job_keys, draft, meant);
}

}  // namespace slurmxx
