// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmdbd.conf lies beside slurm.conf, wherever SLURM_CONF says that is.
#include "daemons/slurmdbd/options.h"

#include <cstdlib>

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

}  // namespace

Result<DaemonOptions> read_slurmdbd_options(int argc, char** argv) {
  DaemonOptions options;
  options.conf = "/etc/slurm/slurmdbd.conf";
  if (const char* conf = std::getenv("SLURM_CONF")) {
    const std::string path = conf;
    const std::size_t slash = path.rfind('/');
    options.conf = (slash == std::string::npos ? "" : path.substr(0, slash + 1)) + "slurmdbd.conf";
  }
  TRY(read_daemon_line(
      argc, argv, {"Df:hn:svV", daemon_long_options, usage},
      [&](int letter, const char* value, const char*) { return take_daemon_option(options, letter, value, usage); }));
  return options;
}

}  // namespace slurmxx
