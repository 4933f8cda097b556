// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A line is one write(2), so lines of several processes in one file do not mix.
#include "adapters/log/daemon_log.h"

#include <fcntl.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::array<std::string_view, 10> level_names{"quiet", "fatal",  "error",  "info",   "verbose",
                                                       "debug", "debug2", "debug3", "debug4", "debug5"};

std::string formatted(const char* format, const tm& at) {
  char text[64];
  return std::string(text, strftime(text, sizeof text, format, &at));
}

void write_line(int fd, const std::string& line) { static_cast<void>(!::write(fd, line.data(), line.size())); }

int syslog_priority(LogLevel level) {
  if (level <= LogLevel::fatal) return LOG_CRIT;
  if (level == LogLevel::error) return LOG_ERR;
  return level <= LogLevel::verbose ? LOG_INFO : LOG_DEBUG;
}

}  // namespace

Result<LogLevel> log_level_of(std::string_view key, std::string_view text) {
  for (std::size_t i = 0; i < level_names.size(); ++i)
    if (equal_ignoring_case(text, level_names[i])) return static_cast<LogLevel>(i);
  if (const auto number = parse_natural(text, {0, level_names.size() - 1})) return static_cast<LogLevel>(*number);
  return fail(fmt::format("{}={}: no such level: one of {}", key, text, fmt::join(level_names, ", ")));
}

LogLevel raised(LogLevel level, int times) {
  const int most = static_cast<int>(LogLevel::debug5);
  return static_cast<LogLevel>(std::min(most, static_cast<int>(level) + std::max(0, times)));
}

LogLevel level_of_line(std::string_view line) {
  if (line.starts_with("fatal: ")) return LogLevel::fatal;
  if (line.starts_with("error: ") || line.starts_with("warning: ")) return LogLevel::error;
  return line.starts_with("debug: ") ? LogLevel::debug : LogLevel::info;
}

std::string log_time(std::string_view format) {
  timespec at{};
  clock_gettime(CLOCK_REALTIME, &at);
  tm local{};
  localtime_r(&at.tv_sec, &local);
  const std::string millis = fmt::format(".{:03}", at.tv_nsec / 1'000'000);
  const bool with_millis = format.ends_with("_ms");
  if (format == "clock") return std::to_string(clock());
  if (format == "short") return formatted("%b %d %T", local);
  if (format == "thread_id")
    return fmt::format("{}.{:06} {} {}", formatted("%b %d %T", local), at.tv_nsec / 1'000, getpid(), gettid());
  const std::string text = formatted("%FT%T", local) + (with_millis ? millis : "");
  if (!format.starts_with("rfc5424")) return text;
  const std::string offset = formatted("%z", local);  // +0100
  return text + offset.substr(0, 3) + ":" + offset.substr(3);
}

DaemonLog::DaemonLog(std::string program) { settings_.program = std::move(program); }

Status DaemonLog::open(LogSettings settings) {
  FileDescriptor file;
  if (!settings.file.empty()) {
    file = FileDescriptor(::open(settings.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600));
    if (!file) return fail(fmt::format("{}: cannot write the log: {}", settings.file, strerror(errno)));
  }
  const std::lock_guard lock(mutex_);
  settings_ = std::move(settings);
  file_ = std::move(file);
  return {};
}

void DaemonLog::leave_stderr() {
  const std::lock_guard lock(mutex_);
  settings_.to_stderr = false;
}

LogSettings DaemonLog::settings() {
  const std::lock_guard lock(mutex_);
  return settings_;
}

bool DaemonLog::wants(LogLevel level) {
  const std::lock_guard lock(mutex_);
  return level <= settings_.level;
}

void DaemonLog::line(LogLevel level, const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (level > settings_.level) return;
  if (settings_.to_stderr) write_line(STDERR_FILENO, fmt::format("{}: {}\n", settings_.program, text));
  if (file_)
    write_line(file_.get(), fmt::format("[{}] {}{}\n", log_time(settings_.time_format), settings_.mark, text));
  else if (!settings_.to_stderr)
    syslog(LOG_DAEMON | syslog_priority(level), "%s: %s", settings_.program.c_str(), text.c_str());
}

}  // namespace slurmxx
