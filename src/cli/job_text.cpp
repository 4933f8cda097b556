// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/job_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/hostlist/hostlist.h"
#include "core/launch/file_pattern.h"
#include "core/model/reservation_hold.h"
#include "core/text/instant_text.h"
#include "core/text/size_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

// Names of the allocated nodes that `wanted` picks; the hostlist has them in the order of the shares.
template <class Wanted>
std::string pick_nodes(const JobView& view, Wanted wanted) {
  auto names = expand_hostlist(view.nodes);
  if (!names || !view.job.allocation || names->size() != view.job.allocation->shares.size()) return view.nodes;
  HostFolder folder;
  for (std::size_t i = 0; i < names->size(); ++i)
    if (wanted(view.job.allocation->shares[i].node)) folder.add((*names)[i]);
  return folder.take();
}

// Ended jobs whose end wants an explanation.
bool is_failure(JobState state) {
  return is_ended(state) && state != JobState::completed && state != JobState::cancelled;
}

}  // namespace

std::string job_state_text(const Job& job) {
  if (job.preparing) return "CONFIGURING";
  if (lost_reservation(job)) return "RESV_DEL_HOLD";
  if (job.completing()) return "COMPLETING";
  if (job.is_expediting()) return "EXPEDITING";
  return job.is_special_exit() ? "SPECIAL_EXIT" : std::string(state_name(job.state));
}
std::string job_state_compact(const Job& job) {
  if (job.preparing) return "CF";
  if (lost_reservation(job)) return "RD";
  if (job.completing()) return "CG";
  if (job.is_expediting()) return "EX";
  return job.is_special_exit() ? "SE" : std::string(state_short(job.state));
}

Seconds time_used(const JobView& view, Instant now) {
  const JobTimes& times = view.job.times;
  if (view.job.state == JobState::pending || !times.started) return Seconds(0);
  return run_time(times, view.job.without_cpus(), times.ended.value_or(now));
}

std::optional<Instant> accrue_of(const Job& job) {
  if (job.times.accrual.held) return std::nullopt;
  return job.times.accrual.since ? job.times.accrual.since : eligible_of(job);
}

std::optional<Instant> eligible_of(const Job& job) {
  return job.times.eligible || job.state != JobState::pending ? job.times.eligible : job.spec->times.begin;
}

std::optional<Instant> start_of(const JobView& view) {
  if (view.job.state != JobState::pending) return view.job.times.started;
  if (view.expected_start || view.job.times.eligible) return view.expected_start;
  return view.job.spec->times.begin;
}

std::optional<Instant> end_of(const JobView& view) {
  if (view.job.times.ended && view.job.state != JobState::pending) return view.job.times.ended;
  if (view.job.is_preempted() && view.job.kill->due) return view.job.kill->due;
  if (view.job.state != JobState::pending && view.job.times.limit_at) return view.job.times.limit_at;
  const auto start = start_of(view);
  if (!start || view.time_limit.unlimited) return {};
  return *start + to_seconds(view.time_limit.value);
}

std::string end_text(const JobRow& row) {
  const char* absent = start_of(*row.view) && row.view->time_limit.unlimited ? "NONE" : "N/A";
  return instant_text(end_of(*row.view), *row.context->zone, absent);
}

std::string time_left_text(const JobRow& row) {
  const TimeLimit& limit = row.view->time_limit;
  if (limit.unlimited) return "UNLIMITED";
  return duration_short(std::max(Seconds(0), to_seconds(limit.value) - time_used(*row.view, row.context->now)));
}

std::string node_text(const JobView& view) {
  if (view.job.state == JobState::pending && !view.job.completing()) return {};
  if (!view.job.completing()) return view.nodes;
  const auto& left = view.job.unfinished;
  return pick_nodes(view, [&](NodeIndex node) { return std::ranges::find(left, node) != left.end(); });
}

std::string node_or_reason_text(const JobView& view) {
  const Job& job = view.job;
  const bool has_reason = !view.reason.empty() && view.reason != "None";
  const bool explain = job.state == JobState::pending || (is_failure(job.state) && has_reason);
  if (!explain || job.completing()) return node_text(view);
  return fmt::format("({})", has_reason ? view.reason : "None");
}

TimeLimit limit_of_step(const Step& step) {
  if (!step.limit_at) return TimeLimit::none();
  constexpr std::int64_t minute = 60;
  return TimeLimit::of(Minutes((*step.limit_at - step.started).value / minute));
}

std::string nodes_of_step(const JobView& view, const Step& step) {
  if (step.id == StepId::batch()) return view.batch_host;
  return pick_nodes(view, [&](NodeIndex node) {
    return std::ranges::find(step.shares, node, &NodeShare::node) != step.shares.end();
  });
}

std::string het_ids_text(const HetPlace& het) {
  return fmt::format("{}-{}", het.leader.value, het.component(het.size - 1).value);
}

std::string step_id_text(const StepRow& row) {
  return fmt::format("{}.{}", job_name_text(row.view->job), to_string(row.step->id));
}

std::string job_name_text(const JobRow& row) {
  if (row.task) return fmt::format("{}_{}", row.job().array->array.value, *row.task);
  return job_name_text(row.job(), row.context->task_text_max);
}

void narrow_to(const std::vector<JobName>& names, Job& job) {
  if (!job.waits_as_array()) return;
  std::vector<IndexSet::Range> named;
  for (const JobName& name : names) {
    if (!name.means(job)) continue;
    if (!name.tasks) return;
    const IndexSet meant = job.array->tasks.common(*name.tasks);
    named.insert(named.end(), meant.ranges().begin(), meant.ranges().end());
  }
  if (named.empty()) return;
  job.array->tasks = IndexSet(std::move(named));
  job.array->split = job.array->tasks.size() == 1;
}

