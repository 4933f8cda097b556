// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/local_scripts.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "adapters/process/spawn.h"

namespace slurmxx {
namespace {

struct Call {
  std::string path;
  std::string context;
};

std::vector<std::string> with_step(std::vector<std::string> environment, const StepKey& key, const Call& call) {
  environment.push_back(fmt::format("SLURM_STEP_ID={}", to_string(key.step)));
  environment.push_back(fmt::format("SLURM_STEPID={}", to_string(key.step)));
  environment.push_back("SLURM_SCRIPT_CONTEXT=" + call.context);
  return environment;
}

// Its exit status, 128 + N for a signal, 0 when none is asked for or it cannot be run at all, which is told.
int run(const Call& call, const LocalScripts& scripts, const StepKey& key, const Messages& messages) {
  if (call.path.empty() || call.path == "none") return 0;
  if (access(call.path.c_str(), R_OK | X_OK) != 0) {
    messages.error("Access denied for {}: {}", call.path, strerror(errno));
    return 0;
  }
  const std::vector<std::string> environment = with_step(scripts.environment, key, call);
  const auto pid = Spawn(Spawn::Session::ours).run(call.path, {call.path}, c_strings(environment).data());
  if (!pid) {
    messages.error("Unable to run {}: {}", call.path, pid.error().message);
    return 0;
  }
  const int status = wait_for_child(*pid);
  constexpr int signal_base = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
}

}  // namespace

bool run_local_prolog(const LocalScripts& scripts, const StepKey& key, const Messages& messages) {
  const int status = run({scripts.prolog, "prolog_srun"}, scripts, key, messages);
  if (status != 0) messages.error("srun prolog failed rc = {}. Aborting step.", status);
  return status == 0;
}

void run_local_epilog(const LocalScripts& scripts, const StepKey& key, const Messages& messages) {
  const int status = run({scripts.epilog, "epilog_srun"}, scripts, key, messages);
  if (status != 0) messages.error("srun epilog failed rc = {}", status);
}

}  // namespace slurmxx
