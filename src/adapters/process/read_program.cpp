// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/read_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "adapters/process/spawn.h"

namespace slurmxx {

std::string read_to_end(int fd) {
  std::string text;
  char piece[4096];
  for (ssize_t n = 0; (n = read(fd, piece, sizeof piece)) != 0;) {
    if (n > 0) text.append(piece, static_cast<std::size_t>(n));
    if (n < 0 && errno != EINTR) break;
  }
  return text;
}

namespace {

// Nothing: the time is over before the end.
std::optional<std::string> read_in_time(int fd, Limit<Seconds> time) {
  if (time.unlimited) return read_to_end(fd);
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::seconds(time.value.value);
  std::string text;
  char piece[4096];
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd end{fd, POLLIN, 0};
    const int ready = left > 0 ? poll(&end, 1, static_cast<int>(std::min<std::int64_t>(left, INT_MAX))) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return {};
    const ssize_t n = read(fd, piece, sizeof piece);
    if (n > 0) text.append(piece, static_cast<std::size_t>(n));
    if (n == 0 || (n < 0 && errno != EINTR)) return text;
  }
}

}  // namespace

Result<std::string> read_program(const std::vector<std::string>& arguments, Limit<Seconds> time) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(fmt::format("cannot open a pipe: {}", strerror(errno)));
  const std::vector<std::string> environment{"PATH=/usr/bin:/bin"};
  Spawn spawn(Spawn::Session::ours);
  spawn.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  spawn.give(ends[1], STDOUT_FILENO);
  const auto pid = spawn.run(arguments.front(), arguments, c_strings(environment).data());
  close(ends[1]);
  const auto text = pid ? read_in_time(ends[0], time) : std::string();
  close(ends[0]);
  if (!pid) return fail(fmt::format("cannot run {}: {}", arguments.front(), pid.error().message));
  if (!text) kill(*pid, SIGKILL);
  const int status = wait_for_child(*pid);
  if (!text) return fail(fmt::format("{} was killed after {} s", arguments.front(), time.value.value));
  if (status != 0) return fail(fmt::format("{} ended with wait status {}", arguments.front(), status));
  return *text;
}

}  // namespace slurmxx
