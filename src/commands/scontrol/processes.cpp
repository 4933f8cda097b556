// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol listpids, pidinfo, getent and gethost: what runs on this very host.
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <set>

#include "adapters/process/job_processes.h"
#include "commands/scontrol/run.h"
#include "commands/scontrol/show_data.h"
#include "core/hostlist/hostlist.h"
#include "core/text/instant_text.h"

namespace slurmxx {

namespace {

std::string step_name(const JobProcess& process) {
  const auto number = parse_integer(process.step, {INT32_MIN, INT32_MAX});
  return number ? to_string(StepId{static_cast<std::int32_t>(*number)}) : process.step;
}

std::uint32_t job_number(const JobProcess& process) {
  const auto number = parse_natural(process.job, {0, UINT32_MAX});
  return number ? static_cast<std::uint32_t>(*number) : 0;
}

bool is_task(const JobProcess& process) {
  const std::string name = step_name(process);
  return name != "batch" && name != "extern";
}

void print_processes(const ScontrolCall& call, const std::vector<JobProcess>& processes) {
  if (call.wants_data()) {
    std::vector<RunningStep> rows;
    for (const JobProcess& one : processes)
      rows.push_back(
          {job_number(one), step_name(one), one.pid, is_task(one) ? one.local : "-", is_task(one) ? one.global : "-"});
    return write_running("pids", rows, {call.format(), call.output, {}});
  }
  std::string text = fmt::format("{:<8} {:<8} {:<8} {:<7} {:<8}\n", "PID", "JOBID", "STEPID", "LOCALID", "GLOBALID");
  for (const JobProcess& one : processes)
    text += fmt::format("{:<8} {:<8} {:<8} {:<7} {:<8}\n", one.pid, one.job, step_name(one),
                        is_task(one) ? one.local : "-", is_task(one) ? one.global : "-");
  call.output.print(text);
}

}  // namespace

// listpids [JOB[.STEP]] [NODE]
int list_pids(const ScontrolCall& call) {
  const std::string asked = call.arguments.empty() ? "" : call.arguments[0];
  const std::string node = call.arguments.size() > 1 ? call.arguments[1] : "";
  const auto step = split_once(asked, '.');
  const std::string_view job = step ? step->first : std::string_view(asked);
  std::vector<JobProcess> meant;
  for (const JobProcess& one : job_processes(call.output.meta.cluster))
    if ((job.empty() || job == "*" || job == one.job) && (!step || step->second == step_name(one)) &&
        (node.empty() || node == one.node))
      meant.push_back(one);
  if (meant.empty() && !job.empty())
    return call.refused("", fail(fmt::format("Job step {} does not exist on this node.", asked)));
  print_processes(call, meant);
  return 0;
}

// Whose process it is, and how long that may go on.
int pid_info(const ScontrolCall& call) {
  const auto pid = parse_natural(call.arguments[0], {1, INT32_MAX});
  const auto all = job_processes(call.output.meta.cluster);
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

namespace {

// As /etc/passwd and /etc/group have them.
std::string identity_text(const std::string& user, uid_t uid) {
  std::string text = "User:\n";
  const passwd* known = ::getpwuid(uid);
  if (!known) return text + "Groups:\n";
  text += fmt::format("{}:x:{}:{}:{}:{}:{}\nGroups:\n", known->pw_name, known->pw_uid, known->pw_gid, known->pw_gecos,
                      known->pw_dir, known->pw_shell);
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  if (::getgrouplist(user.c_str(), known->pw_gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(user.c_str(), known->pw_gid, groups.data(), &count);
  }
  for (int i = 0; i < count; ++i)
    if (const group* one = ::getgrgid(groups[static_cast<std::size_t>(i)]))
      text += fmt::format("{}:x:{}:{}\n", one->gr_name, one->gr_gid, user);
  return text;
}

// One process of each step here.
std::vector<JobProcess> steps_here(const ScontrolCall& call, std::string_view node) {
  std::vector<JobProcess> steps;
  std::set<std::pair<std::string, std::string>> told;
  for (JobProcess& one : job_processes(call.output.meta.cluster))
    if ((node.empty() || node == one.node) && told.emplace(one.job, one.step).second) steps.push_back(std::move(one));
  return steps;
}

std::string step_heading(const JobProcess& step) { return fmt::format("JobId={}.{}:\n", step.job, step_name(step)); }

}  // namespace

// getent [NODE]: of each step on this host, who its user is.
int user_entries(const ScontrolCall& call) {
  for (const JobProcess& step : steps_here(call, call.arguments.empty() ? "" : call.arguments[0])) {
    struct ::stat facts = {};
    if (::stat(fmt::format("/proc/{}", step.pid).c_str(), &facts) != 0) continue;  // it is over
    const std::string user = call.output.user_name ? call.output.user_name(Uid(facts.st_uid)) : "";
    call.output.print(step_heading(step) + identity_text(user, facts.st_uid) + "\n");
  }
  return 0;
}

// gethost NODE HOST: of each step on the node, under which address it knows the host, if that is a node of its job.
int host_entries(const ScontrolCall& call) {
  if (call.arguments.size() < 2) return call.refused("", fail("two arguments required for keyword:gethost"));
  const std::string& host = call.arguments[1];
  auto nodes = ask<NodesReply>(call.controller, NodesRequest{false}, call.output);
  if (!nodes) return call.refused("slurm_load_node error: ", nodes.error());
  const auto known = std::ranges::find_if(nodes->nodes, [&](const NodeView& view) { return view.node.name == host; });
  for (const JobProcess& step : steps_here(call, call.arguments[0])) {
    const auto names = expand_hostlist(step.nodes);
    const bool of_job = names && std::ranges::find(*names, host) != names->end();
    const std::string line =
        of_job && known != nodes->nodes.end() ? fmt::format("{} {}\n", known->address, host) : std::string();
    call.output.print(fmt::format("{}Host:\n{}\n", step_heading(step), line));
  }
  return 0;
}

}  // namespace slurmxx
