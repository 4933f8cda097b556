// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One record of `scontrol show`: lines of KEY=VALUE. Printed with three spaces before each line but the first and an
// empty line after the record, or with -o as a single line.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace slurmxx {

class RecordText {
 public:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    lines_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  // KEY=VALUE on a line of its own, if there is a value.
  void line_unless_empty(std::string_view key, std::string_view value) {
    if (!value.empty()) line("{}={}", key, value);
  }
  std::string text(bool one_line) const;

 private:
  std::vector<std::string> lines_;
};

inline std::string_view or_null(std::string_view value) { return value.empty() ? "(null)" : value; }
inline const char* yes_no(bool value) { return value ? "YES" : "NO"; }

}  // namespace slurmxx
