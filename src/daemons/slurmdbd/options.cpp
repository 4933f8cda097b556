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
    "  --systemd as -D; systemd is told when the daemon serves\n"
    "  -f FILE   read FILE; without it slurmdbd.conf beside SLURM_CONF, or in /etc/slurm\n"
    "  -n VALUE  take this nice value\n"
    "  -s        work in the folder of the log\n"
    "  -v        log more; may be repeated\n"
    "  -V        print the version\n"
    "  -h        print this\n"
    "  --verify-audit  look whether the audit trail is whole, say what is found, and end\n";

constexpr int verify_audit = 1000;
constexpr option long_options[] = {{"help", no_argument, nullptr, 'h'},
                                   {"systemd", no_argument, nullptr, 'D'},
                                   {"verbose", no_argument, nullptr, 'v'},
                                   {"version", no_argument, nullptr, 'V'},
                                   {"verify-audit", no_argument, nullptr, verify_audit},
                                   {nullptr, 0, nullptr, 0}};

}  // namespace

Result<DbdOptions> read_slurmdbd_options(int argc, char** argv) {
  DbdOptions options;
  options.conf = "/etc/slurm/slurmdbd.conf";
  if (const char* conf = std::getenv("SLURM_CONF")) {
    const std::string path = conf;
    const std::size_t slash = path.rfind('/');
    options.conf = (slash == std::string::npos ? "" : path.substr(0, slash + 1)) + "slurmdbd.conf";
  }
  TRY(read_daemon_line(argc, argv, {"Df:hn:svV", long_options, usage},
                       [&](int letter, const char* value, const char*) -> Status {
                         if (letter != verify_audit) return take_daemon_option(options, letter, value, usage);
                         options.verify_audit = true;
                         return {};
                       }));
  return options;
}

}  // namespace slurmxx
