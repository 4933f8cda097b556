// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/step_binding.h"

#include <linux/mempolicy.h>

#include "adapters/step/machine_cpus.h"

namespace slurmxx {

Result<std::optional<StepBinding>> bind_step(const LaunchStep& order, std::uint32_t tasks) {
  if (!order.affinity) return std::optional<StepBinding>();
  StepBinding binding;
  const NodeTopology node = with_system_ids(order.topology);
  TRY_ASSIGN(binding.cpu, bind_cpus(order.bind, node, order.share.cpu_ids, tasks));
  TRY_ASSIGN(binding.memory, bind_memory(order.bind, memory_nodes(), tasks));
  return std::optional(std::move(binding));
}

bool bind_task(const StepBinding& binding, std::uint32_t task, LaunchRequest& request) {
  bool missing = false;
  if (task < binding.cpu.masks.size()) {
    request.cpus = binding.cpu.masks[task].common(usable_cpus()).ids();
    missing = request.cpus.empty();
  }
  if (task < binding.memory.nodes.size()) {
    const MemBind& asked = binding.memory.asked;
    request.memory_nodes = binding.memory.nodes[task].ids();
    const bool local = asked.kind == MemBindKind::local;
    request.memory_policy = local ? MPOL_LOCAL : asked.prefer ? MPOL_PREFERRED : MPOL_BIND;
  }
  return missing;
}

std::string binding_text(const StepBinding& binding, const BoundTask& task) {
  std::string text;
  const bool memory = binding.memory.asked.kind != MemBindKind::unset;
  if (memory && binding.memory.asked.verbose) text += bind_line(binding.memory, task) + "\n";
  if (binding.cpu.verbose) text += bind_line(binding.cpu, task) + "\n";
  return text;
}

void bind_batch(const LaunchBatch& order, LaunchRequest& request) {
  if (!order.affinity || order.allocation.shares.empty()) return;
  const NodeTopology node = with_system_ids(order.topology);
  CpuSet cpus;
  for (const std::uint32_t cpu : order.allocation.batch_share().cpu_ids)
    if (cpu < cpu_ids_max) cpus.add(node.system_ids.size() > cpu ? node.system_ids[cpu] : cpu);
  request.cpus = cpus.common(usable_cpus()).ids();
}

}  // namespace slurmxx
