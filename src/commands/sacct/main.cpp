// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacct(1).
#include "cli/dbd_client.h"
#include "cli/session.h"
#include "commands/sacct/run.h"

extern char** environ;

int main(int argc, char** argv) {
  using namespace slurmxx;
  SacctOptions options;
  const Parsed parsed = read_sacct_options({argv + 1, argv + argc}, Environment(environ), options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("sacct", world.error());
  SocketDbdClient slurmdbd(world->client->config(), world->client->conf_path());
  return run_sacct(options, slurmdbd, world->output);
}
