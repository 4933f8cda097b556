// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/options.h"

#include <cstdlib>

#include <fmt/format.h>

namespace slurmxx {
namespace {

constexpr const char* usage =
    "Usage: slurmd [OPTIONS]\n"
    "  -b          report the machine as just booted (for tests)\n"
    "  -c          start clean: end the steps that an earlier slurmd left\n"
    "  -C          print the hardware of this machine as a line for slurm.conf, and end\n"
    "  -d FILE     the slurmstepd to start\n"
    "  -D          stay in the foreground, log to standard error too\n"
    "  -f FILE     read FILE as slurm.conf\n"
    "  -G          print the generic resources of this node, and end\n"
    "  -L FILE     log to FILE\n"
    "  -M          keep slurmd's memory out of the swap space\n"
    "  -n VALUE    take this nice value\n"
    "  -N NODE     be this node (several slurmd on one machine); else the one of this host's name\n"
    "  -s          work in the folder of the log\n"
    "  -v          log more; may be repeated\n"
    "  -V          print the version\n"
    "  -h          print this\n";

constexpr int unsupported = 1000;
constexpr option long_options[] = {{"conf", required_argument, nullptr, unsupported},
                                   {"conf-server", required_argument, nullptr, unsupported},
                                   {"help", no_argument, nullptr, 'h'},
                                   {"verbose", no_argument, nullptr, 'v'},
                                   {"version", no_argument, nullptr, 'V'},
                                   {nullptr, 0, nullptr, 0}};

Status take_option(SlurmdAsked& asked, int letter, const char* value) {
  SlurmdOptions& options = asked.options;
  if (letter == 'b') options.rebooted = true;
  if (letter == 'c') options.clean = true;
  if (letter == 'C') asked.task = SlurmdTask::print_hardware;
  if (letter == 'd') options.stepd_path = value;
  if (letter == 'G') asked.task = SlurmdTask::print_gres;
  if (letter == 'M') options.lock_memory = true;
  if (letter == 'N') options.node_name = value;
  return take_daemon_option(options, letter, value, usage);
}

}  // namespace

Result<SlurmdAsked> read_slurmd_options(int argc, char** argv) {
  SlurmdAsked asked;
  const char* conf = std::getenv("SLURM_CONF");
  asked.options.conf = conf ? conf : "/etc/slurm/slurm.conf";
  TRY(read_daemon_line(argc, argv, {"bcCd:Df:F::GhL:Mn:N:svVZ", long_options, usage},
                       [&](int letter, const char* value, const char* word) -> Status {
                         if (letter == 'F' || letter == 'Z' || letter == unsupported)
                           return fail(fmt::format(
                               "{}: dynamic nodes and configurations from slurmctld are not in this version", word));
                         return take_option(asked, letter, value);
                       }));
  return asked;
}

}  // namespace slurmxx
