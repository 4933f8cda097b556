// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scontrol/show_job.h"

#include <algorithm>

#include "cli/job_text.h"
#include "cli/licenses_held.h"
#include "commands/scontrol/record_text.h"
#include "core/hostlist/hostlist.h"
#include "core/launch/file_pattern.h"
#include "core/model/sluid.h"
#include "core/request/cpu_freq.h"
#include "core/text/instant_text.h"
#include "core/text/signal_text.h"
#include "core/text/size_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"
#include "core/tres/gres.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {

namespace {

std::string star_or(const std::optional<std::uint32_t>& count) { return count ? fmt::to_string(*count) : "*"; }

std::string special_word(const PlacementRequest& asked) {
  if (asked.thread_spec) return fmt::format("ThreadSpec={}", *asked.thread_spec);
  return "CoreSpec=" + star_or(asked.core_spec);
}

std::string exit_pair(const ExitCode& exit) { return fmt::format("{}:{}", exit.status, exit.signal); }

// How long it ran, by the clock.
Seconds run_time(const Job& job, Instant now) {
  if (job.state == JobState::pending) return Seconds(0);
  return std::max(Seconds(0), run_time(job.times, job.without_cpus(), job.times.ended.value_or(now)));
}

std::optional<Instant> end_time(const JobView& view) {
  const JobTimes& times = view.job.times;
  if (times.ended) return times.ended;
  if (view.job.is_preempted() && view.job.kill->due) return view.job.kill->due;
  if (view.job.state != JobState::pending) return times.limit_at;
  const auto start = start_of(view);
  if (start && !view.time_limit.unlimited) return *start + to_seconds(view.time_limit.value);
  return {};
}

// While a job waits, a range: the most nodes it may get is known once the scheduler may look at it.
std::string node_count(const JobView& view) {
  const ResourceRequest& asked = view.job.spec->resources;
  if (view.job.state != JobState::pending) return fmt::to_string(view.node_count);
  const std::uint32_t least = std::max(view.node_count, asked.nodes_min);
  if (view.reason == "Dependency") return fmt::to_string(least);
  if (asked.nodes_max) return fmt::format("{}-{}", least, std::max(least, *asked.nodes_max));
  if (asked.tasks == 1 && least == 1) return "1-1";
  return fmt::to_string(least);
}

std::string memory_line(const JobView& view) {
  const ResourceRequest& asked = view.job.spec->resources;
  if (asked.memory_per_node) return "MinMemoryNode=" + memory_text(*asked.memory_per_node);
  if (asked.memory_per_cpu) return "MinMemoryCPU=" + memory_text(*asked.memory_per_cpu);
  if (view.default_memory_per_cpu.value > 0) return "MinMemoryCPU=" + memory_text(view.default_memory_per_cpu);
  return "MinMemoryNode=" + memory_text(view.default_memory_per_node);
}

std::string cpu_ids_text(const std::vector<std::uint32_t>& ids) {
  std::vector<std::string> runs;
  for (std::size_t i = 0; i < ids.size();) {
    std::size_t last = i;
    while (last + 1 < ids.size() && ids[last + 1] == ids[last] + 1) ++last;
    runs.push_back(last == i ? fmt::to_string(ids[i]) : fmt::format("{}-{}", ids[i], ids[last]));
    i = last + 1;
  }
  return join(runs, ",");
}

void identity_lines(RecordText& record, const JobView& view, const ShowStyle& style) {
  const Job& job = view.job;
  const JobSpec& spec = *job.spec;
  if (const auto& het = spec.het) {
    record.line("JobId={} HetJobId={} HetJobOffset={} JobName={}", job.id.value, het->leader.value, het->offset,
                or_null(spec.labels.name));
    record.line("HetJobIdSet={}", het_ids_text(*het));
  } else if (job.array) {
    const std::uint32_t throttle = spec.array->throttle;
    record.line("JobId={} ArrayJobId={} ArrayTaskId={}{} JobName={}", job.id.value, job.array->array.value,
                array_task_text(job, style.task_text_max),
                throttle ? fmt::format(" ArrayTaskThrottle={}", throttle) : "", or_null(spec.labels.name));
  } else {
    record.line("JobId={} JobName={}", job.id.value, or_null(spec.labels.name));
  }
  if (style.details) record.line("SLUID={}", sluid_text(job.times.submitted, job.id));
  record.line("UserId={}({}) GroupId={}({}) MCS_label={}", spec.owner.user_name, spec.owner.uid.value,
              spec.owner.group_name, spec.owner.gid.value,
              spec.labels.mcs_label.empty() ? "N/A" : spec.labels.mcs_label);
  record.line("Priority={} Nice={} Account={} QOS={}{}", view.priority, spec.policy.nice, or_null(spec.labels.account),
              or_null(spec.labels.qos), style.wckeys ? fmt::format(" WCKey={}", or_null(spec.labels.wckey)) : "");
  record.line("JobState={} Reason={} Dependency={}", job_state_text(job), view.reason.empty() ? "None" : view.reason,
              or_null(dependencies_text(job.dependencies)));
  record.line("Requeue={} Restarts={} BatchFlag={} Reboot={} ExitCode={}", spec.policy.requeue.value_or(true) ? 1 : 0,
              job.restarts, spec.policy.batch ? 1 : 0, spec.placement.boot.first ? 1 : 0, exit_pair(job.exit));
  if (style.details) record.line("DerivedExitCode={}", exit_pair(job.exit_of_steps));
}

void time_lines(RecordText& record, const JobView& view, const ShowStyle& style) {
  const Job& job = view.job;
  const TimeRequest& asked = job.spec->times;
  auto when = [&](std::optional<Instant> instant, std::string_view absent) {
    return instant_text(instant, *style.zone, absent);
  };
  const bool placed = job.times.started.has_value();
  record.line("RunTime={} TimeLimit={} TimeMin={}", duration_long(run_time(job, style.now)),
              duration_long(view.time_limit), asked.limit_min ? duration_long(*asked.limit_min) : "N/A");
  if (const auto& cron = job.spec->cron) record.line("CronJob=Yes CrontabSpec=\"{}\"", cron->when);
  record.line("SubmitTime={} EligibleTime={}", when(job.times.submitted, "Unknown"), when(eligible_of(job), "Unknown"));
  record.line("AccrueTime={}", when(accrue_of(job), "Unknown"));
  if (job.times.resized) record.line("ResizeTime={}", when(job.times.resized, "Unknown"));
  record.line("StartTime={} EndTime={} Deadline={}", when(start_of(view), "Unknown"), when(end_time(view), "Unknown"),
              when(asked.deadline, "N/A"));
  if (view.preemptible_from || job.times.preempted)
    record.line("PreemptEligibleTime={} PreemptTime={}", when(view.preemptible_from, "None"),
                when(job.times.preempted, "None"));
  record.line("SuspendTime={} SecsPreSuspend={} LastSchedEval={} Scheduler={}", when(job.times.suspended, "None"),
              job.times.ran_before.value, when(job.times.started, "Unknown"), placed ? "Main" : "(null)");
}

void place_lines(RecordText& record, const JobView& view) {
  const JobSpec& spec = *view.job.spec;
  const ResourceRequest& asked = spec.resources;
  record.line("Partition={} AllocNode:Sid={}:{}", view.partition, spec.labels.submit_host, spec.labels.submit_sid);
  record.line("ReqNodeList={} ExcNodeList={}", or_null(spec.placement.nodes_required),
              or_null(spec.placement.nodes_excluded));
  record.line("NodeList={}{}{}", view.nodes, view.expected_nodes.empty() ? "" : " SchedNodeList=", view.expected_nodes);
  if (const std::string& features = spec.placement.batch_features; !features.empty())
    record.line("BatchFeatures={}{}{}", features, view.batch_host.empty() ? "" : " BatchHost=", view.batch_host);
  else
    record.line_unless_empty("BatchHost", view.batch_host);
  record.line("NumNodes={} NumCPUs={} NumTasks={} CPUs/Task={} ReqB:S:C:T=0:{}:{}:{}", node_count(view), view.cpu_count,
              tasks_of(view), asked.cpus_per_task, asked.sockets_per_node.value_or(0), star_or(asked.cores_per_socket),
              star_or(asked.threads_per_core));
  record.line("ReqTRES={}", or_null(view.requested_tres));
  record.line("AllocTRES={}", or_null(view.allocated_tres));
  record.line("Socks/Node={} NtasksPerN:B:S:C={}:0:{}:{} {}", star_or(asked.sockets_per_node),
              asked.tasks_per_node.value_or(0), star_or(asked.tasks_per_socket), star_or(asked.tasks_per_core),
              special_word(spec.placement));
}

// Of all nodes: "gpu:a100:3,gpu:v100:1".
std::string gres_of_job(const Job& job) {
  std::vector<GresRequest> sums;
  if (!job.allocation) return "";
  for (const NodeShare& share : job.allocation->shares)
    for (const GresShare& gres : share.gres) {
      const auto same = [&](const GresRequest& one) { return one.name == gres.name && one.type == gres.type; };
      auto sum = std::ranges::find_if(sums, same);
      if (sum == sums.end()) sum = sums.insert(sum, {gres.name, gres.type, 0});
      sum->count += gres.count;
    }
  std::vector<std::string> parts;
  for (const GresRequest& one : sums)
    parts.push_back(fmt::format("{}{}{}:{}", one.name, one.type.empty() ? "" : ":", one.type, one.count));
  return join(parts, ",");
}

// -d: what is held on each node; nodes that hold the same share a line.
void detail_lines(RecordText& record, const JobView& view) {
  if (!view.job.allocation || view.job.state == JobState::pending) return;
  record.line("JOB_GRES={}", or_null(gres_of_job(view.job)));
  const auto& shares = view.job.allocation->shares;
  auto names = expand_hostlist(view.nodes);
  if (!names || names->size() != shares.size()) return;
  for (std::size_t i = 0; i < shares.size();) {
    std::size_t end = i;
    while (end < shares.size() && shares[end].cpu_ids == shares[i].cpu_ids && shares[end].memory == shares[i].memory &&
           shares[end].gres == shares[i].gres)
      ++end;
    record.line("  Nodes={} CPU_IDs={} Mem={} GRES={}", fold_hosts(std::span(*names).subspan(i, end - i)),
                cpu_ids_text(shares[i].cpu_ids), shares[i].memory.value, gres_shares_text(shares[i].gres));
    i = end;
  }
}

struct SharingNames {
  Sharing sharing;
  const char* oversubscribe;
  const char* exclusive;
};

constexpr SharingNames sharing_names[] = {
    {Sharing::unset, "NO", "NO"},
    {Sharing::exclusive, "NO", "NODE"},
    {Sharing::exclusive_user, "NO", "USER"},
    {Sharing::exclusive_mcs, "NO", "MCS"},
    {Sharing::oversubscribe, "YES", "NO"},
    {Sharing::exclusive_topo, "NO", "TOPO"},
};

void constraint_lines(RecordText& record, const JobView& view) {
  const JobSpec& spec = *view.job.spec;
  const ResourceRequest& asked = spec.resources;
  const std::uint32_t cpus_least =
      std::max(asked.cpus_per_node_min.value_or(1), asked.cpus_per_task * asked.tasks_per_node.value_or(1));
  record.line("MinCPUsNode={} {} MinTmpDiskNode={}", cpus_least, memory_line(view),
              memory_text(asked.tmp_disk_per_node));
  record.line("Features={} DelayBoot={}", or_null(spec.placement.features),
              duration_long(to_seconds(spec.placement.boot.delay.value_or(Minutes(0)))));
  record.line_unless_empty("Prefer", spec.placement.prefer);
  record.line_unless_empty("Reservation", reservation_of(view.job));
  const auto* names = std::ranges::find(sharing_names, sharing_of(view), &SharingNames::sharing);
  record.line("OverSubscribe={} Exclusive={} Contiguous={} Licenses={} LicensesAlloc={} Network={}",
              view.shares_cores ? "YES" : names->oversubscribe, names->exclusive, spec.placement.contiguous ? 1 : 0,
              or_null(spec.labels.licenses), or_null(licenses_held(view.job)), or_null(spec.launch.network));
}

void switches_line(RecordText& record, const PlacementRequest& asked) {
  constexpr Seconds usual(300);
  if (asked.switches > 0)
    record.line("Switches={}@{}", asked.switches, duration_long(asked.switches_wait.value_or(usual)));
}

void launch_lines(RecordText& record, const JobView& view) {
  const JobSpec& spec = *view.job.spec;
  const LaunchSpec& launch = spec.launch;
  std::string command = launch.command;
  if (!command.empty())
    for (const std::string& argument : launch.arguments) command += " " + argument;
  record.line("Command={}", or_null(command));
  record.line_unless_empty("SubmitLine", spec.labels.submit_line);
  record.line("WorkDir={}", launch.work_dir);
  record.line_unless_empty("AdminComment", spec.labels.admin_comment);
  record.line_unless_empty("Comment", spec.labels.comment);
  if (spec.policy.batch) {
    const FileNames files = file_names_of(view);
    record.line("StdErr={}", launch.error.empty() ? "" : files.error);
    record.line("StdIn={}", files.input);
    record.line("StdOut={}", files.output);
  }
  if (!launch.cpu_freq.empty()) record.line("{}", cpu_freq_text(launch.cpu_freq));
  const auto flags = split_commas(spec.resources.gres.flags);
  if (std::ranges::find(flags, "enforce-binding") != flags.end()) record.line("GresEnforceBind=Yes");
  for (const GresLine& line : gres_lines(spec.resources)) record.line_unless_empty(line.name, line.value);
  if (!spec.labels.mail_types.empty())
    record.line("MailUser={} MailType={}", spec.labels.mail_user.empty() ? spec.owner.user_name : spec.labels.mail_user,
                join(spec.labels.mail_types, ","));
  record.line_unless_empty("Extra", spec.labels.extra);
  if (spec.policy.kill_on_invalid_dependency)
    record.line("KillOInInvalidDependent={}", *spec.policy.kill_on_invalid_dependency ? "Yes" : "No");
  if (spec.placement.spread) record.line("SpreadJob=Yes");
}

}  // namespace

