// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Rows that no cluster without arrays, federation, burst buffers or generic TRES requests can fill print what the
// original prints for "not there". The order of the lettered rows is that of `%all`.
#include "cli/job_fields.h"

#include <fmt/format.h>

#include "cli/licenses_held.h"
#include "core/launch/file_pattern.h"
#include "core/model/job_name.h"
#include "core/model/sharing_name.h"
#include "core/text/instant_text.h"
#include "core/text/time_text.h"

namespace slurmxx {

namespace {

// --core-spec, --thread-spec
std::string special_text(const PlacementRequest& asked) {
  if (asked.core_spec) return std::to_string(*asked.core_spec);
  return asked.thread_spec ? fmt::format("{} Threads", *asked.thread_spec) : "N/A";
}

using R = const JobRow&;
using Count = std::optional<std::uint32_t>;

std::string number(std::int64_t value) { return fmt::to_string(value); }
std::string or_null(const std::string& text) { return text.empty() ? "(null)" : text; }
std::string star_or(const Count& count) { return count ? fmt::to_string(*count) : "*"; }
std::string count_or(const Count& count, const char* absent) { return count ? fmt::to_string(*count) : absent; }
std::string when(R row, std::optional<Instant> instant, const char* absent = "N/A") {
  return instant_text(instant, *row.context->zone, absent);
}

template <auto value>
SortValue by(R row) {
  return sort_value(value(row));
}

std::uint32_t id_of(R row) { return row.job().id.value; }
std::uint32_t array_of(R row) { return row.job().array ? row.job().array->array.value : id_of(row); }
std::uint32_t uid_of(R row) { return row.spec().owner.uid.value; }
std::uint32_t gid_of(R row) { return row.spec().owner.gid.value; }
std::uint32_t priority_of(R row) { return row.view->priority; }
std::uint32_t cpus_of(R row) { return row.view->cpu_count; }
std::uint32_t nodes_of(R row) { return row.view->node_count; }
std::uint32_t least_cpus_of(R row) { return cpus_per_node_least(*row.view); }
std::int64_t nice_of(R row) { return row.spec().policy.nice; }
std::int64_t memory_of(R row) { return memory_asked(*row.view).value; }
std::int64_t disk_of(R row) { return row.spec().resources.tmp_disk_per_node.value; }
Seconds used_by(R row) { return time_used(*row.view, row.context->now); }
std::int64_t limit_of(R row) {
  const TimeLimit& limit = row.view->time_limit;
  return limit.unlimited ? std::numeric_limits<std::int64_t>::max() : limit.value.value * 60;
}
std::int64_t left_of(R row) {
  return row.view->time_limit.unlimited ? limit_of(row) : limit_of(row) - used_by(row).value;
}
std::uint32_t state_of(R row) { return static_cast<std::uint32_t>(row.job().state); }
SortValue by_partition(R row) { return {0, row.partition}; }
std::optional<Instant> start(R row) { return start_of(*row.view); }
SortValue by_start(R row) { return {start(row) ? start(row)->seconds : INT64_MAX, {}}; }  // without a time: last
std::optional<Instant> end(R row) { return end_of(*row.view); }
Instant submitted(R row) { return row.job().times.submitted; }

std::string share_text(R row) {
  if (row.view->shares_cores) return "YES";
  return std::string(sharing_name(sharing_of(*row.view)));
}

std::string sockets_cores_threads(R row) {
  const ResourceRequest& asked = row.spec().resources;
  return fmt::format("{}:{}:{}", star_or(asked.sockets_per_node), star_or(asked.cores_per_socket),
                     star_or(asked.threads_per_core));
}

// As wait(2) has it.
std::string wait_status(const ExitCode& exit) { return number((exit.status << 8) | exit.signal); }

std::string pending_seconds(R row) {
  const Job& job = row.job();
  const Instant until = job.times.started && job.state != JobState::pending ? *job.times.started : row.context->now;
  return number((until - job.times.submitted).value);
}

std::string asked_gres(R row, std::string_view name) {
  const std::string text = gres_line(row.spec().resources, name);
  return text.empty() ? "N/A" : text;
}

std::string tres_text(R row) {
  const JobView& view = *row.view;
  return or_null(view.allocated_tres.empty() ? view.requested_tres : view.allocated_tres);
}

FileNames files(R row) { return file_names_of(*row.view); }

constexpr const char* green = "32";
constexpr const char* yellow = "33";
constexpr const char* red = "31";
constexpr const char* cyan = "36";

const char* state_paint(R row) {
  const Job& job = row.job();
  if (job.completing()) return cyan;
  switch (job.state) {
    case JobState::running:
      return green;
    case JobState::pending:
    case JobState::suspended:
      return yellow;
    case JobState::completed:
      return "";
    default:
      return red;
  }
}

constexpr Field<JobRow> fields[] = {
    {'a', "Account", "ACCOUNT", [](R r) { return or_null(r.spec().labels.account); }},
    {'b', "tres-per-node", "TRES_PER_NODE", [](R r) { return gres_text(r.spec()); }},
    {'c', "MinCpus", "MIN_CPUS", [](R r) { return number(least_cpus_of(r)); }, by<least_cpus_of>},
    {'d', "MinTmpDisk", "MIN_TMP_DISK", [](R r) { return size_text(r.spec().resources.tmp_disk_per_node, *r.context); },
     by<disk_of>},
    {'e', "EndTime", "END_TIME", end_text, by<end>},
    {'f', "Feature", "FEATURES", [](R r) { return or_null(r.spec().placement.features); }},
    {'g', "GroupName", "GROUP", [](R r) { return r.spec().owner.group_name; }},
    {'h', "OverSubscribe", "OVER_SUBSCRIBE", share_text},
    {'i', "JobArrayID", "JOBID", [](R r) { return job_name_text(r); }, by<job_name_order>},
    {'j', "Name", "NAME", [](R r) { return or_null(r.spec().labels.name); }},
    {'k', "Comment", "COMMENT", [](R r) { return or_null(r.spec().labels.comment); }},
    {'l', "TimeLimit", "TIME_LIMIT", [](R r) { return duration_short(r.view->time_limit); }, by<limit_of>, nullptr,
     nullptr, true},
    {'m', "MinMemory", "MIN_MEMORY", [](R r) { return size_text(memory_asked(*r.view), *r.context); }, by<memory_of>},
    {'n', "ReqNodes", "REQ_NODES", [](R r) { return r.spec().placement.nodes_required; }},
    {'o', "Command", "COMMAND", [](R r) { return command_text(r.spec()); }},
    {'p', "Priority", "PRIORITY", [](R r) { return fmt::format("{:.14f}", r.view->priority / 4294967296.0); },
     by<priority_of>},
    {'q', "QOS", "QOS", [](R r) { return or_null(r.spec().labels.qos); }},
    {'r', "Reason", "REASON", [](R r) { return r.view->reason.empty() ? "None" : r.view->reason; }},
    {'s', "SelectJobInfo", "", [](R) { return std::string(); }},
    {'t', "StateCompact", "ST", [](R r) { return job_state_compact(r.job()); }, by<state_of>, nullptr, state_paint},
    {'u', "UserName", "USER", [](R r) { return r.spec().owner.user_name; }},
    {'v', "Reservation", "RESERVATION", [](R r) { return or_null(reservation_of(r.job())); }},
    {'w', "WCKey", "WCKEY", [](R r) { return or_null(r.spec().labels.wckey); }},
    {'x', "ExcNodes", "EXC_NODES", [](R r) { return r.spec().placement.nodes_excluded; }},
    {'y', "Nice", "NICE", [](R r) { return number(nice_of(r)); }, by<nice_of>},
    {'z', "SCT", "S:C:T", sockets_cores_threads},
    {'A', "JobID", "JOBID", [](R r) { return number(id_of(r)); }, by<id_of>},
    {'B', "BatchHost", "EXEC_HOST", [](R r) { return r.view->batch_host.empty() ? "n/a" : r.view->batch_host; }},
    {'C', "NumCPUs", "CPUS", [](R r) { return number(cpus_of(r)); }, by<cpus_of>},
    {'D', "NumNodes", "NODES", [](R r) { return number(nodes_of(r)); }, by<nodes_of>},
    {'E', "Dependency", "DEPENDENCY", [](R r) { return or_null(dependencies_text(r.job().dependencies)); }},
    {'F', "ArrayJobID", "ARRAY_JOB_ID", [](R r) { return number(array_of(r)); }, by<array_of>},
    {'G', "GroupID", "GROUP", [](R r) { return number(gid_of(r)); }, by<gid_of>},
    {'H', "Sockets", "SOCKETS_PER_NODE", [](R r) { return star_or(r.spec().resources.sockets_per_node); }},
    {'I', "Cores", "CORES_PER_SOCKET", [](R r) { return star_or(r.spec().resources.cores_per_socket); }},
    {'J', "Threads", "THREADS_PER_CORE", [](R r) { return star_or(r.spec().resources.threads_per_core); }},
    {'K', "ArrayTaskID", "ARRAY_TASK_ID", [](R r) { return array_task_text(r); }, by<job_name_order>},
    {'L', "TimeLeft", "TIME_LEFT", time_left_text, by<left_of>, nullptr, nullptr, true},
    {'M', "TimeUsed", "TIME", [](R r) { return duration_short(used_by(r)); }, by<used_by>, nullptr, nullptr, true},
    {'N', "NodeList", "NODELIST", [](R r) { return node_text(*r.view); }},
    {'O', "Contiguous", "CONTIGUOUS", [](R r) { return number(r.spec().placement.contiguous); }},
    {'P', "Partition", "PARTITION", [](R r) { return r.partition; }, by_partition},
    {'Q', "PriorityLong", "PRIORITY", [](R r) { return number(priority_of(r)); }, by<priority_of>},
    {'R', "ReasonList", "NODELIST(REASON)", [](R r) { return node_or_reason_text(*r.view); }},
    {'S', "StartTime", "START_TIME", [](R r) { return when(r, start(r)); }, by_start},
    {'T', "State", "STATE", [](R r) { return job_state_text(r.job()); }, by<state_of>, nullptr, state_paint},
    {'U', "UserID", "UID", [](R r) { return number(uid_of(r)); }, by<uid_of>},
    {'V', "SubmitTime", "SUBMIT_TIME", [](R r) { return when(r, submitted(r)); }, by<submitted>},
    {'W', "Licenses", "LICENSES", [](R r) { return or_null(r.spec().labels.licenses); }},
    {0, "LicensesAlloc", "LICENSES_ALLOC", [](R r) { return or_null(licenses_held(r.job())); }},
    {'X', "CoreSpec", "CORE_SPEC", [](R r) { return special_text(r.spec().placement); }},
    {'Y', "SchedNodes", "SCHEDNODES", [](R r) { return or_null(r.view->expected_nodes); }},
    {'Z', "WorkDir", "WORK_DIR", [](R r) { return or_null(r.spec().launch.work_dir); }},
    {0, "AccrueTime", "ACCRUE_TIME", [](R r) { return when(r, accrue_of(r.job())); }},
    {0, "admin_comment", "ADMIN_COMMENT", [](R r) { return or_null(r.spec().labels.admin_comment); }},
    {0, "AllocNodes", "ALLOC_NODES", [](R r) { return or_null(r.spec().labels.submit_host); }},
    {0, "AllocSID", "ALLOC_SID", [](R r) { return number(r.spec().labels.submit_sid); }},
    {0, "AssocID", "ASSOC_ID", [](R) { return number(0); }},
    {0, "BatchFlag", "BATCH_FLAG", [](R r) { return number(r.spec().policy.batch); }},
    {0, "BoardsPerNode", "BOARDS_PER_NODE", [](R) { return number(0); }},
    {0, "BurstBuffer", "BURST_BUFFER", [](R r) { return or_null(r.spec().labels.mcs_label); }},
    {0, "BurstBufferState", "BURST_BUFFER_STATE", [](R) { return std::string("(null)"); }},
    {0, "Cluster", "CLUSTER", [](R r) { return r.context->cluster; }},
    {0, "ClusterFeature", "CLUSTER_FEATURES", [](R) { return std::string("(null)"); }},
    {0, "Container", "CONTAINER", [](R) { return std::string("(null)"); }},
    {0, "ContainerID", "CONTAINER_ID", [](R) { return std::string("(null)"); }},
    {0, "cpus-per-task", "CPUS_PER_TASK", [](R r) { return number(r.spec().resources.cpus_per_task); }},
    {0, "cpus-per-tres", "CPUS_PER_TRES", [](R r) { return asked_gres(r, "CpusPerTres"); }},
    {0, "Deadline", "DEADLINE", [](R r) { return when(r, r.spec().times.deadline); }},
    {0, "DelayBoot", "DELAY_BOOT", [](R) { return std::string("0:00"); }},
    {0, "DerivedEC", "DERIVED_EC", [](R r) { return wait_status(r.job().exit_of_steps); }},
    {0, "EligibleTime", "ELIGIBLE_TIME", [](R r) { return when(r, eligible_of(r.job())); }},
    {0, "exit_code", "EXIT_CODE", [](R r) { return wait_status(r.job().exit); }},
    {0, "Extra", "EXTRA", [](R r) { return or_null(r.spec().labels.extra); }},
    {0, "HetJobID", "HET_JOB_ID", [](R r) { return r.spec().het ? to_string(r.spec().het->leader) : "N/A"; }},
    {0, "HetJobIDSet", "HET_JOB_ID_SET", [](R r) { return r.spec().het ? het_ids_text(*r.spec().het) : "N/A"; }},
    {0, "HetJobOffset", "HET_JOB_OFFSET", [](R r) { return r.spec().het ? number(r.spec().het->offset) : "N/A"; }},
    {0, "LastSchedEval", "LAST_SCHED_EVAL", [](R r) { return when(r, r.job().times.started); }},
    {0, "MaxCPUs", "MAX_CPUS", [](R r) { return number(cpus_of(r)); }},
    {0, "MaxNodes", "MAX_NODES", [](R r) { return number(r.spec().resources.nodes_max.value_or(r.view->node_count)); }},
    {0, "MCSLabel", "MCSLABEL", [](R r) { return or_null(r.spec().labels.mcs_label); }},
    {0, "mem-per-tres", "MEM_PER_TRES", [](R r) { return asked_gres(r, "MemPerTres"); }},
    {0, "MinTime", "TIME_MIN",
     [](R r) { return r.spec().times.limit_min ? duration_short(*r.spec().times.limit_min) : "0:00"; }},
    {0, "Network", "NETWORK", [](R r) { return or_null(r.spec().launch.network); }},
    {0, "NTPerBoard", "NTASKS_PER_BOARD", [](R) { return number(0); }},
    {0, "NTPerCore", "NTASKS_PER_CORE", [](R r) { return count_or(r.spec().resources.tasks_per_core, "N/A"); }},
    {0, "NTPerNode", "NTASKS_PER_NODE", [](R r) { return count_or(r.spec().resources.tasks_per_node, "0"); }},
    {0, "NTPerSocket", "NTASKS_PER_SOCKET", [](R r) { return count_or(r.spec().resources.tasks_per_socket, "N/A"); }},
    {0, "NumTasks", "TASKS", [](R r) { return number(tasks_of(*r.view)); }},
    {0, "Origin", "ORIGIN", [](R) { return std::string("NA"); }},
    {0, "OriginRaw", "ORIGIN_RAW", [](R) { return std::string("NA"); }},
    {0, "PendingTime", "PENDING_TIME", pending_seconds},
    {0, "PreemptTime", "PREEMPT_TIME", [](R r) { return when(r, r.job().times.preempted, "N/A"); }},
    {0, "Prefer", "PREFER", [](R r) { return or_null(r.spec().placement.prefer); }},
    {0, "Profile", "PROFILE", [](R) { return std::string("NotSet"); }},
    {0, "Reboot", "REBOOT", [](R) { return number(0); }},
    {0, "ReqSwitch", "REQ_SWITCH", [](R r) { return number(r.spec().placement.switches); }},
    {0, "Requeue", "REQUEUE", [](R r) { return number(r.spec().policy.requeue.value_or(true)); }},
    {0, "ResizeTime", "RESIZE_TIME", [](R r) { return instant_text(r.job().times.resized, *r.context->zone, "N/A"); }},
    {0, "RestartCnt", "RESTART_COUNT", [](R r) { return number(r.job().restarts); }},
    {0, "SiblingsActive", "ACTIVE_SIBLINGS", [](R) { return std::string("NA"); }},
    {0, "SiblingsActiveRaw", "ACTIVE_SIBLINGS_RAW", [](R) { return std::string("NA"); }},
    {0, "SiblingsViable", "VIABLE_SIBLINGS", [](R) { return std::string("NA"); }},
    {0, "SiblingsViableRaw", "VIABLE_SIBLINGS_RAW", [](R) { return std::string("NA"); }},
    {0, "SPerBoard", "SOCKETS_PER_BOARD", [](R) { return number(0); }},
    {0, "STDERR", "STDERR", [](R r) { return files(r).error; }},
    {0, "STDIN", "STDIN", [](R r) { return files(r).input; }},
    {0, "STDOUT", "STDOUT", [](R r) { return files(r).output; }},
    {0, "system_comment", "SYSTEM_COMMENT", [](R) { return std::string("(null)"); }},
    {0, "tres", "TRES_ALLOC", tres_text},
    {0, "tres-alloc", "TRES_ALLOC", tres_text},
    {0, "tres-bind", "TRES_BIND", [](R r) { return asked_gres(r, "TresBind"); }},
    {0, "tres-freq", "TRES_FREQ", [](R r) { return asked_gres(r, "TresFreq"); }},
    {0, "tres-per-job", "TRES_PER_JOB", [](R r) { return asked_gres(r, "TresPerJob"); }},
    {0, "tres-per-socket", "TRES_PER_SOCKET", [](R r) { return asked_gres(r, "TresPerSocket"); }},
    {0, "tres-per-task", "TRES_PER_TASK", [](R r) { return asked_gres(r, "TresPerTask"); }},
    {0, "Wait4Switch", "WAIT4SWITCH",
     [](R r) { return duration_short(r.spec().placement.switches_wait.value_or(Seconds(0))); }},
};

}  // namespace

std::span<const Field<JobRow>> job_fields() { return fields; }

}  // namespace slurmxx
