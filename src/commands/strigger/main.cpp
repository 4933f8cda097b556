// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// strigger(1).
#include "cli/session.h"
#include "commands/strigger/run.h"

int main(int argc, char** argv) {
  using namespace slurmxx;
  StriggerOptions options;
  const Parsed parsed = read_strigger_options({argv + 1, argv + argc}, options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("strigger", world.error());
  return run_strigger(options, *world->client, world->output);
}