std::string show_job_text(const JobView& view, const ShowStyle& style) {
  RecordText record;
  identity_lines(record, view, style);
  time_lines(record, view, style);
  place_lines(record, view);
  if (style.details) detail_lines(record, view);
  constraint_lines(record, view);
  switches_line(record, view.job.spec->placement);
  launch_lines(record, view);
  return record.text(style.one_line);
}

namespace {

// ",gres/gpu=1": what the job's own line tells too, because it is tracked.
std::string gres_of_step(const JobView& view, const Step& step) {
  TresCounts counts;
  for (const NodeShare& share : step.shares)
    if (!share.gres.empty()) counts.add(gres_tres(std::span(share.gres)));
  std::string text;
  for (const TresCount& one : counts.entries())
    if (view.allocated_tres.find(one.name + "=") != std::string::npos)
      text += fmt::format(",{}={}", one.name, one.count);
  return text;
}

}  // namespace

std::string show_step_text(const JobView& view, const Step& step, const ShowStyle& style) {
  RecordText record;
  std::uint32_t cpus = 0;
  MebiBytes memory;
  for (const NodeShare& share : step.shares) {
    cpus += share.cpus;
    memory += share.memory;
  }
  record.line("StepId={}.{} UserId={} StartTime={} TimeLimit={}", job_name_text(view.job), to_string(step.id),
              view.job.spec->owner.uid.value, instant_text(step.started, *style.zone),
              duration_long(limit_of_step(step)));
  record.line("State={} Partition={} NodeList={}", step.ended ? "COMPLETED" : "RUNNING", view.partition,
              nodes_of_step(view, step));
  record.line("Nodes={} CPUs={} Tasks={} Name={} Network={}", step.shares.size(), cpus, step.tasks, step.name,
              or_null(step.network));
  record.line("TRES=cpu={},mem={},node={}{}", cpus, memory_text(memory), step.shares.size(), gres_of_step(view, step));
  record.line("ResvPorts={}", or_null(step.resv_ports));
  record.line("CPUFreqReq=Default Dist=Block");
  return record.text(style.one_line);
}

}  // namespace slurmxx
