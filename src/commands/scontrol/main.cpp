// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol(1).
#include "cli/prompt_line.h"
#include "cli/session.h"
#include "commands/scontrol/prompt.h"

extern char** environ;

int main(int argc, char** argv) {
  using namespace slurmxx;
  ScontrolOptions options;
  const Parsed parsed = read_scontrol_options({argv + 1, argv + argc}, Environment(environ), options);
  if (parsed.early) return leave_early(*parsed.early);
  auto world = make_world();
  if (!world) return cannot_start("scontrol", world.error());
  if (!parsed.operands.empty()) return run(options, parsed.operands, *world->client, world->output);
  return run_prompt(options, *world->client, world->output, [] { return read_prompt_line(); });
}
