// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/spawn.h"

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

namespace slurmxx {

std::vector<char*> c_strings(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

Spawn::Spawn(Session session) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_init(&attributes_);
  posix_spawnattr_setsigmask(&attributes_, &none);
  posix_spawnattr_setsigdefault(&attributes_, &all);
  const int own = session == Session::own ? POSIX_SPAWN_SETSID : 0;
  posix_spawnattr_setflags(&attributes_, static_cast<short>(own | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  posix_spawn_file_actions_init(&files_);
}

Spawn::~Spawn() {
  posix_spawn_file_actions_destroy(&files_);
  posix_spawnattr_destroy(&attributes_);
}

void Spawn::open(int fd, const char* path, int flags) { posix_spawn_file_actions_addopen(&files_, fd, path, flags, 0); }

void Spawn::give(int from, int to) { posix_spawn_file_actions_adddup2(&files_, from, to); }

Result<pid_t> Spawn::run(const std::string& path, const std::vector<std::string>& arguments,
                         char* const* environment) const {
  pid_t pid = 0;
  const int error = posix_spawn(&pid, path.c_str(), &files_, &attributes_, c_strings(arguments).data(), environment);
  if (error != 0) return fail(strerror(error));
  return pid;
}

int wait_for_child(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace slurmxx