std::optional<ArrayTask> task_in_file_names(const Job& job) {
  if (!job.waits_as_array()) return job.array_task();
  const IndexSet& tasks = job.array->tasks;
  return ArrayTask{job.array->array, tasks.size() == 1 ? tasks.front() : index_outside_arrays};
}

std::string array_task_text(const JobRow& row) {
  if (row.task) return fmt::to_string(*row.task);
  return row.job().array ? array_task_text(row.job(), row.context->task_text_max) : "N/A";
}

FileNames file_names_of(const JobView& view) {
  const JobSpec& spec = *view.job.spec;
  return batch_file_names(spec.launch, {.job = view.job.id,
                                        .array = task_in_file_names(view.job),
                                        .node_name = view.batch_host,
                                        .user_name = spec.owner.user_name,
                                        .job_name = spec.labels.name});
}

std::uint64_t job_name_order(const JobRow& row) {
  constexpr int bits = 32;
  const auto& array = row.job().array;
  const std::uint64_t id = array ? array->array.value : row.job().id.value;
  const auto task = row.job().array_task();
  std::uint64_t place = array ? UINT32_MAX : 0;
  if (row.task) place = *row.task;
  if (task) place = task->index;
  return id << bits | place;
}

MebiBytes memory_asked(const JobView& view) {
  const ResourceRequest& asked = view.job.spec->resources;
  if (asked.memory_per_node) return *asked.memory_per_node;
  return asked.memory_per_cpu.value_or(std::max(view.default_memory_per_cpu, view.default_memory_per_node));
}

std::uint32_t cpus_per_node_least(const JobView& view) {
  const ResourceRequest& asked = view.job.spec->resources;
  return std::max(asked.cpus_per_node_min.value_or(1), asked.cpus_per_task * asked.tasks_per_node.value_or(1));
}

Sharing sharing_of(const JobView& view) {
  return view.sharing == Sharing::unset ? view.job.spec->placement.sharing : view.sharing;
}

std::uint32_t tasks_of(const JobView& view) {
  return static_cast<std::uint32_t>(tasks_on(view.job.spec->resources, view.node_count));
}

std::string size_text(MebiBytes memory, const RowContext& context) {
  if (context.noconvert && memory.value > 0) return fmt::format("{}M", memory.value);
  return memory_text(memory);
}

std::string command_text(const JobSpec& spec) {
  if (spec.launch.command.empty()) return "(null)";
  std::string text = spec.launch.command;
  for (const std::string& argument : spec.launch.arguments) text += " " + argument;
  return text;
}

std::string gres_text(const JobSpec& spec) {
  const std::string text = gres_list_text(spec.resources.gres.per_node);
  return text.empty() ? "N/A" : text;
}

std::string gres_list_text(std::string_view list) {
  std::vector<std::string> parts;
  for (std::string_view one : split_commas(list)) parts.push_back(fmt::format("gres/{}", one));
  return join(parts, ",");
}

std::vector<GresLine> gres_lines(const ResourceRequest& request) {
  const GresOptions& gres = request.gres;
  std::string per_task = gres_list_text(gres.per_task);
  for (std::size_t i = 0; i < per_task.size(); ++i)  // NAME:TYPE=COUNT
    if (const std::size_t end = std::min(per_task.find(',', i), per_task.size()); per_task[i] == ':')
      if (per_task.find(':', i + 1) >= end) per_task[i] = '=';
  for (const std::string_view one : split_commas(gres.licenses_per_task)) {
    const auto sides = split_once(one, ':');
    per_task += fmt::format("{}license/{}={}", per_task.empty() ? "" : ",", sides ? sides->first : one,
                            sides ? sides->second : "1");
  }
  const auto each = [](const char* form, const auto& value) {
    return value ? fmt::format(fmt::runtime(form), *value) : std::string();
  };
  const auto memory = gres.memory_per_gpu ? std::optional(gres.memory_per_gpu->value) : std::nullopt;
  return {{"CpusPerTres", each("gres/gpu:{}", gres.cpus_per_gpu)},
          {"MemPerTres", each("gres/gpu:{}", memory)},
          {"TresBind", gres.gpu_bind.empty() ? gres.tres_bind : "gres/gpu:" + gres.gpu_bind},
          {"TresFreq", gres.gpu_freq.empty() ? "" : "gpu:" + gres.gpu_freq},
          {"TresPerJob", gres_list_text(gres.per_job)},
          {"TresPerNode", gres_list_text(gres.per_node)},
          {"TresPerSocket", gres_list_text(gres.per_socket)},
          {"TresPerTask", per_task},
          {"NtasksPerTRES", each("{}", gres.tasks_per_gpu)}};
}

std::string gres_line(const ResourceRequest& request, std::string_view name) {
  for (GresLine& line : gres_lines(request))
    if (line.name == name) return std::move(line.value);
  return "";
}

std::vector<Step> live_steps(const JobView& view) {
  std::vector<Step> steps;
  const Job& job = view.job;
  for (const Step& step : job.steps)
    if (!step.ended) steps.push_back(step);
  const bool has_script = job.spec->policy.batch && !job.spec->launch.script_hash.empty();
  const bool runs = job.runs();
  if (!has_script || !runs || !job.times.started) return steps;
  if (std::ranges::find(job.steps, StepId::batch(), &Step::id) != job.steps.end()) return steps;
  steps.push_back({.id = StepId::batch(), .name = "batch", .tasks = 1, .started = *job.times.started});
  return steps;
}

}  // namespace slurmxx
