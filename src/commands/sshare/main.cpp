// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sshare(1).
#include "cli/session.h"
#include "commands/sshare/run.h"

extern char** environ;

int main(int argc, char** argv) {
  using namespace slurmxx;
  SshareOptions options;
  const Parsed parsed = read_sshare_options({argv + 1, argv + argc}, Environment(environ), options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("sshare", world.error());
  return run_sshare(options, *world->client, world->output);
}
