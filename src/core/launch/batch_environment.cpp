// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Each group of variables is one function; a later variable replaces an earlier one of its name.
#include "core/launch/batch_environment.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "base/check.h"
#include "core/hostlist/hostlist.h"
#include "core/launch/distribution.h"
#include "core/launch/own_job.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

void set_if(Variables& v, const char* name, const std::string& value) {
  if (!value.empty()) v[name] = value;
}

template <class T>
void set_if(Variables& v, const char* name, const std::optional<T>& value) {
  if (value) v[name] = fmt::to_string(*value);
}

void add_identity(Variables& v, const Job& job) {
  const JobSpec& spec = *job.spec;
  v["SLURM_JOB_ID"] = v["SLURM_JOBID"] = to_string(job.id);
  v["SLURM_JOB_NAME"] = spec.labels.name;
  v["SLURM_JOB_UID"] = to_string(spec.owner.uid);
  v["SLURM_JOB_GID"] = to_string(spec.owner.gid);
  set_if(v, "SLURM_JOB_USER", spec.owner.user_name);
  set_if(v, "SLURM_JOB_ACCOUNT", spec.labels.account);
  set_if(v, "SLURM_JOB_QOS", spec.labels.qos);
  set_if(v, "SLURM_JOB_RESERVATION", reservation_of(job));
  set_if(v, "SLURM_JOB_DEPENDENCY", spec.labels.dependency);
  set_if(v, "SLURM_JOB_LICENSES", spec.labels.licenses);
  set_if(v, "SLURM_JOB_CONSTRAINTS", spec.placement.features);
  set_if(v, "SLURM_WCKEY", spec.labels.wckey);
  set_if(v, "SLURM_SUBMIT_HOST", spec.labels.submit_host);
  v["SLURM_RESTART_COUNT"] = std::to_string(job.restarts);
  if (job.times.started) v["SLURM_JOB_START_TIME"] = std::to_string(job.times.started->seconds);
  if (job.times.limit_at) v["SLURM_JOB_END_TIME"] = std::to_string(job.times.limit_at->seconds);
}

// The numbers are those of the whole array, whichever of its tasks are left.
void add_array(Variables& v, const Job& job) {
  for (const char* name : {"JOB_ID", "TASK_ID", "TASK_COUNT", "TASK_MAX", "TASK_MIN", "TASK_STEP"})
    v.erase(fmt::format("SLURM_ARRAY_{}", name));  // of the array that the command was called in
  const auto task = job.array_task();
  if (!task || !job.spec->array) return;
  const IndexSet& all = job.spec->array->indices;
  v["SLURM_ARRAY_JOB_ID"] = to_string(task->array);
  v["SLURM_ARRAY_TASK_ID"] = std::to_string(task->index);
  v["SLURM_ARRAY_TASK_COUNT"] = std::to_string(all.size());
  v["SLURM_ARRAY_TASK_MAX"] = std::to_string(all.back());
  v["SLURM_ARRAY_TASK_MIN"] = std::to_string(all.front());
  v["SLURM_ARRAY_TASK_STEP"] = std::to_string(all.ranges().size() == 1 ? all.ranges().front().step : 1);
}

const char* exclusive_word(Sharing sharing) {
  switch (sharing) {
    case Sharing::exclusive:
      return "YES";
    case Sharing::exclusive_user:
      return "USER";
    case Sharing::exclusive_mcs:
      return "MCS";
    case Sharing::exclusive_topo:
      return "TOPO";
    case Sharing::unset:
    case Sharing::oversubscribe:
      break;
  }
  return "NO";
}

