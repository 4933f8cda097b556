// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/local_scripts.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

namespace slurmxx {
namespace {

struct Call {
  std::string path;
  std::string context;
};

bool is_asked_for(const std::string& path) { return !path.empty() && path != "none"; }

std::vector<std::string> with_step(std::vector<std::string> environment, const StepKey& key, const Call& call) {
  environment.push_back(fmt::format("SLURM_STEP_ID={}", to_string(key.step)));
  environment.push_back(fmt::format("SLURM_STEPID={}", to_string(key.step)));
  environment.push_back("SLURM_SCRIPT_CONTEXT=" + call.context);
  return environment;
}

// Its exit status, 128 + N for a signal, 0 when it cannot be run at all, which is told.
int run(const Call& call, std::vector<std::string> environment, const Messages& messages) {
  if (access(call.path.c_str(), R_OK | X_OK) != 0) {
    messages.error("Access denied for {}: {}", call.path, strerror(errno));
    return 0;
  }
  std::vector<char*> variables;
  for (std::string& entry : environment) variables.push_back(entry.data());
  variables.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string path = call.path;
  char* arguments[] = {path.data(), nullptr};
  pid_t pid = 0;
  const int error = posix_spawn(&pid, arguments[0], nullptr, &attributes, arguments, variables.data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    messages.error("Unable to run {}: {}", call.path, strerror(error));
    return 0;
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  constexpr int signal_base = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
}

}  // namespace

bool run_local_prolog(const LocalScripts& scripts, const StepKey& key, const Messages& messages) {
  const Call call{scripts.prolog, "prolog_srun"};
  const int status = is_asked_for(call.path) ? run(call, with_step(scripts.environment, key, call), messages) : 0;
  if (status != 0) messages.error("srun prolog failed rc = {}. Aborting step.", status);
  return status == 0;
}

void run_local_epilog(const LocalScripts& scripts, const StepKey& key, const Messages& messages) {
  const Call call{scripts.epilog, "epilog_srun"};
  const int status = is_asked_for(call.path) ? run(call, with_step(scripts.environment, key, call), messages) : 0;
  if (status != 0) messages.error("srun epilog failed rc = {}", status);
}

}  // namespace slurmxx
