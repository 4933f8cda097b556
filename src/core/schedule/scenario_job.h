// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside scenario.cpp: a job while its line is read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/model/job.h"
#include "core/text/words.h"

namespace slurmxx::scenario_job {

inline std::uint32_t number_in(std::string_view text) {
  const auto parsed = parse_natural(text, {0, 1000000000});
  return parsed ? static_cast<std::uint32_t>(*parsed) : 0;
}

struct JobDraft {
  JobSpec spec;
  Job job;
  DependencyState dependency = DependencyState::met;
  std::optional<std::uint32_t> may_start;
  std::string runs_on;          // n1:4,n2:4
  std::uint32_t left_min = 60;  // of its time limit
  std::uint32_t ran_min = 60;
  bool preempting = false;
  bool leaving = false;
  bool suspended = false;
  bool aside = false;
};

inline void set_nodes(JobDraft& j, std::string_view v) {
  const auto pair = split_once(v, '-').value_or(std::pair<std::string_view, std::string_view>{v, v});
  j.spec.resources.nodes_min = number_in(pair.first);
  j.spec.resources.nodes_max = number_in(pair.second);
  j.spec.resources.nodes_set = true;
}

inline void set_tasks(JobDraft& j, std::string_view v) {
  j.spec.resources.tasks = number_in(v);
  j.spec.resources.tasks_set = true;
}

inline void set_partitions(JobDraft& j, std::string_view v) {
  for (const std::string_view name : split_commas(v)) j.spec.placement.partitions.emplace_back(name);
}

// Errors show as an array without tasks.
inline void set_array(JobDraft& j, std::string_view v) {
  if (auto tasks = parse_indices(v, UINT32_MAX)) j.job.array = ArrayPart{j.job.id, std::move(*tasks), false};
}

inline void set_dependency(JobDraft& j, std::string_view v) {
  if (auto list = parse_dependencies(v)) j.job.dependencies = std::move(*list);
  j.dependency = j.job.dependencies.state();
}

}  // namespace slurmxx::scenario_job
