// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/gpu_binding.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "core/launch/cpu_set.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct Binding {
  std::string_view kind;
  std::string_view argument;
};

std::optional<Binding> read(std::string_view bind) {
  for (const std::string_view loudness : {"verbose,", "v,", "quiet,", "q,"})
    if (bind.starts_with(loudness)) bind.remove_prefix(loudness.size());
  if (bind.starts_with("gpu:")) bind.remove_prefix(4);
  const auto sides = split_once(bind, ':');
  const Binding binding = sides ? Binding{sides->first, sides->second} : Binding{bind, ""};
  const bool plain = binding.kind == "none" || binding.kind == "closest";
  const bool counted = binding.kind == "single" || binding.kind == "per_task";
  const bool listed =
      binding.kind == "map_gpu" || binding.kind == "mask_gpu" || binding.kind == "map" || binding.kind == "mask";
  if (plain && !sides) return binding;
  if (counted && parse_natural(binding.argument, {1, UINT32_MAX})) return binding;
  if (listed && !binding.argument.empty()) return binding;
  return std::nullopt;
}

std::optional<std::uint64_t> number(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// "0,1*3": a number stands for as many tasks as its factor says.
std::vector<std::uint64_t> numbers(std::string_view list) {
  constexpr std::uint64_t longest = 65'536;
  std::vector<std::uint64_t> all;
  for (const std::string_view piece : split_commas(list)) {
    const auto sides = split_once(piece, '*');
    const auto value = number(sides ? sides->first : piece);
    const auto times = sides ? number(sides->second) : std::optional<std::uint64_t>(1);
    if (value && times) all.insert(all.end(), std::min(*times, longest), *value);
  }
  return all;
}

GpuIndexes near_ones(const GpuGrant& grant, const GpuBindFacts& facts, std::uint32_t task) {
  const std::vector<bool>& is_near = task < facts.near_task.size() ? facts.near_task[task] : facts.near;
  GpuIndexes near;
  for (std::size_t i = 0; i < grant.gpus.size(); ++i)
    if (i >= is_near.size() || is_near[i]) near.push_back(grant.gpus[i]);
  return near.empty() ? grant.gpus : near;
}

// Each task `count` gpus that no other has: near ones, then the first that are left.
std::vector<GpuIndexes> deal_near(const GpuGrant& grant, const GpuBindFacts& facts, std::uint64_t count) {
  std::vector<GpuIndexes> dealt(facts.tasks);
  GpuIndexes left = grant.gpus;
  const auto take = [&](GpuIndexes& own, const GpuIndexes& offered) {
    for (const std::uint32_t gpu : offered)
      if (own.size() < count && std::erase(left, gpu) > 0) own.push_back(gpu);
  };
  for (std::uint32_t task = 0; task < facts.tasks; ++task) take(dealt[task], near_ones(grant, facts, task));
  for (GpuIndexes& own : dealt) {
    take(own, GpuIndexes(left));
    std::ranges::sort(own);
  }
  return dealt;
}

GpuIndexes by_mask(std::uint64_t mask, const GpuGrant& grant) {
  constexpr std::size_t bits = 64;
  GpuIndexes own;
  for (std::size_t i = 0; i < std::min(bits, grant.gpus.size()); ++i)
    if ((mask >> i & 1U) != 0) own.push_back(grant.gpus[i]);
  return own.empty() ? grant.gpus : own;
}

GpuIndexes of_task(const Binding& binding, const GpuGrant& grant, const GpuBindFacts& facts, std::uint32_t task) {
  const std::size_t there = grant.gpus.size();
  if (binding.kind == "closest") return near_ones(grant, facts, task);
  if (binding.kind == "single") return {grant.gpus[task / *parse_natural(binding.argument) % there]};
  if (binding.kind == "per_task") {
    GpuIndexes own;
    const std::uint64_t count = *parse_natural(binding.argument);
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(count, there); ++i)
      own.push_back(grant.gpus[(task * count + i) % there]);
    std::ranges::sort(own);
    return own;
  }
  const std::vector<std::uint64_t> list = numbers(binding.argument);
  if (binding.kind == "none" || list.empty()) return grant.gpus;
  const std::uint64_t value = list[task % list.size()];
  return binding.kind.starts_with("mask") ? by_mask(value, grant) : GpuIndexes{grant.gpus[value % there]};
}

}  // namespace

