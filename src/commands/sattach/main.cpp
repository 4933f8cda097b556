// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sattach(1).
#include <malloc.h>
#include <sys/signalfd.h>

#include <csignal>
#include <optional>

#include "cli/session.h"
#include "commands/sattach/attach_client.h"
#include "commands/srun/allocation.h"
#include "commands/srun/terminal.h"

extern char** environ;

namespace slurmxx {
namespace {

// Read, not handled: a raw terminal is put back before sattach ends.
FileDescriptor ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return FileDescriptor(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

Result<StepReply> step_to_attach(ControllerClient& client, const SattachOptions& options, const Messages& messages) {
  if (options.job.leader) TRY(jobs_of_name(client, options.job, messages));  // "12+1": is there such a component?
  return ask<StepReply>(client, AttachRequest{options.job.job, options.step}, messages);
}

int run_main(const std::vector<std::string>& arguments) {
  SattachOptions options;
  const Parsed parsed = read_sattach_options({arguments.begin() + 1, arguments.end()}, Environment(environ), options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("sattach", world.error());
  std::signal(SIGPIPE, SIG_IGN);
  mallopt(M_TRIM_THRESHOLD, step_memory_kept);
  Messages messages("sattach");
  messages.set_verbosity(options.verbose, options.quiet);
  const auto step = step_to_attach(*world->client, options, messages);
  if (!step) {
    messages.error("Could not get job step info: {}", text_of(step.error()));
    return 1;
  }
  const FileDescriptor signals = ending_signals();
  SystemRandom random;
  const Millis patience(world->client->config().timeouts.message_timeout.value * 1000);
  AttachPorts ports{[patience](const NodeAddress& node) { return connect_to_node(node, patience); }, random, messages};
  ports.signal_fd = signals.get();
  std::optional<RawTerminal> raw;
  if (options.pty) raw.emplace(ports.input_fd);
  return AttachClient(*step, options, std::move(ports)).run();
}

}  // namespace
}  // namespace slurmxx

int main(int argc, char** argv) { return slurmxx::run_main({argv, argv + argc}); }
