// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmxx-man COMMAND: the command's manual page as roff, made from its option table.
// slurmxx-man --completion COMMAND: the same options for bash.
#include <cstdio>
#include <string>
#include <string_view>

#include "commands/sacct/options.h"
#include "commands/sacctmgr/options.h"
#include "commands/salloc/options.h"
#include "commands/sattach/options.h"
#include "commands/sbatch/options.h"
#include "commands/sbcast/options.h"
#include "commands/scancel/options.h"
#include "commands/scontrol/options.h"
#include "commands/scrontab/options.h"
#include "commands/sdiag/options.h"
#include "commands/seff/options.h"
#include "commands/sinfo/options.h"
#include "commands/slurm_sim/options.h"
#include "commands/sprio/options.h"
#include "commands/squeue/options.h"
#include "commands/sreport/options.h"
#include "commands/srun/options.h"
#include "commands/sshare/options.h"
#include "commands/sstat/options.h"
#include "commands/strigger/options.h"

namespace {

using namespace slurmxx;

template <class Options, OptionSet (*make)(Options&)>
std::string text_of_command(bool completion) {
  Options options;
  const OptionSet set = make(options);
  return completion ? set.bash_completion() : set.manual_page();
}

struct Command {
  const char* name;
  std::string (*text)(bool completion);
};

constexpr Command commands[] = {
    {"sacct", text_of_command<SacctOptions, sacct_option_set>},
    {"sbatch", text_of_command<SbatchOptions, sbatch_option_set>},
    {"srun", text_of_command<SrunOptions, srun_option_set>},
    {"sattach", text_of_command<SattachOptions, sattach_option_set>},
    {"sbcast", text_of_command<SbcastOptions, sbcast_option_set>},
    {"salloc", text_of_command<SallocOptions, salloc_option_set>},
    {"squeue", text_of_command<SqueueOptions, squeue_option_set>},
    {"sinfo", text_of_command<SinfoOptions, sinfo_option_set>},
    {"scancel", text_of_command<ScancelOptions, scancel_option_set>},
    {"scontrol", text_of_command<ScontrolOptions, scontrol_option_set>},
    {"sreport", text_of_command<SreportOptions, sreport_option_set>},
    {"slurm-sim", text_of_command<SimOptions, slurm_sim_option_set>},
    {"sstat", text_of_command<SstatOptions, sstat_option_set>},
    {"seff", text_of_command<SeffOptions, seff_option_set>},
    {"sacctmgr", text_of_command<SacctmgrOptions, sacctmgr_option_set>},
    {"sprio", text_of_command<SprioOptions, sprio_option_set>},
    {"sshare", text_of_command<SshareOptions, sshare_option_set>},
    {"sdiag", text_of_command<SdiagOptions, sdiag_option_set>},
    {"scrontab", text_of_command<ScrontabOptions, scrontab_option_set>},
    {"strigger", text_of_command<StriggerOptions, strigger_option_set>},
};

}  // namespace

int main(int argc, char** argv) {
  const bool completion = argc == 3 && std::string_view(argv[1]) == "--completion";
  const std::string_view wanted = argc == 2 ? argv[1] : completion ? argv[2] : "";
  for (const Command& command : commands) {
    if (wanted != command.name) continue;
    const std::string text = command.text(completion);
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
  }
  std::fprintf(stderr, "Usage: slurmxx-man [--completion] COMMAND\nCommands:");
  for (const Command& command : commands) std::fprintf(stderr, " %s", command.name);
  std::fprintf(stderr, "\n");
  return 1;
}
