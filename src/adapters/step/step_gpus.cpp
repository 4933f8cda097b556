// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/step_gpus.h"

#include <algorithm>

namespace slurmxx {
namespace {

bool is_near(const IndexSet& cores, const NodeShare& share, std::uint32_t threads_per_core) {
  return cores.empty() || std::any_of(share.cpu_ids.begin(), share.cpu_ids.end(),
                                      [&](std::uint32_t cpu) { return cores.contains(cpu / threads_per_core); });
}

}  // namespace

StepGpus gpus_of_step(const LaunchStep& order, std::vector<std::string> variables, std::uint32_t tasks) {
  GpuBindFacts facts{tasks, {}};
  const std::uint32_t threads = std::max(1U, order.topology.threads_per_core);
  for (const IndexSet& cores : order.gpu_cores) facts.near.push_back(is_near(cores, order.share, threads));
  StepGpus gpus{gpu_grant(order.share.gres), {}, std::move(variables)};
  gpus.of_task = bind_gpus(order.gpu_bind, gpus.grant, facts);
  return gpus;
}

}  // namespace slurmxx
