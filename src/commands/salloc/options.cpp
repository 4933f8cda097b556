// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/salloc/options.h"

#include <csignal>
#include <utility>

#include "cli/components.h"
#include "cli/option_handlers.h"
#include "core/text/signal_text.h"

namespace slurmxx {

namespace {

using O = SallocOptions;

constexpr const char* running = "Parallel run options";

Status kill_command(O& o, const OptionValue& value) {
  o.kill_command = SIGTERM;
  if (!value.present) return {};
  auto number = parse_signal(value.text);
  if (!number) return value.invalid();
  o.kill_command = *number;
  return {};
}

constexpr Option<O> rows[] = {
    {0, "bell", Argument::none, "", running, "ring the terminal's bell when the job starts", set_flag<&O::bell>},
    {'K', "kill-command", Argument::optional, "signal", running, "signal the command when the allocation ends",
     kill_command},
    {0, "no-bell", Argument::none, "", running, "never ring the bell", set_flag<&O::no_bell>},
    {0, "no-shell", Argument::none, "", running, "return at once and keep the allocation", set_flag<&O::no_shell>},
};

constexpr EnvironmentOption variables[] = {
    {"SALLOC_ACCOUNT", "account"},
    {"SALLOC_ACCTG_FREQ", "acctg-freq"},
    {"SALLOC_BELL", "bell"},
    {"SALLOC_BURST_BUFFER", "bb"},
    {"SLURM_CLUSTERS", "clusters"},
    {"SALLOC_CLUSTERS", "clusters"},
    {"SALLOC_CONSTRAINT", "constraint"},
    {"SALLOC_CONTAINER", "container"},
    {"SALLOC_CONTAINER_ID", "container-id"},
    {"SALLOC_CORE_SPEC", "core-spec"},
    {"SALLOC_CPUS_PER_GPU", "cpus-per-gpu"},
    {"SALLOC_DEBUG", "verbose"},
    {"SALLOC_DELAY_BOOT", "delay-boot"},
    {"SALLOC_EXCLUSIVE", "exclusive"},
    {"SALLOC_GPU_BIND", "gpu-bind"},
    {"SALLOC_GPU_FREQ", "gpu-freq"},
    {"SALLOC_GPUS", "gpus"},
    {"SALLOC_GPUS_PER_NODE", "gpus-per-node"},
    {"SALLOC_GPUS_PER_TASK", "gpus-per-task"},
    {"SALLOC_GRES", "gres"},
    {"SALLOC_GRES_FLAGS", "gres-flags"},
    {"SLURM_HINT", "hint"},
    {"SALLOC_HINT", "hint"},
    {"SALLOC_IMMEDIATE", "immediate"},
    {"SALLOC_KILL_CMD", "kill-command"},
    {"SALLOC_MEM_BIND", "mem-bind"},
    {"SALLOC_MEM_PER_CPU", "mem-per-cpu"},
    {"SALLOC_MEM_PER_GPU", "mem-per-gpu"},
    {"SALLOC_MEM_PER_NODE", "mem"},
    {"SALLOC_NETWORK", "network"},
    {"SALLOC_NO_BELL", "no-bell"},
    {"SALLOC_NO_KILL", "no-kill"},
    {"SALLOC_OVERCOMMIT", "overcommit"},
    {"SALLOC_PARTITION", "partition"},
    {"SALLOC_POWER", "power"},
    {"SALLOC_PROFILE", "profile"},
    {"SALLOC_QOS", "qos"},
    {"SALLOC_REQ_SWITCH", "switches"},
    {"SALLOC_RESERVATION", "reservation"},
    {"SALLOC_SEGMENT_SIZE", "segment"},
    {"SALLOC_SIGNAL", "signal"},
    {"SALLOC_SPREAD_JOB", "spread-job"},
    {"SALLOC_THREAD_SPEC", "thread-spec"},
    {"SALLOC_THREADS_PER_CORE", "threads-per-core"},
    {"SALLOC_TIMELIMIT", "time"},
    {"SALLOC_TRES_BIND", "tres-bind"},
    {"SALLOC_TRES_PER_TASK", "tres-per-task"},
    {"SALLOC_USE_MIN_NODES", "use-min-nodes"},
    {"SALLOC_WAIT_ALL_NODES", "wait-all-nodes"},
    {"SALLOC_WCKEY", "wckey"},
};

std::optional<EarlyExit> take_level(const Parsed& level) {
  if (level.early) return level.early;
  if (Status status = check_level(level); !status) return fatal_exit(salloc_info, status.error());
  return std::nullopt;
}

using Words = std::vector<std::string>;

Words operands_of(const Words& words) {
  SallocOptions scratch;
  return salloc_option_set(scratch).parse(words).operands;
}

std::optional<EarlyExit> read_levels(const Words& arguments, const Environment& environment, SallocOptions& options) {
  const OptionSet set = salloc_option_set(options);
  const Environment joined = with_switch_wait(environment, "SALLOC");
  if (auto early = take_level(set.apply_environment(variables, joined, FlagVariables::empty_yes_or_nonzero)))
    return early;
  const Parsed level = set.parse(arguments);
  options.command = level.operands;
  return take_level(level);
}

std::optional<EarlyExit> read_components(const Words& arguments, const Environment& environment, SallocStart& start) {
  static constexpr std::string_view colon[] = {":"};
  SallocOptions options = start.options;
  bool first = true;
  for (const Words& words : split_components(arguments, operands_of, colon)) {
    if (auto early = read_levels(words, environment, options)) return early;
    if (std::exchange(first, false))
      start.options = options;
    else
      start.components.push_back(options.job);
    options.job = next_component(options.job);
  }
  start.options.command = options.command;
  return std::nullopt;
}

}  // namespace

const CommandInfo salloc_info{.name = "salloc",
                              .summary = "get an allocation and run a command in it",
                              .synopsis = "[OPTIONS...] [command [args...]]",
                              .bad_option_exit = 255,
                              .stop_at_operand = true,
                              .help_letter = 'h',
                              .usage_tail = "[command [args...]]"};

OptionSet salloc_option_set(SallocOptions& options) {
  OptionSet set(salloc_info);
  set.add(job_option_rows(), options.job, for_salloc);
  set.add(rows, options);
  return set;
}

SallocStart read_salloc_options(const std::vector<std::string>& arguments, const Environment& environment,
                                SallocOptions defaults) {
  SallocStart start{std::move(defaults), {}, std::nullopt};
  start.early = read_components(arguments, environment, start);
  if (start.early) use_exit_variable(*start.early, environment);
  return start;
}

}  // namespace slurmxx
