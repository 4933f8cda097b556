// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What the tasks print, on its way to srun's own streams: whole lines, unless unbuffered, so that tasks do not mix
// within one; with --label the task's number before each. Text in, text out; srun(1), --label and --unbuffered.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace slurmxx {

struct TaskOutputStyle {
  bool label = false;
  bool unbuffered = false;
  std::uint32_t task_count = 1;  // sets the label's width
};

inline constexpr std::size_t task_line_max = 64u << 10;  // a longer line goes on in pieces

class TaskOutputText {
 public:
  explicit TaskOutputText(TaskOutputStyle style);

  // What can be printed now. Empty bytes: the end of the stream.
  std::string take(std::uint32_t task, bool is_error, std::string_view bytes);

 private:
  struct Line {
    std::string label;         // before each line; empty without --label
    std::string text;          // not printed yet
    bool in_the_line = false;  // its beginning was printed
  };
  std::string take_plain(Line& line, std::string_view bytes) const;
  static void append(std::string& out, Line& line, std::string_view text);

  TaskOutputStyle style_;
  std::size_t label_width_ = 1;
  std::map<std::pair<std::uint32_t, bool>, Line> lines_;
};

}  // namespace slurmxx
