// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sbatch(1).
#include "adapters/clock/clock.h"
#include "adapters/time_zone.h"
#include "cli/gres_options.h"
#include "cli/session.h"
#include "cli/this_process.h"
#include "commands/sbatch/run.h"

extern char** environ;

int main(int argc, char** argv) {
  using namespace slurmxx;
  const std::vector<std::string> arguments(argv, argv + argc);
  const Environment environment(environ);
  const LocalTimeZone zone;
  SbatchInput input{{arguments.begin() + 1, arguments.end()}, environment, wall_now(), &zone, {}};
  input.read_script = [](const std::string& path) {
    return path.empty() ? read_standard_input() : read_whole_file(path);
  };
  SbatchStart start = read_sbatch_options(input);
  if (start.early) return leave_early(*start.early);
  auto world = make_world();
  if (!world) return cannot_start("sbatch", world.error());
  SubmitContext context = this_process(arguments);
  take_site(world->client->config(), context);
  if (const auto help = gres_help(start.options.job, context.gres_types)) return leave_early(*help);
  const auto& slurm_user = world->client->config().identity.slurm_user;
  if (const Status mine = take_identity(start.options.job.naming, slurm_user, context); !mine)
    return leave_early(bad_identity(sbatch_info, mine.error()));
  if (!start.options.job.files.propagate) {
    auto limits = limits_of_site(context.limits, world->client->config().launch);
    if (!limits) return cannot_start("sbatch", limits.error());
    context.limits = std::move(*limits);
  }
  return run_sbatch({start, std::move(context), environment}, *world->client, world->output);
}
