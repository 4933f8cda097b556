// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/het_groups.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text/words.h"
#include "wire/step_requests.h"

namespace slurmxx {
namespace {

// Said of each component by itself, or of all together: neither is meant for one.
constexpr std::string_view of_a_component[] = {
    "SLURM_NTASKS",           "SLURM_NPROCS",          "SLURM_NNODES",          "SLURM_JOB_NUM_NODES",
    "SLURM_NODELIST",         "SLURM_JOB_NODELIST",    "SLURM_TASKS_PER_NODE",  "SLURM_JOB_CPUS_PER_NODE",
    "SLURM_CPUS_PER_TASK",    "SLURM_NTASKS_PER_NODE", "SLURM_NTASKS_PER_CORE", "SLURM_NTASKS_PER_SOCKET",
    "SLURM_THREADS_PER_CORE", "SLURM_MEM_PER_CPU",     "SLURM_MEM_PER_NODE",    "SLURM_OVERCOMMIT",
    "SLURM_DISTRIBUTION",     "SLURM_DIST_PLANESIZE",  "SLURM_JOB_PARTITION"};

// Other names of what is said already.
constexpr std::pair<std::string_view, std::string_view> doubles[] = {{"SLURM_NNODES", "SLURM_JOB_NUM_NODES"},
                                                                     {"SLURM_NODELIST", "SLURM_JOB_NODELIST"}};

Result<std::uint32_t> group_number(std::string_view text) {
  TRY_ASSIGN(const std::uint64_t number, parse_natural(trim(text), {0, step_components_max - 1}));
  return static_cast<std::uint32_t>(number);
}

Status add_range(std::string_view piece, std::vector<std::uint32_t>& groups) {
  const auto ends = split_once(piece, '-');
  TRY_ASSIGN(const std::uint32_t first, group_number(ends ? ends->first : piece));
  TRY_ASSIGN(const std::uint32_t last, group_number(ends ? ends->second : piece));
  if (last < first) return fail(Errc::error);
  for (std::uint32_t group = first; group <= last; ++group) groups.push_back(group);
  return {};
}

}  // namespace

std::vector<std::vector<std::string>> split_at_colons(const std::vector<std::string>& words) {
  std::vector<std::vector<std::string>> parts(1);
  for (const std::string& word : words) {
    if (word == ":")
      parts.emplace_back();
    else
      parts.back().push_back(word);
  }
  return parts;
}

Result<std::vector<std::uint32_t>> parse_het_groups(std::string_view text) {
  std::string_view list = text;
  if (list.starts_with('[') && list.ends_with(']')) list = list.substr(1, list.size() - 2);
  std::vector<std::uint32_t> groups;
  for (const std::string_view piece : split(list, ','))
    if (!add_range(piece, groups)) return fail(fmt::format("Invalid --het-group value: {}", text));
  std::ranges::sort(groups);
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

Environment component_environment(const Environment& caller, std::uint32_t group) {
  const std::string* job = caller.find("SLURM_JOB_ID");
  const std::string* leader = caller.find("SLURM_JOB_ID_HET_GROUP_0");
  if (!job || !leader || *job != *leader) return caller;
  const std::string suffix = fmt::format("_HET_GROUP_{}", group);
  Environment own = caller;
  for (const std::string_view name : of_a_component) own.erase(name);
  for (const auto& [name, value] : caller.entries()) {
    if (!name.ends_with(suffix)) continue;
    const std::string plain = name.substr(0, name.size() - suffix.size());
    if (plain != "SLURM_JOB_ID" && plain != "SLURM_JOBID") own.set(plain, value);
  }
  for (const auto& [name, same] : doubles)
    if (const std::string* value = own.find(same)) own.set(std::string(name), *value);
  return own;
}

}  // namespace slurmxx
