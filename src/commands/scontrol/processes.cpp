// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol listpids and pidinfo: what runs on this very host.
#include <fmt/format.h>

#include <set>

#include "adapters/process/job_processes.h"
#include "commands/scontrol/run.h"
#include "core/text/instant_text.h"

namespace slurmxx {

// listpids [JOB[.STEP]] [NODE]
int list_pids(const ScontrolCall& call) {
  const std::string asked = call.arguments.empty() ? "" : call.arguments[0];
  const std::string node = call.arguments.size() > 1 ? call.arguments[1] : "";
  const auto step = split_once(asked, '.');
  const std::string_view job = step ? step->first : std::string_view(asked);
  std::string text = fmt::format("{:<8} {:<8} {:<8} {:<7} {:<8}\n", "PID", "JOBID", "STEPID", "LOCALID", "GLOBALID");
  bool any = false;
  for (const JobProcess& one : job_processes()) {
    const auto number = parse_integer(one.step, {INT32_MIN, INT32_MAX});
    const std::string name = number ? to_string(StepId{static_cast<std::int32_t>(*number)}) : one.step;
    const bool meant = (job.empty() || job == "*" || job == one.job) && (!step || step->second == name) &&
                       (node.empty() || node == one.node);
    if (!meant) continue;
    any = true;
    const bool is_task = name != "batch" && name != "extern";
    text += fmt::format("{:<8} {:<8} {:<8} {:<7} {:<8}\n", one.pid, one.job, name, is_task ? one.local : "-",
                        is_task ? one.global : "-");
  }
  if (!any && !job.empty())
    return call.refused("", fail(fmt::format("Job step {} does not exist on this node.", asked)));
  call.output.print(text);
  return 0;
}

// Whose process it is, and how long that may go on.
int pid_info(const ScontrolCall& call) {
  const auto pid = parse_natural(call.arguments[0], {1, INT32_MAX});
  const auto all = job_processes();
  const auto known = std::find_if(all.begin(), all.end(), [&](const JobProcess& one) {
    return pid && static_cast<std::uint64_t>(one.pid) == *pid;
  });
  if (known == all.end()) return call.refused("", fail("Failed to locate job for requested pid"));
  const auto id = parse_natural(known->job, {1, UINT32_MAX - 1});
  if (!id) return call.refused("", fail("Failed to locate job for requested pid"));
  auto reply = ask<JobsReply>(call.controller, JobsRequest{{JobId(static_cast<std::uint32_t>(*id))}}, call.output);
  if (!reply || reply->jobs.empty()) return call.refused("slurm_get_end_time error: ", fail(Errc::invalid_job_id));
  const Job& job = reply->jobs.front().job;
  call.output.line(
      fmt::format("Slurm job id {} ends at {}", *id, instant_text(job.times.limit_at, *call.output.zone, "Unknown")));
  if (job.times.limit_at)
    call.output.line(fmt::format("slurm_get_rem_time is {}", (*job.times.limit_at - reply->now).value));
  return 0;
}

}  // namespace slurmxx