void add_allocation(Variables& v, const Job& job, const ClusterFacts& facts) {
  const Allocation& allocation = *job.allocation;
  std::vector<std::uint32_t> cpus;
  for (const NodeShare& share : allocation.shares) cpus.push_back(share.usable_cpus());
  v["SLURM_JOB_NODELIST"] = v["SLURM_NODELIST"] = fold_hosts(facts.node_names);
  v["SLURM_JOB_NUM_NODES"] = v["SLURM_NNODES"] = std::to_string(allocation.shares.size());
  v["SLURM_JOB_PARTITION"] = allocation.partition;
  v["SLURM_JOB_CPUS_PER_NODE"] = fold_counts(cpus);
  v["SLURM_CPUS_ON_NODE"] = std::to_string(cpus[batch_place(allocation)]);
  v["SLURM_TASKS_PER_NODE"] = fold_counts(tasks_per_node(job.spec->resources, allocation));
  const Sharing sharing = job.spec->placement.sharing;
  v["SLURM_JOB_EXCLUSIVE"] = exclusive_word(sharing);
  v["SLURM_JOB_OVERSUBSCRIBE"] = sharing == Sharing::oversubscribe ? "YES" : "NO";
}

// "gpu:a100:2" as SLURM_GPUS has it: a100:2.
std::string without_gpu(std::string_view list) {
  std::string text;
  for (std::string_view one : split_commas(list)) {
    if (one.starts_with("gpu:")) one.remove_prefix(4);
    text += (text.empty() ? "" : ",") + std::string(one);
  }
  return text;
}

void add_gpu_request(Variables& v, const ResourceRequest& r) {
  const GresOptions& gres = r.gres;
  set_if(v, "SLURM_GPUS", without_gpu(gres.per_job));
  set_if(v, "SLURM_GPUS_PER_NODE", without_gpu(gres.gpus_per_node));
  set_if(v, "SLURM_GPUS_PER_SOCKET", without_gpu(gres.per_socket));
  if (gres.per_task.starts_with("gpu:")) v["SLURM_GPUS_PER_TASK"] = without_gpu(gres.per_task);
  std::string per_task;
  for (const std::string_view one : split_commas(gres.per_task))
    per_task += (per_task.empty() ? "gres/" : ",gres/") + std::string(one);
  for (const std::string_view one : split_commas(gres.licenses_per_task))
    per_task += (per_task.empty() ? "license/" : ",license/") + std::string(one);
  if (r.cpus_per_task_set) per_task = fmt::format("cpu={}{}{}", r.cpus_per_task, per_task.empty() ? "" : ",", per_task);
  set_if(v, "SLURM_TRES_PER_TASK", per_task);
  set_if(v, "SLURM_CPUS_PER_GPU", gres.cpus_per_gpu);
  set_if(v, "SLURM_NTASKS_PER_GPU", gres.tasks_per_gpu);
  if (gres.memory_per_gpu) v["SLURM_MEM_PER_GPU"] = std::to_string(gres.memory_per_gpu->value);
  set_if(v, "SLURM_GPU_BIND", gres.gpu_bind);
  set_if(v, "SLURM_GPU_FREQ", gres.gpu_freq);
}

void add_request(Variables& v, const Job& job) {
  const JobSpec& spec = *job.spec;
  const ResourceRequest& r = spec.resources;
  if (r.tasks_set || r.tasks_per_node)
    v["SLURM_NTASKS"] = v["SLURM_NPROCS"] = std::to_string(tasks_on(r, job.allocation->shares.size()));
  if (r.cpus_per_task_set) v["SLURM_CPUS_PER_TASK"] = std::to_string(r.cpus_per_task);
  set_if(v, "SLURM_NTASKS_PER_NODE", r.tasks_per_node);
  set_if(v, "SLURM_NTASKS_PER_SOCKET", r.tasks_per_socket);
  set_if(v, "SLURM_NTASKS_PER_CORE", r.tasks_per_core);
  set_if(v, "SLURM_THREADS_PER_CORE", r.threads_per_core);
  if (r.memory_per_cpu) v["SLURM_MEM_PER_CPU"] = std::to_string(r.memory_per_cpu->value);
  if (r.memory_per_node) v["SLURM_MEM_PER_NODE"] = std::to_string(r.memory_per_node->value);
  if (r.overcommit) v["SLURM_OVERCOMMIT"] = "1";
  add_gpu_request(v, r);
  const DistributionVariables distribution = distribution_variables(spec.placement.distribution);
  set_if(v, "SLURM_DISTRIBUTION", distribution.distribution);
  set_if(v, "SLURM_DIST_PLANESIZE", distribution.plane_size);
}

