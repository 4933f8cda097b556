// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/message.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "core/text/words.h"

namespace slurmxx {

namespace {

void to_stderr(std::string_view text) {
  std::fflush(stdout);  // what was printed before stays before when both go to one place
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

Messages::Messages(std::string program) : Messages(std::move(program), to_stderr, isatty(STDERR_FILENO) == 1) {}

Messages::Messages(std::string program, Sink sink, bool colour)
    : program_(std::move(program)), sink_(std::move(sink)), colour_(colour) {}

Messages Messages::with_returns() const {
  Messages same = *this;
  same.sink_ = [sink = sink_](std::string_view text) {
    std::string lines;
    for (const char c : text) lines += c == '\n' ? std::string("\r\n") : std::string(1, c);
    sink(lines);
  };
  return same;
}

void Messages::set_verbosity(int times_v, bool quiet) {
  if (quiet)
    level_ = Level::quiet;
  else
    level_ = static_cast<Level>(std::min(times_v, static_cast<int>(Level::debug2)));
}

void Messages::raw(std::string_view line) const { sink_(fmt::format("{}\n", line)); }

void Messages::print(std::string_view kind, std::string_view text) const {
  const bool red = colour_ && (kind.starts_with("error") || kind.starts_with("fatal"));
  std::string lines;
  for (std::string_view line : split(text, '\n')) {
    if (red)
      lines += fmt::format("{}: \033[31m{}\033[0m{}\n", program_, kind, line);
    else
      lines += fmt::format("{}: {}{}\n", program_, kind, line);
  }
  sink_(lines);
}

}  // namespace slurmxx
