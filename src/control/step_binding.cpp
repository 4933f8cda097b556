// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/step_binding.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/launch/bind_options.h"
#include "core/launch/gpu_binding.h"
#include "core/place/gres_choice.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// TaskPluginParam=autobind=cores,...
std::string autobind_of(const PluginSettings& plugins) {
  for (const std::string_view word : split_commas(plugins.task_plugin_param))
    if (const auto pair = split_once(word, '='); pair && equal_ignoring_case(pair->first, "autobind"))
      return lower(pair->second);
  return "";
}

// CpuBind= of all nodes, else of the partition: how tasks are bound that do not say it.
std::string usual_bind(const std::vector<NodeShare>& shares, const std::string& partition,
                       const ClusterConfig& config) {
  std::string bind = config.nodes[shares.front().node.value].cpu_bind;
  for (const NodeShare& share : shares)
    if (config.nodes[share.node.value].cpu_bind != bind) bind.clear();
  const PartitionConfig* known = find_partition(config, partition);
  if (bind.empty() && known) bind = known->policy.cpu_bind;
  if (bind == "board") return "";
  return bind.empty() || bind == "none" ? bind : bind + "s";
}

}  // namespace

std::string gpu_bind_of(const GresOptions& gres, std::string_view flags) {
  const auto words = split_commas(flags);
  const auto says = [&](std::string_view flag) { return std::ranges::find(words, flag) != words.end(); };
  if (!gres.gpu_bind.empty()) return gres.gpu_bind;
  if (gres.tasks_per_gpu) return fmt::format("single:{}", *gres.tasks_per_gpu);
  const auto per_task = parse_gres_request(gres.per_task);
  if (!per_task || says("allow-task-sharing")) return "";
  const std::uint64_t gpus = gpus_in(*per_task);
  if (gpus > 0) return fmt::format("{}per_task:{}", says("enforce-binding") ? near_gpus_first : "", gpus);
  const auto is_part = [](const GresRequest& kind) { return kind.name == "shard" || kind.name == "mps"; };
  return says("one-task-per-sharing") && std::ranges::any_of(*per_task, is_part) ? "per_task:1" : "";
}

void bind_as_usual(const std::vector<NodeShare>& shares, const std::string& partition, const ClusterConfig& config,
                   BindRequest& bind) {
  bind.default_bind = autobind_of(config.plugins);
  const auto asked = parse_cpu_bind(bind.cpu_bind);
  const std::string usual = usual_bind(shares, partition, config);
  if (asked && asked->kind == CpuBindKind::automatic && bind.hint.empty() && !usual.empty())
    bind.cpu_bind += (bind.cpu_bind.empty() ? "" : ",") + usual;
}

}  // namespace slurmxx
