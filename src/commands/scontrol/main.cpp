// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol(1).
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

#include "cli/session.h"
#include "commands/scontrol/prompt.h"

extern char** environ;

namespace {

// A line that no terminal echoes is shown, so that the output reads as a transcript.
std::optional<std::string> read_prompt_line() {
  std::fflush(stdout);
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  if (::isatty(STDIN_FILENO) == 0) std::printf("%s\n", line.c_str());
  return line;
}

}  // namespace

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
