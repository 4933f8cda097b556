// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A later variable replaces an earlier one of its name.
#include "core/launch/task_environment.h"

#include <map>
#include <numeric>

#include <fmt/format.h>

#include "base/check.h"
#include "core/hostlist/hostlist.h"
#include "core/launch/batch_environment.h"
#include "core/launch/own_job.h"

namespace slurmxx {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

void add_step(Variables& v, const StepPlace& place) {
  const std::string tasks = std::to_string(place.task_ids.size());
  v["SLURM_JOB_ID"] = v["SLURM_JOBID"] = to_string(place.job);
  if (place.component)
    v[own_job_variable] = to_string(*place.component);
  else
    v.erase(own_job_variable);
  v["SLURM_STEP_ID"] = v["SLURM_STEPID"] = std::to_string(place.step.value);
  v["SLURM_STEP_NODELIST"] = fold_hosts(place.nodes);
  const auto count = [&](const char* name, const std::string& value) {
    if (place.preserve_env)
      v.try_emplace(name, value);
    else
      v[name] = value;
  };
  v["SLURM_STEP_NUM_NODES"] = std::to_string(place.nodes.size());
  v["SLURM_STEP_NUM_TASKS"] = tasks;
  v["SLURM_STEP_TASKS_PER_NODE"] = fold_counts(place.task_count);
  count("SLURM_NNODES", std::to_string(place.nodes.size()));
  if (place.preserve_env && place.step == StepId::interactive()) return;  // what salloc was not told its shell is not
  for (const char* name : {"SLURM_NTASKS", "SLURM_NPROCS"}) count(name, tasks);
  count("SLURM_TASKS_PER_NODE", fold_counts(place.task_count));
}

void add_node(Variables& v, const StepPlace& place, const std::vector<std::uint32_t>& own) {
  v["SLURM_NODEID"] = std::to_string(place.node_rank);
  const std::string& name = v["SLURMD_NODENAME"] = place.nodes[place.node_rank];
  v["SLURM_TOPOLOGY_ADDR"] = place.network_address.empty() ? name : place.network_address;
  v["SLURM_TOPOLOGY_ADDR_PATTERN"] = place.network_pattern.empty() ? "node" : place.network_pattern;
  v["SLURM_CPUS_ON_NODE"] = std::to_string(place.cpus_on_node);
  v["SLURM_GTIDS"] = fmt::format("{}", fmt::join(own, ","));
}

void set_if(Variables& v, const char* name, const std::string& value) {
  if (!value.empty()) v[name] = value;
}

void add_launch(Variables& v, const StepPlace& place) {
  v["SLURM_JOB_UID"] = to_string(place.owner.uid);
  v["SLURM_JOB_GID"] = to_string(place.owner.gid);
  set_if(v, "SLURM_JOB_USER", place.owner.user_name);
  set_if(v, "SLURM_JOB_GROUP", place.owner.group_name);
  v["SLURM_UMASK"] = fmt::format("{:04o}", place.umask);
  v.try_emplace("SLURM_PRIO_PROCESS", "0");
  v.try_emplace("SLURM_OOM_KILL_STEP", "0");
  v.try_emplace("TMPDIR", "/tmp");
  if (place.launch_address.empty()) return;
  v["SLURM_LAUNCH_NODE_IPADDR"] = v["SLURM_SRUN_COMM_HOST"] = place.launch_address;
  v["SLURM_SRUN_COMM_PORT"] = v["SLURM_STEP_LAUNCHER_PORT"] = std::to_string(place.launch_port);
}

void add_cpu_binding(Variables& v, const CpuBinding& binding) {
  const char* loudness = binding.verbose ? "verbose" : "quiet";
  v["SLURM_CPU_BIND"] = fmt::format("{},{}{}", loudness, binding.type, binding.list);
  v["SLURM_CPU_BIND_TYPE"] = binding.type;
  v["SLURM_CPU_BIND_LIST"] = binding.list;
  v["SLURM_CPU_BIND_VERBOSE"] = loudness;
}

void add_mem_binding(Variables& v, const MemBinding& binding) {
  if (binding.asked.kind == MemBindKind::unset) return;
  const char* loudness = binding.asked.verbose ? "verbose" : "quiet";
  const char* prefer = binding.asked.prefer ? "prefer" : "";
  const char* sort = binding.asked.sort ? "sort" : "";
  v["SLURM_MEM_BIND"] =
      fmt::format("{}{}{},{}{}", loudness, binding.asked.prefer ? "," : "", prefer, binding.type, binding.list);
  v["SLURM_MEM_BIND_TYPE"] = binding.type;
  v["SLURM_MEM_BIND_LIST"] = binding.list;
  v["SLURM_MEM_BIND_VERBOSE"] = loudness;
  v["SLURM_MEM_BIND_PREFER"] = prefer;
  v["SLURM_MEM_BIND_SORT"] = sort;
}

void add_binding(Variables& v, const StepPlace& place) {
  const DistributionVariables distribution = distribution_variables(place.asked.distribution);
  set_if(v, "SLURM_DISTRIBUTION", distribution.distribution);
  set_if(v, "SLURM_DIST_PLANESIZE", distribution.plane_size);
  if (place.asked.threads_per_core) v["SLURM_THREADS_PER_CORE"] = std::to_string(*place.asked.threads_per_core);
  if (place.cpu_binding) add_cpu_binding(v, *place.cpu_binding);
  if (place.mem_binding) add_mem_binding(v, *place.mem_binding);
}

void add_gpus(Variables& v, const StepPlace& place, std::uint32_t local_task) {
  const StepGpus& gpus = place.gpus;
  if (gpus.variables.empty() && gpus.grant.empty()) return;
  std::erase_if(v, [&](const auto& entry) { return is_gpu_variable(entry.first, gpus.variables); });
  const GpuIndexes& own = local_task < gpus.of_task.size() ? gpus.of_task[local_task] : gpus.grant.gpus;
  for (const std::string& variable : gpu_environment(gpus.grant, own, gpus.variables, false)) {
    const std::size_t equals = variable.find('=');
    v[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
}

}  // namespace

std::vector<std::uint32_t> tasks_of_node(const StepPlace& place) {
  if (place.node_rank >= place.nodes.size() || place.task_count.size() != place.nodes.size()) return {};
  const auto begin = place.task_count.begin();
  const std::uint64_t before = std::accumulate(begin, begin + place.node_rank, std::uint64_t{0});
  const std::uint64_t end = before + place.task_count[place.node_rank];
  if (end > place.task_ids.size()) return {};
  const auto ids = place.task_ids.begin();
  return {ids + static_cast<std::ptrdiff_t>(before), ids + static_cast<std::ptrdiff_t>(end)};
}

std::vector<std::string> task_environment(const StepPlace& place, std::uint32_t local_task,
                                          std::span<const std::string> brought) {
  const std::vector<std::uint32_t> own = tasks_of_node(place);
  SLURMXX_CHECK(local_task < own.size());
  Variables v;
  for (const std::string& variable : brought) {
    const std::size_t equals = variable.find('=');
    if (equals != std::string::npos && equals > 0) v[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  add_step(v, place);
  add_node(v, place, own);
  add_launch(v, place);
  add_binding(v, place);
  add_gpus(v, place, local_task);
  v["SLURM_PROCID"] = std::to_string(own[local_task]);
  v["SLURM_LOCALID"] = std::to_string(local_task);
  if (place.cpus_per_task > 1) v["SLURM_CPUS_PER_TASK"] = std::to_string(place.cpus_per_task);
  v.erase("ENVIRONMENT");  // of a batch script alone
  std::vector<std::string> environment;
  for (const auto& [name, value] : v) environment.push_back(name + "=" + value);
  return environment;
}

}  // namespace slurmxx
