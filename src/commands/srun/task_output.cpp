// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/task_output.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace slurmxx {

TaskOutputText::TaskOutputText(TaskOutputStyle style) : style_(style) {
  label_width_ = std::to_string(std::max(1U, style.task_count) - 1).size();
}

void TaskOutputText::append(std::string& out, Line& line, std::string_view text) {
  if (text.empty()) return;
  if (!line.in_the_line) out += line.label;
  out += text;
  line.in_the_line = text.back() != '\n';
}

std::string TaskOutputText::take_plain(Line& line, std::string_view bytes) const {
  const std::size_t whole = bytes.empty() || style_.unbuffered ? bytes.size() : bytes.rfind('\n') + 1;
  std::string out;
  if (whole > 0 || bytes.empty()) out.swap(line.text);
  out += bytes.substr(0, whole);
  line.text += bytes.substr(whole);
  if (line.text.size() < task_line_max) return out;
  return out + std::exchange(line.text, {});
}

std::string TaskOutputText::take(std::uint32_t task, bool is_error, std::string_view bytes) {
  Line& line = lines_[{task, is_error}];
  if (!style_.label) return take_plain(line, bytes);
  if (line.label.empty()) line.label = fmt::format("{:>{}}: ", task, label_width_);
  std::string out;
  const bool is_end = bytes.empty();
  if (const std::size_t end = bytes.find('\n'); end != std::string_view::npos && !line.text.empty()) {
    line.text += bytes.substr(0, end + 1);
    bytes.remove_prefix(end + 1);
    append(out, line, std::exchange(line.text, {}));
  }
  for (std::size_t end = 0; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1))
    append(out, line, bytes.substr(0, end + 1));
  line.text += bytes;
  if (!is_end && !style_.unbuffered && line.text.size() < task_line_max) return out;
  append(out, line, std::exchange(line.text, {}));
  if (is_end && line.in_the_line) out += '\n';
  if (is_end) line.in_the_line = false;
  return out;
}

}  // namespace slurmxx