void add_place(Variables& v, const Job& job, const ClusterFacts& facts) {
  const std::string& host = facts.node_names.at(batch_place(*job.allocation));
  set_if(v, "SLURM_CLUSTER_NAME", facts.cluster_name);
  set_if(v, "SLURM_CONF", facts.conf_path);
  set_if(v, "SLURM_JOB_SLUID", facts.sluid);
  v["SLURM_TOPOLOGY_ADDR"] = facts.topology_address.empty() ? host : facts.topology_address;
  v["SLURM_TOPOLOGY_ADDR_PATTERN"] = facts.topology_pattern.empty() ? "node" : facts.topology_pattern;
  v["SLURMD_NODENAME"] = host;
  v["ENVIRONMENT"] = "BATCH";
}

void add_batch_task(Variables& v, std::size_t place) {
  v["SLURM_STEP_ID"] = v["SLURM_STEPID"] = std::to_string(StepId::batch_value);
  for (const char* name : {"SLURM_GTIDS", "SLURM_LOCALID", "SLURM_PROCID", "SLURM_OOM_KILL_STEP"}) v[name] = "0";
  v["SLURM_NODEID"] = std::to_string(place);
}

// NAME_HET_GROUP_n for each component.
void add_components(Variables& v, const ClusterFacts& facts) {
  static constexpr std::string_view left_out[] = {"SLURM_NODELIST", "SLURM_NNODES", "SLURM_CPUS_ON_NODE",
                                                  "SLURM_JOB_EXCLUSIVE", "SLURM_JOB_OVERSUBSCRIBE"};
  for (std::size_t i = 0; i < facts.components.size(); ++i) {
    const ComponentFacts& component = facts.components[i];
    Variables own{{"SLURM_JOB_ID", to_string(component.job.id)}, {"SLURM_JOB_NAME", component.job.spec->labels.name}};
    set_if(own, "SLURM_JOB_ACCOUNT", component.job.spec->labels.account);
    set_if(own, "SLURM_JOB_QOS", component.job.spec->labels.qos);
    ClusterFacts there;
    there.node_names = component.node_names;
    add_allocation(own, component.job, there);
    add_request(own, component.job);
    for (const auto& [name, value] : own)
      if (std::find(std::begin(left_out), std::end(left_out), name) == std::end(left_out))
        v[fmt::format("{}_HET_GROUP_{}", name, i)] = value;
  }
  if (!facts.components.empty()) v["SLURM_HET_SIZE"] = std::to_string(facts.components.size());
}

// What the command that submitted the job usually sent along.
void add_defaults(Variables& v, const JobSpec& spec) {
  v.try_emplace("SLURM_SUBMIT_DIR", spec.launch.work_dir);
  v.try_emplace("SLURM_PRIO_PROCESS", "0");
  if (spec.launch.load_login_environment) v.try_emplace("SLURM_GET_USER_ENV", "1");
  v.try_emplace("TMPDIR", "/tmp");
}

}  // namespace

std::size_t batch_place(const Allocation& allocation) {
  const NodeIndex host = allocation.batch_node();
  for (std::size_t place = 0; place < allocation.shares.size(); ++place)
    if (allocation.shares[place].node == host) return place;
  return 0;
}

std::vector<std::uint32_t> tasks_per_node(const ResourceRequest& request, const Allocation& allocation) {
  const std::uint32_t cpus_per_task = std::max(1U, request.cpus_per_task);
  std::vector<std::uint32_t> room;
  for (const NodeShare& share : allocation.shares) room.push_back(std::max(1U, share.usable_cpus() / cpus_per_task));
  if (request.tasks_per_node) return std::vector<std::uint32_t>(room.size(), *request.tasks_per_node);
  if (!request.tasks_set || room.empty()) return room;
  std::vector<std::uint32_t> tasks(room.size(), 0);
  std::uint32_t left = request.tasks;
  bool room_left = true;
  while (left > 0) {
    const bool over = !room_left;  // every CPU is taken: the rest is dealt without looking
    room_left = false;
    for (std::size_t n = 0; n < room.size() && left > 0; ++n) {
      if (!over && tasks[n] >= room[n]) continue;
      ++tasks[n];
      --left;
      room_left = room_left || tasks[n] < room[n];
    }
  }
  return tasks;
}

