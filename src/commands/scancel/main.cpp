// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scancel(1).
#include "cli/session.h"
#include "commands/scancel/run.h"

extern char** environ;

int main(int argc, char** argv) {
  using namespace slurmxx;
  ScancelOptions options;
  const Parsed parsed = read_scancel_options({argv + 1, argv + argc}, Environment(environ), options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("scancel", world.error());
  Messages messages("scancel");
  messages.set_verbosity(options.verbose, options.quiet);
  return run_scancel(options, *world->client, world->output, messages);
}
