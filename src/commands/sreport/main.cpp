// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sreport(1).
#include <pwd.h>

#include "cli/prompt_line.h"
#include "cli/session.h"
#include "commands/sreport/run.h"

extern char** environ;

namespace {

// The comment of passwd(5), up to its first comma.
std::string proper_name(const std::string& user) {
  const passwd* entry = getpwnam(user.c_str());
  const std::string comment = entry && entry->pw_gecos ? entry->pw_gecos : "";
  return comment.substr(0, comment.find(','));
}

}  // namespace

int main(int argc, char** argv) {
  using namespace slurmxx;
  SreportOptions options;
  const Parsed parsed = read_sreport_options({argv + 1, argv + argc}, Environment(environ), options);
  if (parsed.early) return leave_early(*parsed.early);
  auto command = make_world();
  if (!command) return cannot_start("sreport", command.error());
  SocketDbdClient dbd(command->client->config(), command->client->conf_path());
  SreportWorld world{dbd, command->output, proper_name};
  if (!parsed.operands.empty()) return run_sreport(options, parsed.operands, world);
  return run_sreport_prompt(options, world, read_prompt_line);
}
