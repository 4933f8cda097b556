// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/options.h"

#include <cstdlib>

#include <fmt/format.h>

#include "adapters/process/command_line.h"
#include "base/version.h"

namespace slurmxx {
namespace {

constexpr const char* usage =
    "Usage: slurmctld [OPTIONS]\n"
    "  -c           start clean: forget all jobs and what was known of the nodes\n"
    "  -d           go into the background (the default)\n"
    "  -D           stay in the foreground, log to standard error too\n"
    "  -f FILE      read FILE as slurm.conf\n"
    "  -i           set a damaged state aside and begin without it\n"
    "  -L FILE      log to FILE\n"
    "  -n VALUE     take this nice value\n"
    "  -r, -R       recover the state; all of it is recovered always\n"
    "  -s           work in the folder of the log\n"
    "  -v           log more; may be repeated\n"
    "  -V           print the version\n"
    "  -h           print this\n";

constexpr option long_options[] = {{"help", no_argument, nullptr, 'h'},
                                   {"verbose", no_argument, nullptr, 'v'},
                                   {"version", no_argument, nullptr, 'V'},
                                   {nullptr, 0, nullptr, 0}};

Status take_option(SlurmctldAsked& asked, int letter, const char* value) {
  SlurmctldOptions& options = asked.options;
  if (letter == 'c') options.clean = true;
  if (letter == 'd') options.foreground = false;
  if (letter == 'D') options.foreground = true;
  if (letter == 'f') options.conf = value;
  if (letter == 'i') options.ignore_damage = true;
  if (letter == 'L') options.log_file = value;
  if (letter == 's') options.to_log_folder = true;
  if (letter == 'v') ++options.verbosity;
  if (letter == 'V') asked.print = fmt::format("slurm {}\n", version_text);
  if (letter == 'h') asked.print = usage;
  if (letter == 'n') {
    TRY_ASSIGN(options.nice, nice_value(value));
  }
  return {};
}

}  // namespace

Result<SlurmctldAsked> read_slurmctld_options(int argc, char** argv) {
  SlurmctldAsked asked;
  if (const char* conf = std::getenv("SLURM_CONF")) asked.options.conf = conf;
  TRY(read_daemon_line(argc, argv, {"cdDf:hiL:n:rRsvV", long_options, usage},
                       [&](int letter, const char* value, const char*) { return take_option(asked, letter, value); }));
  return asked;
}

}  // namespace slurmxx
