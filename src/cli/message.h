// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Lines for the person at the terminal, in the form that scripts around Slurm's commands expect on stderr:
//   sbatch: error: text      srun: fatal: text      salloc: text      scancel: text (with -v)
// Every line of a text gets the prefix. -Q leaves errors only; each -v shows one level more.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace slurmxx {

class Messages {
 public:
  using Sink = std::function<void(std::string_view)>;

  enum class Level { quiet = -1, normal = 0, verbose = 1, debug = 2, debug2 = 3 };

  explicit Messages(std::string program);  // to stderr; colours only if it is a terminal
  Messages(std::string program, Sink sink, bool colour = false);

  void set_level(Level level) { level_ = level; }
  void set_verbosity(int times_v, bool quiet);  // as counted from -v and -Q
  Level level() const { return level_; }
  const std::string& program() const { return program_; }
  Messages with_returns() const;  // the same, for a terminal in raw mode: lines end with "\r\n"

  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    print("error: ", fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void fatal(fmt::format_string<Args...> format, Args&&... args) const {  // the caller then ends with 1
    print("fatal: ", fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    if (level_ >= Level::normal) print("", fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void verbose(fmt::format_string<Args...> format, Args&&... args) const {
    if (level_ >= Level::verbose) print("", fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) const {
    if (level_ >= Level::debug) print("debug:  ", fmt::format(format, std::forward<Args>(args)...));
  }

  void error(const Error& error) const { print("error: ", text_of(error)); }
  void raw(std::string_view line) const;  // without prefix; a newline is added

 private:
  void print(std::string_view kind, std::string_view text) const;

  std::string program_;
  Sink sink_;
  bool colour_ = false;
  Level level_ = Level::normal;
};

}  // namespace slurmxx
