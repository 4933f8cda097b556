// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The log of a daemon: to its file (0600, each line with the time), to standard error while it is in the foreground
// (each line with the program's name), and to syslog when it is in the background and has no file. Any thread may log.
// Levels and time formats: slurm.conf(5), SlurmctldDebug and LogTimeFormat.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "adapters/net/file_descriptor.h"
#include "base/result.h"

namespace slurmxx {

enum class LogLevel : std::uint8_t { quiet, fatal, error, info, verbose, debug, debug2, debug3, debug4, debug5 };

// A name or its number (0..9).
Result<LogLevel> log_level_of(std::string_view key, std::string_view text);
LogLevel raised(LogLevel level, int times);  // by -v

// "fatal: ...", "error: ...", "warning: ..." and "debug: ..." tell it themselves; any other line is `info`.
LogLevel level_of_line(std::string_view line);

struct LogSettings {
  std::string program;  // "slurmctld"
  std::string file;     // empty: none
  std::string time_format = "iso8601_ms";
  std::string mark;  // behind the time, as "[5.batch] "; may be empty
  LogLevel level = LogLevel::info;
  bool to_stderr = true;
};

class DaemonLog {
 public:
  explicit DaemonLog(std::string program);

  // Takes effect whole, or not at all (the file cannot be opened). Also opens the file anew, for logrotate(8).
  Status open(LogSettings settings);
  Status reopen() { return open(settings()); }
  void leave_stderr();  // for the background
  LogSettings settings();

  void line(const std::string& text) { line(level_of_line(text), text); }
  void line(LogLevel level, const std::string& text);
  bool wants(LogLevel level);
  std::function<void(const std::string&)> sink() {
    return [this](const std::string& text) { line(text); };
  }

 private:
  std::mutex mutex_;  // guards all below
  LogSettings settings_;
  FileDescriptor file_;
};

// "2026-11-23T10:00:00.123" and its like, of now.
std::string log_time(std::string_view format);

}  // namespace slurmxx
