// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/task_output.h"

#include <algorithm>

#include <fmt/format.h>

namespace slurmxx {

TaskOutputText::TaskOutputText(TaskOutputStyle style) : style_(style) {
  label_width_ = std::to_string(std::max(1U, style.task_count) - 1).size();
}

void TaskOutputText::append(std::string& out, std::uint32_t task, Line& line, std::string_view text) const {
  if (text.empty()) return;
  if (style_.label && !line.in_the_line) out += fmt::format("{:>{}}: ", task, label_width_);
  out += text;
  line.in_the_line = !text.ends_with('\n');
}

std::string TaskOutputText::take(std::uint32_t task, bool is_error, std::string_view bytes) {
  Line& line = lines_[{task, is_error}];
  std::string out;
  const bool is_end = bytes.empty();
  line.text += bytes;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = line.text.find('\n', begin)) != std::string::npos; begin = end + 1)
    append(out, task, line, std::string_view(line.text).substr(begin, end + 1 - begin));
  line.text.erase(0, begin);
  if (!is_end && !style_.unbuffered && line.text.size() < task_line_max) return out;
  append(out, task, line, line.text);
  line.text.clear();
  if (is_end && style_.label && line.in_the_line) out += '\n';
  if (is_end) line.in_the_line = false;
  return out;
}

}  // namespace slurmxx
