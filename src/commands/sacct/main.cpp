// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacct(1).
#include "cli/dbd_client.h"
#include "cli/session.h"
#include "cli/this_process.h"
#include "commands/sacct/completion.h"
#include "commands/sacct/run.h"

extern char** environ;

int main(int argc, char** argv) {
  using namespace slurmxx;
  SacctOptions options;
  const Parsed parsed = read_sacct_options({argv + 1, argv + argc}, Environment(environ), options);
  if (parsed.early) return leave_early(*parsed.early);
  if (!options.scope.completion_file.empty()) options.scope.completion = true;
  auto world = make_world();
  if (!world) return cannot_start("sacct", world.error());
  if (options.scope.completion && !options.output.list_fields) {
    std::string path = options.scope.completion_file;
    if (path.empty()) path = world->client->config().plugins.job_comp_location;
    const auto lines = read_whole_file(path.empty() ? "/var/log/slurm_jobcomp.log" : path);
    if (!lines) return world->output.error_line("sacct: error: " + text_of(lines.error())), 1;
    return print_completions(*lines, options, world->output);
  }
  SocketDbdClient slurmdbd(world->client->config(), world->client->conf_path());
  return run_sacct(options, slurmdbd, world->output);
}
