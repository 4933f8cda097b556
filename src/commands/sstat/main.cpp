// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sstat(1).
#include "cli/session.h"
#include "commands/sstat/run.h"

int main(int argc, char** argv) {
  using namespace slurmxx;
  SstatOptions options;
  const Parsed parsed = read_sstat_options({argv + 1, argv + argc}, options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("sstat", world.error());
  return run_sstat(options, *world->client, world->output);
}
