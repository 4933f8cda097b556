// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What the tasks of a step used: sums over tasks, and the highest and lowest task with its node. The names of the
// figures are those of TRESUsageIn* and TRESUsageOut* (sacct(1)).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/ids.h"

namespace slurmxx {

enum class UsageKind : std::uint8_t {
  cpu = 0,         // milliseconds, user and system
  memory = 1,      // bytes: the highest resident set
  vmem = 2,        // bytes: the highest size of virtual memory
  pages = 3,       // major page faults
  disk_read = 4,   // bytes
  disk_write = 5,  // bytes
};
inline constexpr std::size_t usage_kinds = 6;

struct UsageFigure {
  std::uint64_t total = 0;
  std::uint64_t max = 0;
  std::uint64_t min = 0;
  NodeIndex max_node;
  NodeIndex min_node;
  std::uint32_t max_task = 0;
  std::uint32_t min_task = 0;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "total", self.total);
    v(2, "max", self.max);
    v(3, "min", self.min);
    v(4, "max_node", self.max_node);
    v(5, "min_node", self.min_node);
    v(6, "max_task", self.max_task);
    v(7, "min_task", self.min_task);
  }
  bool operator==(const UsageFigure&) const = default;
};

struct StepUsage {
  std::uint32_t tasks = 0;  // that the figures are of; 0: nothing was measured
  std::uint64_t user_us = 0;
  std::uint64_t system_us = 0;
  std::vector<UsageFigure> figures;  // by UsageKind

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "tasks", self.tasks);
    v(2, "user_us", self.user_us);
    v(3, "system_us", self.system_us);
    v(4, "figures", self.figures);
  }
  bool operator==(const StepUsage&) const = default;

  const UsageFigure& of(UsageKind kind) const {
    static constexpr UsageFigure nothing{};
    const auto at = static_cast<std::size_t>(kind);
    return at < figures.size() ? figures[at] : nothing;
  }

  using TaskFigures = std::array<std::uint64_t, usage_kinds>;  // by UsageKind
  void add_task(std::uint32_t task, const TaskFigures& values);
  void set_node(NodeIndex node);  // all of it was measured there
  void merge(const StepUsage& other);
};

}  // namespace slurmxx