GpuGrant gpu_grant(std::span<const GresShare> shares) {
  GpuGrant grant;
  for (const GresShare& share : shares) {
    const bool part = share.name == "shard" || share.name == "mps";
    if (share.name != "gpu" && !part) continue;
    if (share.name == "shard") grant.shards += share.count;
    grant.gpus.insert(grant.gpus.end(), share.indexes.begin(), share.indexes.end());
    if (share.name == "gpu" && share.indexes.empty())  // counted only
      for (std::uint32_t i = 0; i < std::min<std::uint64_t>(share.count, 1024); ++i) grant.gpus.push_back(i);
  }
  std::ranges::sort(grant.gpus);
  const auto repeated = std::ranges::unique(grant.gpus);
  grant.gpus.erase(repeated.begin(), repeated.end());
  return grant;
}

Status check_gpu_bind(std::string_view bind) {
  if (bind.empty() || read(bind)) return {};
  return fail(fmt::format("Invalid --gpu-bind argument: gpu:{}", bind));
}

std::vector<GpuIndexes> bind_gpus(std::string_view bind, const GpuGrant& grant, const GpuBindFacts& facts) {
  const bool near_first = bind.starts_with(near_gpus_first);
  if (near_first) bind.remove_prefix(near_gpus_first.size());
  const auto binding = read(bind);
  if (near_first && binding && binding->kind == "per_task")
    if (const std::uint64_t count = *parse_natural(binding->argument); count * facts.tasks <= grant.gpus.size())
      return deal_near(grant, facts, count);
  std::vector<GpuIndexes> all(facts.tasks, grant.gpus);
  if (!binding || grant.empty()) return all;
  for (std::uint32_t task = 0; task < facts.tasks; ++task) all[task] = of_task(*binding, grant, facts, task);
  return all;
}

std::string gpu_bind_line(std::string_view bind, const GpuGrant& grant, const GpuIndexes& own) {
  const bool loud = bind.starts_with("verbose,") || bind.starts_with("v,");
  if (!loud || grant.empty()) return "";
  const auto mask = [](const GpuIndexes& gpus) {
    CpuSet set;
    for (const std::uint32_t gpu : gpus) set.add(gpu);
    return set.hex();
  };
  return fmt::format("gpu-bind: usable_gres=0x{}; bit_alloc=0x{}; local_inx={}; global_list={}; local_list={}",
                     mask(own), mask(grant.gpus), grant.gpus.size(), fmt::join(own, ","), fmt::join(own, ","));
}

std::vector<std::string> gpu_environment(const GpuGrant& grant, const GpuIndexes& own,
                                         std::span<const std::string> names, bool of_job) {
  std::vector<std::string> variables;
  if (grant.empty()) return variables;
  const std::string list = fmt::format("{}", fmt::join(own, ","));
  for (const std::string& name : names) variables.push_back(name + "=" + list);
  variables.push_back(fmt::format("{}={}", of_job ? "SLURM_JOB_GPUS" : "SLURM_STEP_GPUS", list));
  variables.push_back(fmt::format("SLURM_GPUS_ON_NODE={}", grant.gpus.size()));
  if (grant.shards > 0) variables.push_back(fmt::format("SLURM_SHARDS_ON_NODE={}", grant.shards));
  return variables;
}

bool is_gpu_variable(std::string_view variable, std::span<const std::string> names) {
  const std::string_view name = variable.substr(0, variable.find('='));
  if (name == "SLURM_STEP_GPUS" || name == "SLURM_GPUS_ON_NODE" || name == "SLURM_SHARDS_ON_NODE") return true;
  return std::ranges::find(names, name) != names.end();
}

}  // namespace slurmxx
