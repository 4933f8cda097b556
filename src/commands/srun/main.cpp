// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// srun(1).
#include <malloc.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "adapters/clock/clock.h"
#include "adapters/net/acceptor.h"
#include "cli/gres_options.h"
#include "cli/session.h"
#include "cli/this_process.h"
#include "commands/srun/het_groups.h"
#include "commands/srun/mpi_type.h"
#include "commands/srun/run.h"
#include "core/text/words.h"

extern char** environ;

namespace slurmxx {
namespace {

// Signals are read, not handled: the loop of the step looks at them when it can act.
FileDescriptor readable_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH})
    sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return FileDescriptor(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

// slurmxx-pmix knows whether libpmix is here, and says on standard error why not.
PmixFound find_pmix() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string path = (self.parent_path().parent_path() / "libexec/slurmxx/slurmxx-pmix").string();
  PmixFound found;
  found.program = access(path.c_str(), X_OK) == 0;
  std::FILE* said = found.program ? popen(fmt::format("'{}' --library", path).c_str(), "r") : nullptr;
  if (said == nullptr) return found;
  std::array<char, 64> line{};
  if (std::fgets(line.data(), line.size(), said) != nullptr) found.version = trim(line.data());
  pclose(said);
  return found;
}

int list_mpi() {
  std::fputs(mpi_list(find_pmix()).c_str(), stdout);
  return 0;
}

// What the site and the options together say.
Status fill_context(const SrunOptions& options, const ClusterConfig& config, SrunContext& context) {
  TRY_ASSIGN(context.mpi, mpi_type(options.step.mpi, config.launch.mpi_default));
  context.kill_on_bad_exit = config.jobs.kill_on_bad_exit;
  context.kill_wait = config.timeouts.kill_wait;
  take_site(config, context.submit);
  context.bcast = {parse_bcast_parameters(config.launch.bcast_parameters), config.launch.bcast_exclude,
                   config.timeouts.message_timeout};
  context.site_prolog = config.launch.srun_prolog;
  context.site_epilog = config.launch.srun_epilog;
  const std::optional<std::string>& propagate = options.job.files.propagate;
  TRY_ASSIGN(context.submit.limits, propagate ? propagated_limits(context.submit.limits, propagate)
                                              : limits_of_site(context.submit.limits, config.launch));
  const std::string program = options.command.empty() ? "" : options.command.front();
  context.submit.default_name = program.substr(program.rfind('/') + 1);
  return {};
}

int run_main(const std::vector<std::string>& arguments) {
  const Environment environment(environ);
  const LocalTimeZone zone;
  SrunOptions defaults;
  defaults.job.now = wall_now();
  defaults.job.zone = &zone;
  const SrunStart start = read_srun_options({arguments.begin() + 1, arguments.end()}, environment, defaults);
  if (start.early) return leave_early(*start.early);
  if (start.options.step.mpi == "list") return list_mpi();
  auto world = make_world();
  if (!world) return cannot_start("srun", world.error());
  std::signal(SIGPIPE, SIG_IGN);
  mallopt(M_TRIM_THRESHOLD, step_memory_kept);
  const FileDescriptor signals = readable_signals();
  world->client->interrupt_by(signals.get());
  Messages messages("srun");
  messages.set_verbosity(static_cast<int>(start.options.job.handling.verbose), start.options.job.handling.quiet);
  const ClusterConfig& config = world->client->config();
  if (const auto help = gres_help(start.options.job, config.scheduling.gres_types)) return leave_early(*help);
  SrunContext context{this_process(arguments),
                      component_environment(environment, 0),
                      {config.identity.cluster_name, world->client->conf_path()}};
  if (const Status filled = fill_context(start.options, config, context); !filled)
    return cannot_start("srun", filled.error());
  const auto& slurm_user = config.identity.slurm_user;
  if (const Status mine = take_identity(start.options.job.naming, slurm_user, context.submit); !mine)
    return leave_early(bad_identity(srun_info, mine.error()));
  SystemRandom random;
  const Millis patience(config.timeouts.message_timeout.value * 1000);
  StepClientPorts ports{[patience](const NodeAddress& node) { return connect_to_node(node, patience); }, random,
                        messages};
  ports.signal_fd = signals.get();
  raise_descriptor_limit();  // one a node; what the tasks get was read before
  context.tree_width = start.options.step.tree_width.value_or(config.launch.tree_width);
  context.attach_patience = config.timeouts.message_timeout;
  return run_srun(*world->client, start.parts, context, std::move(ports));
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main({argv, argv + argc}); }
