// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A slurmstepd that runs no step but forks itself for each: that costs a fraction of an execve(2) with all that a
// program does to get ready. slurmd holds the only socket to it, and it ends when that closes; the steps that it forked
// go on, as if slurmd had started them. A fork server that is gone is no fault: slurmd executes slurmstepd then.
#pragma once

#include <string>

#include "adapters/net/file_descriptor.h"
#include "base/result.h"

namespace slurmxx {

inline constexpr const char* fork_server_option = "--fork-server";

// slurmd's side.
class ForkServer {
 public:
  // Executes `program`, a slurmstepd. With `quiet` it has no standard output and error.
  Status start(const std::string& program, bool quiet);
  bool running() const { return static_cast<bool>(socket_); }
  void stop() { socket_ = FileDescriptor(); }
  // A slurmstepd for the folder, with the listening socket as its own. Error: the server is gone, nothing runs.
  Status fork_for(const std::string& folder, int listener);

 private:
  FileDescriptor socket_;
};

// slurmstepd's side, with the socket at stepd_socket_fd. Returns in each forked process, with the folder and with the
// listening socket at stepd_socket_fd; ends the server's own process. The title of the process becomes what it would be
// had it been executed: `argv[1]` has room for that.
std::string serve_forks(char** argv);

}  // namespace slurmxx
