// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/job_fields.h"
#include "core/text/instant_text.h"
#include "core/text/time_text.h"

namespace slurmxx {

namespace {

using R = const StepRow&;

const JobOwner& owner(R row) { return row.view->job.spec->owner; }
std::string null_text(R) { return "(null)"; }

std::string nodes(R row) { return nodes_of_step(*row.view, *row.step); }
std::string limit(R row) { return duration_short(limit_of_step(*row.step)); }
Seconds used(R row) { return row.step->ended.value_or(row.context->now) - row.step->started; }

// Numbered steps first, then interactive, batch, extern.
SortValue by_id(R row) {
  constexpr int bits = 32;
  return sort_value(std::uint64_t{row.view->job.id.value} << bits | static_cast<std::uint32_t>(row.step->id.value));
}
template <auto value>
SortValue by(R row) {
  return sort_value(value(row));
}
std::uint32_t uid(R row) { return owner(row).uid.value; }
std::uint32_t tasks(R row) { return row.step->tasks; }
Instant started(R row) { return row.step->started; }

std::uint32_t cpus(R row) {
  std::uint32_t sum = 0;
  for (const NodeShare& share : row.step->shares) sum += share.cpus;
  return sum;
}

constexpr Field<StepRow> fields[] = {
    {'b', "tres-per-job", "TRES_PER_JOB", null_text},
    {'i', "StepID", "STEPID", step_id_text, by_id},
    {'j', "StepName", "NAME", [](R r) { return r.step->name; }},
    {'l', "TimeLimit", "TIME_LIMIT", limit, nullptr, nullptr, nullptr, true},
    {'u', "UserName", "USER", [](R r) { return owner(r).user_name; }},
    {'A', "NumTasks", "TASKS", [](R r) { return fmt::to_string(tasks(r)); }, by<tasks>},
    {'M', "TimeUsed", "TIME", [](R r) { return duration_short(used(r)); }, by<used>, nullptr, nullptr, true},
    {'N', "Nodes", "NODELIST", nodes},
    {'P', "Partition", "PARTITION", [](R r) { return r.view->partition; }},
    {'S', "StartTime", "START_TIME", [](R r) { return instant_text(started(r), *r.context->zone); }, by<started>},
    {'U', "UserID", "UID", [](R r) { return fmt::to_string(uid(r)); }, by<uid>},
    {0, "ArrayJobID", "ARRAY_JOB_ID",
     [](R r) { return fmt::to_string(r.view->job.array ? r.view->job.array->array.value : 0); }},
    {0, "ArrayTaskID", "ARRAY_TASK_ID", [](R r) { return r.view->job.array ? array_task_text(r.view->job) : "N/A"; }},
    {0, "Cluster", "CLUSTER", [](R r) { return r.context->cluster; }},
    {0, "Container", "CONTAINER", null_text},
    {0, "ContainerID", "CONTAINER_ID", null_text},
    {0, "CPUFreq", "CPU_FREQ", [](R) { return std::string("Default"); }},
    {0, "cpus-per-tres", "CPUS_PER_TRES", null_text},
    {0, "JobID", "JOB_ID", [](R r) { return fmt::to_string(r.view->job.id.value); }, by_id},
    {0, "mem-per-tres", "MEM_PER_TRES", null_text},
    {0, "Network", "NETWORK", [](R r) { return r.step->network.empty() ? null_text(r) : r.step->network; }},
    {0, "NumCPUs", "NUM_CPUS", [](R r) { return fmt::to_string(cpus(r)); }, by<cpus>},
    {0, "ResvPort", "RESV_PORTS", [](R r) { return r.step->resv_ports.empty() ? null_text(r) : r.step->resv_ports; }},
    {0, "StepState", "STATE", [](R r) { return std::string(r.step->ended ? "COMPLETED" : "RUNNING"); }},
    {0, "tres-bind", "TRES_BIND", null_text},
    {0, "tres-freq", "TRES_FREQ", null_text},
    {0, "tres-per-node", "TRES_PER_NODE", null_text},
    {0, "tres-per-socket", "TRES_PER_SOCKET", null_text},
    {0, "tres-per-step", "TRES_PER_STEP", null_text},
    {0, "tres-per-task", "TRES_PER_TASK", null_text},
};

}  // namespace

std::span<const Field<StepRow>> step_fields() { return fields; }

}  // namespace slurmxx
