// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/background.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

namespace slurmxx {

Result<Background> Background::enter() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(fmt::format("cannot open a pipe: {}", strerror(errno)));
  FileDescriptor ours(ends[0]);
  FileDescriptor theirs(ends[1]);
  const pid_t child = fork();
  if (child < 0) return fail(fmt::format("cannot go into the background: {}", strerror(errno)));
  if (child > 0) {
    theirs = FileDescriptor();
    char word = 0;
    ssize_t got = 0;
    do got = read(ours.get(), &word, 1);
    while (got < 0 && errno == EINTR);
    _exit(got == 1 ? 0 : 1);
  }
  setsid();
  Background background;
  background.parent_ = std::move(theirs);
  return background;
}

void tell_systemd() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (!path) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length > 1 && length < sizeof address.sun_path) {
    std::memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = 0;  // an abstract name
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const std::string text = fmt::format("READY=1\nMAINPID={}", getpid());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    static_cast<void>(
        !::sendto(socket.get(), text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address), size));
  }
  unsetenv("NOTIFY_SOCKET");
}

void Background::ready() {
  tell_systemd();
  if (!parent_) return;
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (null >= 0) dup2(null, fd);
  if (null > STDERR_FILENO) close(null);
  static_cast<void>(!write(parent_.get(), "k", 1));
  parent_ = FileDescriptor();
}

sigset_t daemon_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace slurmxx
