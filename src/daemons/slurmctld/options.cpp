// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/options.h"

#include <getopt.h>

#include <cstdlib>

#include <fmt/format.h>

#include "base/version.h"
#include "core/text/words.h"

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
    const auto nice = parse_integer(value, {-20, 19});
    if (!nice) return fail(fmt::format("-n {}: a nice value is from -20 to 19", value));
    options.nice = static_cast<int>(*nice);
  }
  return {};
}

}  // namespace

Result<SlurmctldAsked> read_slurmctld_options(int argc, char** argv) {
  SlurmctldAsked asked;
  if (const char* conf = std::getenv("SLURM_CONF")) asked.options.conf = conf;
  opterr = 0;
  int letter = 0;
  while ((letter = getopt_long(argc, argv, ":cdDf:hiL:n:rRsvV", long_options, nullptr)) != -1) {
    if (letter == ':') return fail(fmt::format("-{} needs a value\n{}", static_cast<char>(optopt), usage));
    if (letter == '?') return fail(fmt::format("{}: no such option\n{}", argv[optind - 1], usage));
    TRY(take_option(asked, letter, optarg));
  }
  if (optind < argc) return fail(fmt::format("{}: no argument is wanted here\n{}", argv[optind], usage));
  return asked;
}

}  // namespace slurmxx
