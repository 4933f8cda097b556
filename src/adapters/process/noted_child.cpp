// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Parent and child share a pair of sockets: the child waits for a byte, or for the end of its parent; a program that
// cannot be executed comes back as its errno, and one that begins closes the child's end. Between fork(2) and
// execve(2) the child neither allocates nor locks.
#include "adapters/process/noted_child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/net/file_descriptor.h"
#include "adapters/process/spawn.h"

namespace slurmxx {
namespace {

void use_default_signals() {
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &usual, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become(int parent, int output, char* const* arguments, char* const* environment) {
  char go = 0;
  ssize_t got = 0;
  do got = read(parent, &go, 1);
  while (got < 0 && errno == EINTR);
  if (got != 1) _exit(1);
  setsid();
  use_default_signals();
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null >= 0) dup2(null, STDIN_FILENO);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
    if (output >= 0) dup2(output, fd);
  execve(arguments[0], arguments, environment);
  const int error = errno;
  static_cast<void>(!write(parent, &error, sizeof error));
  _exit(1);
}

// Nothing: it has begun.
int error_of(int child) {
  int error = 0;
  ssize_t got = 0;
  do got = read(child, &error, sizeof error);
  while (got < 0 && errno == EINTR);
  return got == sizeof error ? error : 0;
}

}  // namespace

Result<pid_t> run_noted(const std::string& program, const std::vector<std::string>& environment, int output,
                        const std::function<void(pid_t)>& note) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(fmt::format("cannot open a pair of sockets: {}", strerror(errno)));
  FileDescriptor ours(ends[0]), theirs(ends[1]);
  const std::array<char*, 2> arguments{const_cast<char*>(program.c_str()), nullptr};
  const std::vector<char*> variables = c_strings(environment);
  const pid_t pid = fork();
  if (pid < 0) return fail(strerror(errno));
  if (pid == 0) {
    close(ours.get());
    become(theirs.get(), output, arguments.data(), variables.data());
  }
  theirs = FileDescriptor();
  note(pid);
  static_cast<void>(!send(ours.get(), "g", 1, MSG_NOSIGNAL));
  if (const int error = error_of(ours.get()); error != 0) {
    wait_for_child(pid);
    return fail(strerror(error));
  }
  return pid;
}

}  // namespace slurmxx
