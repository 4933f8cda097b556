// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmstepd FOLDER: started by slurmd, never by hand; runs the step whose order is in the folder.
// slurmstepd --receive-files: what it starts, as the job's user, as the task of a broadcast.
#include <fcntl.h>
#include <malloc.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "adapters/step/file_receiver.h"
#include "adapters/step/fork_server.h"
#include "base/version.h"
#include "daemons/slurmstepd/stepd.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

std::string step_mark(const StepdOrder& order) {
  if (const auto* batch = std::get_if<LaunchBatch>(&order)) return fmt::format("[{}.batch] ", batch->job.job.value);
  const StepKey& key = std::get<LaunchStep>(order).key;
  return fmt::format("[{}.{}] ", key.job.value, to_string(key.step));
}

Status run_step(const std::string& folder, DaemonLog& log) {
  TRY_ASSIGN(const std::string bytes, read_whole(folder + "/launch"));
  TRY_ASSIGN(StepdLaunch launch, decode<StepdLaunch>(bytes));
  LogSettings settings{.program = "slurmstepd-" + launch.node_name, .file = launch.log_file};
  settings.time_format = launch.log_time_format;
  settings.mark = step_mark(launch.order);
  settings.level = static_cast<LogLevel>(launch.log_level);
  if (const Status opened = log.open(std::move(settings)); !opened) log.line("error: " + text_of(opened.error()));
  return Stepd(folder, std::move(launch), log).run();
}

// Descriptors 0 to 2 must be taken: a pipe that got one of their numbers would become a task's.
void hold_standard_streams() {
  int fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
  if (fd > STDERR_FILENO) close(fd);
}

int run_main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "-V") == 0) {
    fmt::print("slurm {}\n", version_text);
    return 0;
  }
  if (argc == 2 && std::strcmp(argv[1], "--receive-files") == 0) return receive_files(STDIN_FILENO, STDOUT_FILENO);
  const bool is_server = argc == 2 && std::string_view(argv[1]).starts_with(fork_server_option);
  if (argc != 2 || (argv[1][0] == '-' && !is_server) || fcntl(stepd_socket_fd, F_GETFD) < 0) {
    fmt::print(stderr, "slurmstepd: started by slurmd for each step; use srun or sbatch to run something\n");
    return 1;
  }
  hold_standard_streams();
  fcntl(stepd_socket_fd, F_SETFD, FD_CLOEXEC);
  std::signal(SIGPIPE, SIG_IGN);
  mallopt(M_TRIM_THRESHOLD, step_memory_kept);
  for (int number : {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2}) std::signal(number, SIG_IGN);
  if (sodium_init() < 0) return 1;
  const std::string folder = is_server ? serve_forks(argv) : argv[1];
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  DaemonLog log("slurmstepd");
  if (const Status done = run_step(folder, log); !done) {
    log.line("error: " + text_of(done.error()));
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace slurmxx

// What a step leaves is on disk; to take the program apart costs more than it is worth.
int main(int argc, char** argv) {
  const int status = slurmxx::run_main(argc, argv);
  std::fflush(nullptr);
  _exit(status);
}
