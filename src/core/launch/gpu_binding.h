// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which gpus of a step each of its tasks is told of, and the variables that tell it: srun(1) --gpu-bind, and "GPU" in
// the output environment variables. Gpus are named by their indexes on the node.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/model/gres.h"

namespace slurmxx {

using GpuIndexes = std::vector<std::uint32_t>;

struct GpuGrant {
  GpuIndexes gpus;  // whole, or with a part (shard, mps); rising
  std::uint64_t shards = 0;
  bool empty() const { return gpus.empty(); }
};

GpuGrant gpu_grant(std::span<const GresShare> shares);

// [verbose,]none|closest|single:N|per_task:N|map_gpu:LIST|mask_gpu:LIST. Error: the form is another.
Status check_gpu_bind(std::string_view bind);

// Before per_task:N, of a job's own accord: a task gets gpus near to its own CPUs as long as there are some.
inline constexpr std::string_view near_gpus_first = "near,";

struct GpuBindFacts {
  std::uint32_t tasks = 1;                        // of the node
  std::vector<bool> near;                         // of each gpu of the grant: to the step's cores; empty: all
  std::vector<std::vector<bool>> near_task = {};  // the same of each task, where tasks are bound; empty: as the step
};

// The gpus of task 0, 1, ... of the node. A text that is no binding binds nothing.
std::vector<GpuIndexes> bind_gpus(std::string_view bind, const GpuGrant& grant, const GpuBindFacts& facts);

// What "verbose," prints of a task that is bound to `own`; empty: nothing.
std::string gpu_bind_line(std::string_view bind, const GpuGrant& grant, const GpuIndexes& own);

// Variables of a task that sees `own` of the grant, NAME=value; or of a job's script (`of_job`).
// `names`: those that programs read (CUDA_VISIBLE_DEVICES), whatever the node has of them.
std::vector<std::string> gpu_environment(const GpuGrant& grant, const GpuIndexes& own,
                                         std::span<const std::string> names, bool of_job);

// A node with gpus tells each task which are its own, and so takes away what came along from elsewhere.
bool is_gpu_variable(std::string_view variable, std::span<const std::string> names);

}  // namespace slurmxx
