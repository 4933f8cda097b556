// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/read_program.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
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

Result<std::string> read_program(const std::vector<std::string>& arguments) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(fmt::format("cannot open a pipe: {}", strerror(errno)));
  const std::vector<std::string> environment{"PATH=/usr/bin:/bin"};
  Spawn spawn(Spawn::Session::ours);
  spawn.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  spawn.give(ends[1], STDOUT_FILENO);
  const auto pid = spawn.run(arguments.front(), arguments, c_strings(environment).data());
  close(ends[1]);
  const std::string text = pid ? read_to_end(ends[0]) : "";
  close(ends[0]);
  if (!pid) return fail(fmt::format("cannot run {}: {}", arguments.front(), pid.error().message));
  const int status = wait_for_child(*pid);
  if (status != 0) return fail(fmt::format("{} ended with wait status {}", arguments.front(), status));
  return text;
}

}  // namespace slurmxx