std::string fold_counts(std::span<const std::uint32_t> counts) {
  std::string text;
  for (std::size_t i = 0; i < counts.size();) {
    std::size_t end = i + 1;
    while (end < counts.size() && counts[end] == counts[i]) ++end;
    if (!text.empty()) text += ',';
    text += std::to_string(counts[i]);
    if (end - i > 1) text += fmt::format("(x{})", end - i);
    i = end;
  }
  return text;
}

std::vector<std::string> batch_environment(const Job& job, const ClusterFacts& facts,
                                           std::span<const std::string> brought) {
  SLURMXX_CHECK(job.allocation && !job.allocation->shares.empty());
  SLURMXX_CHECK(facts.node_names.size() == job.allocation->shares.size());
  Variables v;
  for (const std::string& variable : brought) {
    const std::size_t equals = variable.find('=');
    if (equals != std::string::npos && equals > 0) v[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  v.erase(own_job_variable);
  add_identity(v, job);
  add_array(v, job);
  add_allocation(v, job, facts);
  add_request(v, job);
  add_place(v, job, facts);
  add_batch_task(v, batch_place(*job.allocation));
  add_components(v, facts);
  add_defaults(v, *job.spec);
  std::vector<std::string> environment;
  for (const auto& [name, value] : v) environment.push_back(name + "=" + value);
  return environment;
}

namespace {

bool of_batch_alone(std::string_view variable) {
  constexpr std::array names{
      "ENVIRONMENT=",         "SLURM_STEP_ID=",          "SLURM_STEPID=",       "SLURM_GTIDS=",
      "SLURM_LOCALID=",       "SLURM_NODEID=",           "SLURM_PROCID=",       "SLURM_OOM_KILL_STEP=",
      "SLURM_CPUS_ON_NODE=",  "SLURMD_NODENAME=",        "SLURM_TOPOLOGY_ADDR", "SLURM_RESTART_COUNT=",
      "SLURM_JOB_EXCLUSIVE=", "SLURM_JOB_OVERSUBSCRIBE="};
  return std::any_of(names.begin(), names.end(), [&](const char* name) { return variable.starts_with(name); });
}

// Commands in a heterogeneous allocation belong to no component: sizes stand under the components' names alone, but for
// the tasks of all.
void tell_of_all(std::vector<std::string>& variables, const std::vector<ComponentFacts>& components) {
  constexpr std::array names{
      "SLURM_JOB_NODELIST=", "SLURM_NODELIST=", "SLURM_JOB_NUM_NODES=",     "SLURM_NNODES=",
      "SLURM_NTASKS=",       "SLURM_NPROCS=",   "SLURM_JOB_CPUS_PER_NODE=", "SLURM_TASKS_PER_NODE=",
      "SLURM_CPUS_PER_TASK="};
  std::erase_if(variables, [&](const std::string& variable) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return variable.starts_with(name); });
  });
  std::uint32_t tasks = 0;
  for (std::size_t i = 0; i < components.size(); ++i) {
    const ComponentFacts& component = components[i];
    for (const std::uint32_t count : tasks_per_node(component.job.spec->resources, *component.job.allocation))
      tasks += count;
    variables.push_back(fmt::format("SLURM_JOBID_HET_GROUP_{}={}", i, component.job.id.value));
    variables.push_back(fmt::format("SLURM_NNODES_HET_GROUP_{}={}", i, component.node_names.size()));
  }
  for (const char* name : {"SLURM_NPROCS", "SLURM_NTASKS"}) variables.push_back(fmt::format("{}={}", name, tasks));
}

}  // namespace

std::vector<std::string> allocation_environment(const Job& job, const ClusterFacts& facts,
                                                std::span<const std::string> brought) {
  std::vector<std::string> own(brought.begin(), brought.end());
  std::erase_if(own, of_batch_alone);
  std::vector<std::string> all = batch_environment(job, facts, own);
  std::erase_if(all, of_batch_alone);
  if (!facts.components.empty()) tell_of_all(all, facts.components);
  return all;
}

}  // namespace slurmxx
