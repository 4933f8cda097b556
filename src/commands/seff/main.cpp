// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// seff JOB.
#include "cli/dbd_client.h"
#include "cli/session.h"
#include "commands/seff/run.h"

int main(int argc, char** argv) {
  using namespace slurmxx;
  SeffOptions options;
  const Parsed parsed = read_seff_options({argv + 1, argv + argc}, options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("seff", world.error());
  SocketDbdClient slurmdbd(world->client->config(), world->client->conf_path());
  return run_seff(options, slurmdbd, world->output);
}
