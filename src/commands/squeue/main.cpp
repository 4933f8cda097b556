// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// squeue(1).
#include <poll.h>

#include <cstdio>

#include "adapters/clock/clock.h"
#include "cli/session.h"
#include "commands/squeue/run.h"

extern char** environ;

int main(int argc, char** argv) {
  using namespace slurmxx;
  SqueueOptions options;
  const Parsed parsed = read_squeue_options({argv + 1, argv + argc}, Environment(environ), options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("squeue", world.error());
  while (true) {
    world->output.now = wall_now();
    const int exit_code = run_squeue(options, *world->client, world->output);
    if (!options.output.iterate) return exit_code;
    std::fflush(stdout);
    ::poll(nullptr, 0, static_cast<int>(*options.output.iterate * 1000));
  }
}
