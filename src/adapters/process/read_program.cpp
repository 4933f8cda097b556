// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/read_program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

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

struct Started {
  pid_t pid = 0;
  int output = -1;
};

Result<Started> start(const std::vector<std::string>& arguments, Spawn::Session session) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(fmt::format("cannot open a pipe: {}", strerror(errno)));
  const std::vector<std::string> environment{"PATH=/usr/bin:/bin"};
  Spawn spawn(session);
  spawn.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  spawn.give(ends[1], STDOUT_FILENO);
  const auto pid = spawn.run(arguments.front(), arguments, c_strings(environment).data());
  close(ends[1]);
  if (pid) return Started{*pid, ends[0]};
  close(ends[0]);
  return fail(fmt::format("cannot run {}: {}", arguments.front(), pid.error().message));
}

Status ended_well(int status, const std::string& path) {
  return status == 0 ? Status() : fail(fmt::format("{} ended with wait status {}", path, status));
}

using Clock = std::chrono::steady_clock;

// False: the time is up.
bool can_read(int fd, Clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return false;
    pollfd one{fd, POLLIN, 0};
    const int ready = poll(&one, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// Its output and then its end; false: the time is up.
bool follow(const Started& child, Clock::time_point until, std::string& text) {
  char piece[4096];
  for (ssize_t n = 1; n != 0;) {
    if (!can_read(child.output, until)) return false;
    n = read(child.output, piece, sizeof piece);
    if (n > 0) text.append(piece, static_cast<std::size_t>(n));
    if (n < 0 && errno != EINTR) break;
  }
  const int process = static_cast<int>(syscall(SYS_pidfd_open, child.pid, 0));
  if (process < 0) return true;
  const bool ended = can_read(process, until);
  close(process);
  return ended;
}

}  // namespace

Result<std::string> read_program(const std::vector<std::string>& arguments) {
  TRY_ASSIGN(const Started child, start(arguments, Spawn::Session::ours));
  const std::string text = read_to_end(child.output);
  close(child.output);
  TRY(ended_well(wait_for_child(child.pid), arguments.front()));
  return text;
}

Result<std::string> read_program_within(Seconds limit, const std::vector<std::string>& arguments) {
  TRY_ASSIGN(const Started child, start(arguments, Spawn::Session::own));
  std::string text;
  const bool ended = follow(child, Clock::now() + std::chrono::seconds(limit.value), text);
  close(child.output);
  if (!ended) kill(-child.pid, SIGKILL);
  const int status = wait_for_child(child.pid);
  if (!ended) return fail(fmt::format("{} had not ended after {} s and was killed", arguments.front(), limit.value));
  TRY(ended_well(status, arguments.front()));
  return text;
}

}  // namespace slurmxx
