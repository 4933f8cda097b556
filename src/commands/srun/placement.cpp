// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/placement.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "commands/srun/terminal.h"
#include "core/hostlist/hostlist.h"
#include "core/launch/bind_options.h"
#include "core/launch/distribution.h"
#include "core/text/words.h"

namespace slurmxx {

std::optional<std::uint32_t> count(const std::optional<std::int64_t>& value) {
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

Result<std::vector<std::string>> arbitrary_hosts(SrunOptions& options, const Environment& environment,
                                                 const SubmitContext& submit) {
  JobPlace& place = options.job.place;
  const std::string* file = environment.find("SLURM_HOSTFILE");
  if (file && !file->empty() && place.nodelist.empty() && place.distribution.empty()) place.distribution = "arbitrary";
  const auto distribution = parse_distribution(place.distribution);
  if (!distribution || distribution->nodes != NodeDeal::arbitrary) return std::vector<std::string>();
  std::string list = place.nodelist;
  if (list.empty() && file) list = file->find('/') == std::string::npos ? "./" + *file : *file;
  if (list.find('/') != std::string::npos) {
    if (!submit.read_file) return fail(fmt::format("{}: a file of node names cannot be read here", list));
    TRY_ASSIGN(const std::string content, submit.read_file(list));
    list = nodes_of_file(content);
  }
  if (list.empty())
    return fail("With Arbitrary distribution you need to specify a nodelist or hostfile with the -w option");
  TRY_ASSIGN(std::vector<std::string> hosts, expand_hostlist(list));
  const auto tasks = static_cast<std::size_t>(options.job.size.ntasks.value_or(0));
  if (tasks > hosts.size())
    return fail(
        fmt::format("{} tasks are to be placed by a list of {} hosts: name a host for each", tasks, hosts.size()));
  if (tasks > 0) hosts.resize(tasks);
  return hosts;
}

void fit_to_hosts(JobOptions& job, const std::vector<std::string>& hosts) {
  if (hosts.empty()) return;
  std::map<std::string, std::int64_t> tasks;
  for (const std::string& host : hosts) ++tasks[host];
  std::int64_t most = 1;
  for (const auto& [host, own] : tasks) most = std::max(most, own);
  const auto nodes = static_cast<std::uint32_t>(tasks.size());
  job.place.nodelist = fold_hosts(unique_hosts(hosts));
  job.size.nodes = NodeCountRange{nodes, nodes};
  job.size.ntasks.reset();
  job.size.ntasks_per_node = most;
}

// srun(1), --relative: the allocation's size is in the environment; a node count that came from there gives way.
Status place_relative(StepRequest& request, const SrunOptions& o, const Environment& environment) {
  if (!o.step.relative) return {};
  if (!request.nodes_required.empty() || !request.nodes_excluded.empty())
    return fail("-r,--relative not allowed with -w,--nodelist or -x,--exclude.");
  const std::string* variable = environment.find("SLURM_JOB_NUM_NODES");
  const auto number = parse_natural(variable ? *variable : "", {0, UINT32_MAX});
  if (!number) return {};
  const auto all = static_cast<std::uint32_t>(*number);
  if (request.nodes == all && request.terms.relative < all) request.nodes = all - request.terms.relative;
  const std::uint32_t wanted = request.nodes.value_or(1);
  if (request.terms.relative + wanted <= all) return {};
  return fail(fmt::format("--relative and --nodes option incompatible with count of allocated nodes ({}+{}>{})",
                          request.terms.relative, wanted, all));
}

void add_placement(const SrunOptions& o, std::vector<std::string> hosts, StepRequest& request) {
  const JobSize& size = o.job.size;
  request.tasks_per_socket = count(size.ntasks_per_socket);
  request.tasks_per_core = count(size.ntasks_per_core);
  request.terms.overcommit = size.overcommit;
  request.terms.exact = o.step.exact || o.job.place.exclusive != Exclusive::unset || size.cpus_per_task.has_value();
  request.bind.cpu_bind = o.step.cpu_bind;
  const auto bind = parse_cpu_bind(o.step.cpu_bind);
  if (bind && bind->kind == CpuBindKind::automatic && !size.binding_unit.empty())
    request.bind.cpu_bind += (o.step.cpu_bind.empty() ? "" : ",") + size.binding_unit;
  request.bind.mem_bind = o.job.place.mem_bind;
  request.bind.hint = o.job.place.hint;
  request.bind.distribution = o.job.place.distribution;
  request.bind.threads_per_core = count(size.threads_per_core);
  request.bind.per_core = size.ntasks_per_core.has_value();
  request.bind.per_socket = size.ntasks_per_socket.has_value();
  if (hosts.empty()) return;
  request.tasks = static_cast<std::uint32_t>(hosts.size());
  request.tasks_per_node.reset();
  request.nodes_required.clear();
  request.hosts = std::move(hosts);
}

std::vector<std::string> placement_variables(const SrunOptions& o) {
  const JobSize& size = o.job.size;
  std::vector<std::string> variables;
  const auto add = [&](const char* name, const std::optional<std::int64_t>& value) {
    if (value) variables.push_back(fmt::format("{}={}", name, *value));
  };
  add("SLURM_NTASKS_PER_NODE", size.ntasks_per_node);
  add("SLURM_NTASKS_PER_SOCKET", size.ntasks_per_socket);
  add("SLURM_NTASKS_PER_CORE", size.ntasks_per_core);
  add("SLURM_THREADS_PER_CORE", size.threads_per_core);
  add("SLURM_CPUS_PER_TASK", size.cpus_per_task);
  if (size.overcommit) variables.emplace_back("SLURM_OVERCOMMIT=1");
  return variables;
}

std::vector<std::string> srun_variables(const SrunOptions& o) {
  constexpr std::int64_t usual_level = 3;
  const std::int64_t quieter = o.job.handling.quiet ? 1 : 0;
  std::vector<std::string> variables{
      fmt::format("SRUN_DEBUG={}", usual_level + static_cast<std::int64_t>(o.job.handling.verbose) - quieter)};
  if (const int nice = getpriority(PRIO_PROCESS, 0); nice != 0)
    variables.push_back(fmt::format("SLURM_PRIO_PROCESS={}", nice));
  if (o.job.handling.oom_kill_step)
    variables.push_back(fmt::format("SLURM_OOM_KILL_STEP={}", *o.job.handling.oom_kill_step ? 1 : 0));
  if (!o.terminal.pty) return variables;
  const WindowSize window = window_size_of(STDIN_FILENO);
  variables.push_back(fmt::format("SLURM_PTY_WIN_COL={}", window.columns));
  variables.push_back(fmt::format("SLURM_PTY_WIN_ROW={}", window.rows));
  return variables;
}

}  // namespace slurmxx
