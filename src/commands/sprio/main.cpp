// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sprio(1).
#include "cli/session.h"
#include "commands/sprio/run.h"

extern char** environ;

int main(int argc, char** argv) {
  using namespace slurmxx;
  SprioOptions options;
  const Parsed parsed = read_sprio_options({argv + 1, argv + argc}, Environment(environ), options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("sprio", world.error());
  return run_sprio(options, *world->client, world->output);
}
