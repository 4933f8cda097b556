// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The environment of one task of a step: what srun brought along, overlaid with the output variables of srun(1),
// "OUTPUT ENVIRONMENT VARIABLES". SLURM_TASK_PID is not here: only the launcher knows it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "core/launch/gpu_binding.h"
#include "core/launch/task_binding.h"
#include "core/model/job_spec.h"

namespace slurmxx {

// The step's gpus on this node.
struct StepGpus {
  GpuGrant grant;
  std::vector<GpuIndexes> of_task;     // by local id
  std::vector<std::string> variables;  // that programs read; empty: the node has no gpus
};

struct StepPlace {
  JobId job;                       // as the task is told
  std::optional<JobId> component;  // of heterogeneous job `job`: the task's own
  StepId step;
  std::vector<std::string> nodes;         // of the step
  std::vector<std::uint32_t> task_count;  // of each node
  std::vector<std::uint32_t> task_ids;    // of the first node, then of the second, ...
  std::uint32_t node_rank = 0;            // this node's place in `nodes`
  std::uint32_t cpus_on_node = 0;
  std::uint32_t cpus_per_task = 1;
  JobOwner owner;
  std::uint32_t umask = 022;
  bool preserve_env = false;    // counts of nodes and tasks stay as they were brought along
  std::string network_address;  // of this node in the topology; empty: a flat one
  std::string network_pattern;
  std::string launch_address;     // srun's, as this node sees it; empty: not known
  std::uint32_t launch_port = 0;  // of srun's connection to this node
  BindRequest asked;
  std::optional<CpuBinding> cpu_binding;  // absent: the cluster binds no tasks
  std::optional<MemBinding> mem_binding;
  StepGpus gpus;
};

// The ids of this node's tasks, by local id. Empty when the lists do not fit each other.
std::vector<std::uint32_t> tasks_of_node(const StepPlace& place);

// NAME=value, sorted by name, each name once. local_task < tasks_of_node(place).size().
std::vector<std::string> task_environment(const StepPlace& place, std::uint32_t local_task,
                                          std::span<const std::string> brought);

}  // namespace slurmxx
