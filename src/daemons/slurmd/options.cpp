// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/options.h"

#include <getopt.h>

#include <cstdlib>

#include <fmt/format.h>

#include "base/version.h"
#include "core/text/words.h"

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

void take_switch(SlurmdAsked& asked, int letter) {
  SlurmdOptions& options = asked.options;
  if (letter == 'b') options.rebooted = true;
  if (letter == 'c') options.clean = true;
  if (letter == 'C') asked.task = SlurmdTask::print_hardware;
  if (letter == 'D') options.foreground = true;
  if (letter == 'G') asked.task = SlurmdTask::print_gres;
  if (letter == 'M') options.lock_memory = true;
  if (letter == 's') options.to_log_folder = true;
  if (letter == 'v') ++options.verbosity;
  if (letter == 'V') asked.print = fmt::format("slurm {}\n", version_text);
  if (letter == 'h') asked.print = usage;
}

Status take_value(SlurmdOptions& options, int letter, const char* value) {
  if (letter == 'd') options.stepd_path = value;
  if (letter == 'f') options.conf = value;
  if (letter == 'L') options.log_file = value;
  if (letter == 'N') options.node_name = value;
  if (letter == 'n') {
    const auto nice = parse_integer(value, {-20, 19});
    if (!nice) return fail(fmt::format("-n {}: a nice value is from -20 to 19", value));
    options.nice = static_cast<int>(*nice);
  }
  return {};
}

}  // namespace

Result<SlurmdAsked> read_slurmd_options(int argc, char** argv) {
  SlurmdAsked asked;
  if (const char* conf = std::getenv("SLURM_CONF")) asked.options.conf = conf;
  opterr = 0;
  int letter = 0;
  while ((letter = getopt_long(argc, argv, ":bcCd:Df:F::GhL:Mn:N:svVZ", long_options, nullptr)) != -1) {
    if (letter == ':') return fail(fmt::format("{} needs a value\n{}", argv[optind - 1], usage));
    if (letter == '?') return fail(fmt::format("{}: no such option\n{}", argv[optind - 1], usage));
    if (letter == 'F' || letter == 'Z' || letter == unsupported)
      return fail(
          fmt::format("{}: dynamic nodes and configurations from slurmctld are not in this version", argv[optind - 1]));
    if (optarg != nullptr)
      TRY(take_value(asked.options, letter, optarg));
    else
      take_switch(asked, letter);
  }
  if (optind < argc) return fail(fmt::format("{}: no argument is wanted here\n{}", argv[optind], usage));
  return asked;
}

}  // namespace slurmxx
