// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One packet a step: the folder, and the listening socket beside it (SCM_RIGHTS).
#include "adapters/step/fork_server.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "adapters/process/spawn.h"
#include "adapters/step/passed_descriptor.h"
#include "adapters/step/step_folder.h"

extern char** environ;

namespace slurmxx {
namespace {

constexpr std::size_t folder_bytes_max = 4096;

// proc(5), /proc/pid/cmdline: the memory of the arguments. To shorten it takes CAP_SYS_RESOURCE; else zeros follow.
void take_title(char* room, const std::string& folder) {
  std::memset(room, 0, std::strlen(room));
  folder.copy(room, folder_bytes_max - 1);
  prctl(PR_SET_MM, PR_SET_MM_ARG_END, room + std::min(folder.size(), folder_bytes_max - 1) + 1, 0, 0);
}

}  // namespace

Status ForkServer::start(const std::string& program, bool quiet) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(fmt::format("cannot make a socket pair: {}", strerror(errno)));
  FileDescriptor ours(ends[0]);
  fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  const FileDescriptor theirs(ends[1]);
  // dup2 of a descriptor onto itself would leave it close-on-exec: it comes from above.
  const FileDescriptor handed(fcntl(theirs.get(), F_DUPFD_CLOEXEC, stepd_socket_fd + 1));
  if (!handed) return fail(fmt::format("cannot hand a socket to slurmstepd: {}", strerror(errno)));
  Spawn spawn(Spawn::Session::own);
  spawn.give(handed.get(), stepd_socket_fd);
  spawn.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  if (quiet)
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) spawn.open(fd, "/dev/null", O_WRONLY);
  std::string option = fork_server_option;
  option.resize(folder_bytes_max, ' ');  // room for a title
  const auto pid = spawn.run(program, {"slurmstepd", option}, environ);
  if (!pid) return fail(fmt::format("{}: {}", program, pid.error().message));
  socket_ = std::move(ours);
  return {};
}

Status ForkServer::fork_for(const std::string& folder, int listener) {
  if (!socket_) return fail(Errc::communication, "no fork server");
  if (folder.size() >= folder_bytes_max) return fail("the path is too long");
  const Status sent = send_with_descriptor(socket_.get(), folder, listener);
  if (!sent) stop();
  return sent;
}

std::string serve_forks(char** argv) {
  std::signal(SIGCHLD, SIG_IGN);  // whoever ends is reaped
  while (true) {
    auto packet = receive_with_descriptor(stepd_socket_fd, folder_bytes_max);
    if (!packet || !packet->passed) _exit(0);
    if (fork() != 0) continue;
    std::signal(SIGCHLD, SIG_DFL);
    setsid();
    dup2(packet->passed.get(), stepd_socket_fd);
    take_title(argv[1], packet->bytes);
    return packet->bytes;
  }
}

}  // namespace slurmxx
