// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol(1).
#include "cli/session.h"
#include "commands/scontrol/run.h"

extern char** environ;

int main(int argc, char** argv) {
  using namespace slurmxx;
  ScontrolOptions options;
  const Parsed parsed = read_scontrol_options({argv + 1, argv + argc}, Environment(environ), options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("scontrol", world.error());
  return run(options, parsed.operands, *world->client, world->output);
}
