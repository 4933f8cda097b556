// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/options.h"

#include <cstdlib>

namespace slurmxx {
namespace {

constexpr const char* usage =
    "Usage: slurmctld [OPTIONS]\n"
    "  -c           start clean: forget all jobs and what was known of the nodes\n"
    "  -d           go into the background (the default)\n"
    "  -D           stay in the foreground, log to standard error too\n"
    "  --systemd    as -D; systemd is told when the daemon serves\n"
    "  -f FILE      read FILE as slurm.conf\n"
    "  -i           set a damaged state aside and begin without it\n"
    "  -L FILE      log to FILE\n"
    "  -n VALUE     take this nice value\n"
    "  -r, -R       recover the state; all of it is recovered always\n"
    "  -s           work in the folder of the log\n"
    "  -v           log more; may be repeated\n"
    "  -V           print the version\n"
    "  -h           print this\n";

Status take_option(SlurmctldOptions& options, int letter, const char* value) {
  if (letter == 'c') options.clean = true;
  if (letter == 'd') options.foreground = false;
  if (letter == 'i') options.ignore_damage = true;
  return take_daemon_option(options, letter, value, usage);
}

}  // namespace

Result<SlurmctldOptions> read_slurmctld_options(int argc, char** argv) {
  SlurmctldOptions options;
  const char* conf = std::getenv("SLURM_CONF");
  options.conf = conf ? conf : "/etc/slurm/slurm.conf";
  TRY(read_daemon_line(
      argc, argv, {"cdDf:hiL:n:rRsvV", daemon_long_options, usage},
      [&](int letter, const char* value, const char*) { return take_option(options, letter, value); }));
  return options;
}

}  // namespace slurmxx
