// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmd/options.h"

#include <cstdlib>

namespace slurmxx {
namespace {

constexpr const char* usage =
    "Usage: slurmd [OPTIONS]\n"
    "  -b          report the machine as just booted (for tests)\n"
    "  -c          start clean: end the steps that an earlier slurmd left\n"
    "  -C          print the hardware of this machine as a line for slurm.conf, and end\n"
    "  -d FILE     the slurmstepd to start\n"
    "  -D          stay in the foreground, log to standard error too\n"
    "  --systemd   as -D; systemd is told when the daemon serves\n"
    "  -F[FEATURE] be a node of State=FUTURE whose layout this machine has, and this feature\n"
    "  -f FILE     read FILE as slurm.conf\n"
    "  -G          print the generic resources of this node, and end\n"
    "  -L FILE     log to FILE\n"
    "  -M          keep slurmd's memory out of the swap space\n"
    "  -n VALUE    take this nice value\n"
    "  -N NODE     be this node (several slurmd on one machine); else the one of this host's name\n"
    "  -s          work in the folder of the log\n"
    "  -v          log more; may be repeated\n"
    "  -Z          be a node that slurm.conf does not have; its name is this host's, or that of -N\n"
    "  --conf KEYS of -Z: KEY=VALUE ... as on a NodeName line\n"
    "  --extra TEXT what this node's Extra says, a JSON object mostly\n"
    "  --instance-id ID, --instance-type TYPE\n"
    "              what the machine is called by the cloud that it is of\n"
    "  -V          print the version\n"
    "  -h          print this\n";

constexpr int unsupported = 1000;
constexpr int own_conf = 1001;
constexpr int extra = 1002;
constexpr int instance_id = 1003;
constexpr int instance_type = 1004;
constexpr option long_options[] = {{"conf", required_argument, nullptr, own_conf},
                                   {"conf-server", required_argument, nullptr, unsupported},
                                   {"extra", required_argument, nullptr, extra},
                                   {"help", no_argument, nullptr, 'h'},
                                   {"instance-id", required_argument, nullptr, instance_id},
                                   {"instance-type", required_argument, nullptr, instance_type},
                                   {"systemd", no_argument, nullptr, 'D'},
                                   {"verbose", no_argument, nullptr, 'v'},
                                   {"version", no_argument, nullptr, 'V'},
                                   {nullptr, 0, nullptr, 0}};

Status take_option(SlurmdAsked& asked, int letter, const char* value) {
  SlurmdOptions& options = asked.options;
  if (letter == 'b') options.rebooted = true;
  if (letter == 'c') options.clean = true;
  if (letter == 'C') asked.task = SlurmdTask::print_hardware;
  if (letter == 'd') options.stepd_path = value;
  if (letter == 'F') options.future = value ? value : "";
  if (letter == own_conf) options.dynamic_keys = value;
  if (letter == extra) options.extra = value;
  if (letter == instance_id) options.instance_id = value;
  if (letter == instance_type) options.instance_type = value;
  if (letter == 'Z') options.dynamic = true;
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
                       [&](int letter, const char* value, const char*) -> Status {
                         if (letter == unsupported)
                           return fail("--conf-server: configurations from slurmctld are not in this version");
                         return take_option(asked, letter, value);
                       }));
  const SlurmdOptions& options = asked.options;
  if (options.dynamic && options.future) return fail("-Z and -F: only one of them may be given");
  if (!options.dynamic_keys.empty() && !options.dynamic) return fail("--conf: it says what the node of -Z is: add -Z");
  return asked;
}

}  // namespace slurmxx
