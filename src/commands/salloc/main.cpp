// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// salloc(1).
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <spawn.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <initializer_list>

#include "adapters/clock/clock.h"
#include "adapters/net/file_descriptor.h"
#include "cli/gres_options.h"
#include "cli/session.h"
#include "cli/this_process.h"
#include "commands/salloc/revocation.h"
#include "commands/salloc/run.h"
#include "core/text/words.h"

extern char** environ;

namespace slurmxx {
namespace {

sigset_t set_of(std::initializer_list<int> numbers) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : numbers) sigaddset(&signals, number);
  return signals;
}

sigset_t our_signals() { return set_of({SIGINT, SIGTERM, SIGHUP, SIGQUIT}); }

// They end whom they reach, and an allocation that nobody gives back stays.
sigset_t ignored_signals() { return set_of({SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM}); }

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

// For --uid and --gid, when the allocation is there: the command runs as the job's owner, and so do we from then on.
Status become(const JobOwner& owner) {
  std::vector<gid_t> groups;
  for (Gid group : owner.groups) groups.push_back(group.value);
  const bool done =
      setgroups(groups.size(), groups.data()) == 0 && setgid(owner.gid.value) == 0 && setuid(owner.uid.value) == 0;
  if (!done) return fail(fmt::format("cannot become {}: {}", owner.user_name, std::strerror(errno)));
  return {};
}

// 128 and the signal's number for a command that a signal ended.
int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  constexpr int signal_base = 128;
  return WIFSIGNALED(status) ? signal_base + WTERMSIG(status) : WEXITSTATUS(status);
}

// The terminal is gone: so is the command, unless it insists.
void hang_up(pid_t pid, int pidfd) {
  kill(pid, SIGHUP);
  kill(pid, SIGCONT);
  constexpr int patience_ms = 2000;
  pollfd end{pidfd, POLLIN, 0};
  poll(&end, 1, patience_ms);
}

// Until the command is over, which is not reaped: its number stays its own. What it makes of signals is its own affair,
// but for SIGHUP: then false, and it may still run.
bool attend(pid_t pid, int signal_fd) {
  const FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  const auto until_over = [pid] {
    siginfo_t ended{};
    while (waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    return true;
  };
  if (!pidfd) return until_over();
  for (;;) {
    pollfd events[] = {{pidfd.get(), POLLIN, 0}, {signal_fd, POLLIN, 0}};
    if (poll(events, 2, -1) < 0 && errno != EINTR) return until_over();
    if (events[0].revents != 0) return true;
    signalfd_siginfo info{};
    const bool got = events[1].revents != 0 && read(signal_fd, &info, sizeof info) == ssize_t{sizeof info};
    if (got && info.ssi_signo == SIGHUP) return hang_up(pid, pidfd.get()), false;
  }
}

// In our process group, so that the terminal is the command's: Ctrl-C reaches it, and we wait for what it makes of it.
Result<CommandEnd> run_command(int signal_fd, const AllocatedCommand& command, const Messages& messages) {
  std::vector<char*> argv = pointers(command.arguments);
  std::vector<char*> envp = pointers(command.environment);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv[0], nullptr, &attributes, argv.data(), envp.data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return fail(std::strerror(error));
  Revocation revocation(command.job, pid, command.kill_signal, messages);
  const bool over = attend(pid, signal_fd);
  const bool revoked = revocation.stop();
  return CommandEnd{over ? wait_for(pid) : 1, revoked};
}

// --chdir; empty: here.
Result<CommandEnd> run_in_folder(const std::string& folder, const std::pair<int, const Messages&>& world,
                                 const AllocatedCommand& command) {
  if (!folder.empty() && chdir(folder.c_str()) != 0)
    return fail(fmt::format("cannot change to {}: {}", folder, std::strerror(errno)));
  return run_command(world.first, command, world.second);
}

// LaunchParameters=use_interactive_step: the shell runs in a step on the first node. Empty: a shell here.
std::vector<std::string> interactive_step(const LaunchSettings& launch, const Environment& environment) {
  const auto& words = launch.launch_parameters;
  const bool wanted = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return equal_ignoring_case(word, "use_interactive_step");
  });
  if (!wanted) return {};
  std::vector<std::string> command = interactive_arguments(launch.interactive_step_options, environment);
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "srun";
  command.insert(command.begin(), here.string());
  return command;
}

int run_main(const std::vector<std::string>& arguments) {
  const Environment environment(environ);
  const LocalTimeZone zone;
  SallocOptions defaults;
  defaults.job.now = wall_now();
  defaults.job.zone = &zone;
  const SallocStart start = read_salloc_options({arguments.begin() + 1, arguments.end()}, environment, defaults);
  if (start.early) return leave_early(*start.early);
  auto world = make_world();
  if (!world) return cannot_start("salloc", world.error());
  const sigset_t signals = our_signals();
  const sigset_t ignored = ignored_signals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  sigprocmask(SIG_BLOCK, &ignored, nullptr);
  const FileDescriptor signal_fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  world->client->interrupt_by(signal_fd.get());
  Messages messages("salloc");
  messages.set_verbosity(static_cast<int>(start.options.job.handling.verbose), start.options.job.handling.quiet);
  const std::string& cluster = world->client->config().identity.cluster_name;
  SallocContext context{this_process(arguments), environment, {cluster, world->client->conf_path()}, {}, {}};
  context.interactive_step = interactive_step(world->client->config().launch, environment);
  context.run_command = [fd = signal_fd.get(), &messages, &start](const AllocatedCommand& command) {
    return run_in_folder(start.options.job.files.chdir, {fd, messages}, command);
  };
  take_site(world->client->config(), context.submit);
  if (const auto help = gres_help(start.options.job, context.submit.gres_types)) return leave_early(*help);
  context.submit.default_name = "interactive";
  const auto& slurm_user = world->client->config().identity.slurm_user;
  if (const Status mine = take_identity(start.options.job.naming, slurm_user, context.submit); !mine)
    return leave_early(bad_identity(salloc_info, mine.error()));
  if (context.submit.for_owner)
    context.run_command = [run = context.run_command,
                           &owner = context.submit.owner](const AllocatedCommand& command) -> Result<CommandEnd> {
      TRY(become(owner));
      return run(command);
    };
  return run_salloc(*world->client, start, context, messages);
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main({argv, argv + argc}); }
