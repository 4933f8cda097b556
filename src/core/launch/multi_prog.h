// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The file of srun --multi-prog: which task runs which program. srun(1), "MULTIPLE PROGRAM CONFIGURATION".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

struct TaskProgram {
  std::vector<std::uint32_t> tasks;    // ascending
  std::vector<std::string> arguments;  // %t: the task; %o: its place among `tasks`
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "tasks", self.tasks);
    v(2, "arguments", self.arguments);
  }
  bool operator==(const TaskProgram&) const = default;
};

// Every task below task_count has exactly one program. Error: lines to print, the last names line and file.
Result<std::vector<TaskProgram>> parse_multi_prog(std::string_view text, const std::string& file_name,
                                                  std::uint32_t task_count);

// Of one task, %t and %o put in; empty when no program is for it.
std::vector<std::string> arguments_of_task(const std::vector<TaskProgram>& programs, std::uint32_t task);

}  // namespace slurmxx
