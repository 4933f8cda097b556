// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The keys of a job that say how much it asks for: tasks, CPUs, memory, disk and GRES. Only while it waits.
#pragma once

#include <algorithm>

#include "control/update_key_table.h"
#include "control/update_keys.h"
#include "core/text/size_text.h"

namespace slurmxx {

inline Status set_tasks(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  TRY_ASSIGN(draft.spec.resources.tasks, count_of_update(value, 1));
  draft.spec.resources.tasks_set = true;
  return {};
}

inline Status set_cpus_per_task(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  TRY_ASSIGN(draft.spec.resources.cpus_per_task, count_of_update(value, 1));
  draft.spec.resources.cpus_per_task_set = true;
  return {};
}

inline Status set_memory(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  auto size = parse_memory(value);
  if (!size) return expected("a size in MB, or with a unit as 4G");
  draft.spec.resources.memory_per_node = *size;
  draft.spec.resources.memory_per_cpu.reset();
  return {};
}

inline Status set_memory_per_cpu(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  auto size = parse_memory(value);
  if (!size) return expected("a size in MB, or with a unit as 4G");
  draft.spec.resources.memory_per_cpu = *size;
  draft.spec.resources.memory_per_node.reset();
  return {};
}

inline Status set_cpus(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  TRY_ASSIGN(const std::uint32_t cpus, count_of_update(std::string(value.substr(0, value.find('-'))), 1));
  ResourceRequest& resources = draft.spec.resources;
  resources.tasks = std::max<std::uint32_t>(1, cpus / std::max<std::uint32_t>(1, resources.cpus_per_task));
  return {};
}

template <std::optional<std::uint32_t> ResourceRequest::*member>
inline Status set_least(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  TRY_ASSIGN(draft.spec.resources.*member, count_of_update(value, 1));
  return {};
}

inline Status set_tmp_disk(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  auto size = parse_memory(value);
  if (!size) return expected("a size in MB, or with a unit as 4G");
  draft.spec.resources.tmp_disk_per_node = *size;
  return {};
}

// "gres/gpu:2,nic:1", as gres:gpu:2 and gres/gpu=2 too; NONE: no longer any.
template <std::string GresOptions::*member>
inline Status set_gres(JobDraft& draft, const std::string& value) {
  draft.touches_resources = true;
  std::string list;
  for (std::string_view one : split_commas(equal_ignoring_case(value, "NONE") ? "" : value)) {
    for (const std::string_view prefix : {"gres/", "gres:"})
      if (starts_with_ignoring_case(one, prefix)) one.remove_prefix(prefix.size());
    list += (list.empty() ? "" : ",") + std::string(one);
  }
  std::replace(list.begin(), list.end(), '=', ':');
  draft.spec.resources.gres.*member = list;
  if constexpr (member == &GresOptions::per_node) draft.spec.resources.gres.gpus_per_node.clear();
  return {};
}

inline Status set_tasks_per_node(JobDraft& draft, const std::string& value) {
  TRY_ASSIGN(const std::uint32_t count, count_of_update(value));
  draft.spec.resources.tasks_per_node.reset();
  if (count > 0) draft.spec.resources.tasks_per_node = count;
  draft.touches_resources = true;
  return {};
}

// As --reboot of sbatch: its nodes are its own.
inline Status set_reboot(JobDraft& draft, const std::string& value) {
  const auto on = parse_yes_no(value);
  if (!on) return expected("yes or no");
  draft.touches_resources = true;
  draft.spec.placement.boot.first = *on;
  if (*on) draft.spec.placement.sharing = Sharing::exclusive;
  return {};
}

}  // namespace slurmxx
