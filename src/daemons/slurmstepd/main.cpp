// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmstepd FOLDER: started by slurmd, never by hand; runs the step whose order is in the folder.
#include <fcntl.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "daemons/slurmstepd/stepd.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

Status run_step(const std::string& folder) {
  TRY_ASSIGN(const std::string bytes, read_whole(folder + "/launch"));
  TRY_ASSIGN(StepdLaunch launch, decode<StepdLaunch>(bytes));
  return Stepd(folder, std::move(launch)).run();
}

// Descriptors 0 to 2 must be taken: a pipe that got one of their numbers would become a task's.
void hold_standard_streams() {
  int fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
  if (fd > STDERR_FILENO) close(fd);
}

int run_main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "-V") == 0) {
    fmt::print("slurm 25.11.0-slurmxx{}\n", SLURMXX_VERSION);
    return 0;
  }
  if (argc != 2 || argv[1][0] == '-' || fcntl(stepd_socket_fd, F_GETFD) < 0) {
    fmt::print(stderr, "slurmstepd: started by slurmd for each step; use srun or sbatch to run something\n");
    return 1;
  }
  hold_standard_streams();
  fcntl(stepd_socket_fd, F_SETFD, FD_CLOEXEC);
  std::signal(SIGPIPE, SIG_IGN);
  for (int number : {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2}) std::signal(number, SIG_IGN);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (sodium_init() < 0) return 1;
  if (const Status done = run_step(argv[1]); !done) {
    fmt::print(stderr, "slurmstepd: error: {}\n", text_of(done.error()));
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main(argc, argv); }
