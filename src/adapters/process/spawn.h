// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A program as a child of this process, with default signals and none blocked: for what runs as we do, unlike a task
// (launcher.h). posix_spawn(3).
#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace slurmxx {

// With a null pointer at the end; as long as `texts` live.
std::vector<char*> c_strings(const std::vector<std::string>& texts);

class Spawn {
 public:
  enum class Session { ours, own };

  explicit Spawn(Session session);
  Spawn(const Spawn&) = delete;
  ~Spawn();

  void open(int fd, const char* path, int flags);  // in the child, before the program runs
  void give(int from, int to);                     // as dup2(2)
  // `arguments`: its name first. Error: why not, without the path.
  Result<pid_t> run(const std::string& path, const std::vector<std::string>& arguments, char* const* environment) const;

 private:
  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t files_;
};

// Until it has ended; the wait status (waitpid(2)).
int wait_for_child(pid_t pid);

}  // namespace slurmxx
