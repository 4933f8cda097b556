// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sdiag(1).
#include "cli/session.h"
#include "commands/sdiag/run.h"

extern char** environ;

int main(int argc, char** argv) {
  using namespace slurmxx;
  SdiagOptions options;
  const Parsed parsed = read_sdiag_options({argv + 1, argv + argc}, Environment(environ), options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("sdiag", world.error());
  return run_sdiag(options, *world->client, world->output);
}
