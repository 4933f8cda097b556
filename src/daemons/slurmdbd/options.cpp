// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmdbd.conf lies beside slurm.conf, wherever SLURM_CONF says that is.
#include "daemons/slurmdbd/options.h"

#include <cstdlib>

#include <fmt/format.h>

#include "adapters/process/command_line.h"
#include "base/version.h"

namespace slurmxx {
namespace {

constexpr const char* usage =
    "Usage: slurmdbd [OPTIONS]\n"
    "  -D        stay in the foreground, log to standard error too\n"
    "  -f FILE   read FILE; without it slurmdbd.conf beside SLURM_CONF, or in /etc/slurm\n"
    "  -n VALUE  take this nice value\n"
    "  -s        work in the folder of the log\n"
    "  -v        log more; may be repeated\n"
    "  -V        print the version\n"
    "  -h        print this\n";

constexpr option long_options[] = {{"help", no_argument, nullptr, 'h'},
                                   {"verbose", no_argument, nullptr, 'v'},
                                   {"version", no_argument, nullptr, 'V'},
                                   {nullptr, 0, nullptr, 0}};

Status take_option(SlurmdbdAsked& asked, int letter, const char* value) {
  SlurmdbdOptions& options = asked.options;
  if (letter == 'D') options.foreground = true;
  if (letter == 'f') options.conf = value;
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

Result<SlurmdbdAsked> read_slurmdbd_options(int argc, char** argv) {
  SlurmdbdAsked asked;
  if (const char* conf = std::getenv("SLURM_CONF")) {
    const std::string path = conf;
    const std::size_t slash = path.rfind('/');
    asked.options.conf = (slash == std::string::npos ? "" : path.substr(0, slash + 1)) + "slurmdbd.conf";
  }
  TRY(read_daemon_line(argc, argv, {"Df:hn:svV", long_options, usage},
                       [&](int letter, const char* value, const char*) { return take_option(asked, letter, value); }));
  return asked;
}

}  // namespace slurmxx
