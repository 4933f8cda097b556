// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sbatch/options.h"

#include <fmt/format.h>

#include "cli/components.h"
#include "cli/option_handlers.h"
#include "core/request/batch_script.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

using O = SbatchOptions;

constexpr const char* running = "Parallel run options";

constexpr Option<O> rows[] = {
    {'a', "array", Argument::required, "indexes", running, "submit a job array with these task numbers",
     set_text<&O::array>},
    {0, "export-file", Argument::required, "file|fd", running, "file with the job's environment",
     [](O& o, const OptionValue& value) -> Status {
       o.job.files.export_file = std::string(value.text);
       return {};
     }},
    {0, "ignore-pbs", Argument::none, "", running, "leave #PBS lines alone", set_flag<&O::ignore_pbs>},
    {0, "parsable", Argument::none, "", running, "print the job id alone, with the cluster after ';' if there is one",
     set_flag<&O::parsable>},
    {'W', "wait", Argument::none, "", running, "return when the job has ended, with its exit code", set_flag<&O::wait>},
    {0, "wrap", Argument::required, "command", running, "submit this command rather than a script file",
     [](O& o, const OptionValue& value) -> Status {
       o.wrap = std::string(value.text);
       o.wrap_given = true;
       return {};
     }},
};

constexpr EnvironmentOption variables[] = {
    {"SBATCH_ACCOUNT", "account"},
    {"SBATCH_ACCTG_FREQ", "acctg-freq"},
    {"SBATCH_ARRAY_INX", "array"},
    {"SBATCH_BATCH", "batch"},
    {"SLURM_CLUSTERS", "clusters"},
    {"SBATCH_CLUSTERS", "clusters"},
    {"SBATCH_CONSTRAINT", "constraint"},
    {"SBATCH_CONTAINER", "container"},
    {"SBATCH_CONTAINER_ID", "container-id"},
    {"SBATCH_CORE_SPEC", "core-spec"},
    {"SBATCH_CPUS_PER_GPU", "cpus-per-gpu"},
    {"SBATCH_DEBUG", "verbose"},
    {"SBATCH_DELAY_BOOT", "delay-boot"},
    {"SBATCH_DISTRIBUTION", "distribution"},
    {"SBATCH_ERROR", "error"},
    {"SBATCH_EXCLUSIVE", "exclusive"},
    {"SBATCH_EXPORT", "export"},
    {"SBATCH_GET_USER_ENV", "get-user-env"},
    {"SBATCH_GPU_BIND", "gpu-bind"},
    {"SBATCH_GPU_FREQ", "gpu-freq"},
    {"SBATCH_GPUS", "gpus"},
    {"SBATCH_GPUS_PER_NODE", "gpus-per-node"},
    {"SBATCH_GPUS_PER_TASK", "gpus-per-task"},
    {"SBATCH_GRES", "gres"},
    {"SBATCH_GRES_FLAGS", "gres-flags"},
    {"SLURM_HINT", "hint"},
    {"SBATCH_HINT", "hint"},
    {"SBATCH_IGNORE_PBS", "ignore-pbs"},
    {"SBATCH_INPUT", "input"},
    {"SBATCH_JOB_NAME", "job-name"},
    {"SBATCH_MEM_BIND", "mem-bind"},
    {"SBATCH_MEM_PER_CPU", "mem-per-cpu"},
    {"SBATCH_MEM_PER_GPU", "mem-per-gpu"},
    {"SBATCH_MEM_PER_NODE", "mem"},
    {"SBATCH_NETWORK", "network"},
    {"SBATCH_NO_KILL", "no-kill"},
    {"SBATCH_NO_REQUEUE", "no-requeue"},
    {"SBATCH_OPEN_MODE", "open-mode"},
    {"SBATCH_OUTPUT", "output"},
    {"SBATCH_OVERCOMMIT", "overcommit"},
    {"SBATCH_PARTITION", "partition"},
    {"SBATCH_POWER", "power"},
    {"SBATCH_PROFILE", "profile"},
    {"SBATCH_QOS", "qos"},
    {"SBATCH_REQ_SWITCH", "switches"},
    {"SBATCH_REQUEUE", "requeue"},
    {"SBATCH_RESERVATION", "reservation"},
    {"SBATCH_SEGMENT_SIZE", "segment"},
    {"SBATCH_SIGNAL", "signal"},
    {"SBATCH_SPREAD_JOB", "spread-job"},
    {"SBATCH_THREAD_SPEC", "thread-spec"},
    {"SBATCH_THREADS_PER_CORE", "threads-per-core"},
    {"SBATCH_TIMELIMIT", "time"},
    {"SBATCH_TRES_BIND", "tres-bind"},
    {"SBATCH_TRES_PER_TASK", "tres-per-task"},
    {"SBATCH_USE_MIN_NODES", "use-min-nodes"},
    {"SBATCH_WAIT", "wait"},
    {"SBATCH_WAIT_ALL_NODES", "wait-all-nodes"},
    {"SBATCH_WCKEY", "wckey"},
};

constexpr const char* usage_layout[] = {
    "-N nnodes;-n ntasks",
    "-c ncpus;-r n;-p partition;--hold;--parsable;-t minutes",
    "-D path;--no-kill;--overcommit",
    "--input file;--output file;--error file",
    "--time-min=minutes;--licenses=names;--clusters=cluster_names",
    "--chdir=directory;--oversubscribe;-m dist;-J jobname",
    "--verbose;--gid=group;--uid=user;--contiguous",
    "--container=path;--container-id=id;--runtime=name",
    "--mincpus=n;--mem=MB;--tmp=MB;-C list",
    "--account=name;--dependency=type:jobid[+time];--comment=name",
    "--mail-type=type;--mail-user=user;--nice[=value];--wait",
    "--requeue[=expedite];--no-requeue;--ntasks-per-node=n",
    "--propagate;--nodefile=file;--nodelist=hosts;--exclude=hosts",
    "--network=type;--mem-per-cpu=MB;--qos=qos;--gres=list",
    "--mem-bind=...;--reservation=name;--mcs-label=mcs",
    "--cpu-freq=min[-max[:gov]];--power=flags;--gres-flags=opts",
    "--switches=max-switches{@max-time-to-wait};--reboot",
    "--core-spec=cores;--thread-spec=threads",
    "--bb=burst_buffer_spec;--bbf=burst_buffer_file",
    "--array=index_values;--profile=...;--ignore-pbs;--spread-job",
    "--spread-segments",
    "--export[=names];--export-file=file|fd;--delay-boot=mins",
    "--use-min-nodes",
    "--cpus-per-gpu=n;--gpus=n;--gpu-bind=...;--gpu-freq=...",
    "--gpus-per-node=n;--gpus-per-socket=n;--gpus-per-task=n",
    "--mem-per-gpu=MB;--tres-bind=...;--tres-per-task=list",
    "--oom-kill-step[=0|1]",
};

EarlyExit error_exit(const Error& error) {
  EarlyExit early{"", "", 1};
  const std::string text = text_of(error);
  for (std::string_view line : split(text, '\n')) early.err += fmt::format("sbatch: error: {}\n", line);
  return early;
}

// One level of options over what the targets already hold.
std::optional<EarlyExit> take_level(const Parsed& level) {
  if (level.early) return level.early;
  if (Status status = check_level(level); !status) return fatal_exit(sbatch_info, status.error());
  return std::nullopt;
}

Result<std::string> script_text(const SbatchInput& input, const SbatchOptions& scout,
                                const std::vector<std::string>& operands) {
  if (scout.wrap_given) {
    if (!operands.empty()) return fail("Script arguments not permitted with --wrap option");
    return wrapped_script(scout.wrap);
  }
  TRY_ASSIGN(std::string text, input.read_script(operands.empty() ? "" : operands.front()));
  TRY(check_batch_script(text));
  return text;
}

EarlyExit bad_directive(const std::string& word) {
  EarlyExit early = error_exit(fail(fmt::format("Invalid directive found in batch script: {}", word)));
  early.exit_code = sbatch_info.bad_option_exit;
  return early;
}

std::vector<std::string> operands_of(const std::vector<std::string>& words) {
  SbatchOptions scratch;
  return sbatch_option_set(scratch).parse(words).operands;
}

// The levels of one component, the later the stronger.
struct Levels {
  std::vector<std::string> script;
  Environment environment;
  std::vector<std::string> arguments;
};

std::optional<EarlyExit> read_component(const Levels& levels, SbatchOptions& options) {
  const OptionSet set = sbatch_option_set(options);
  const Parsed script = set.parse(levels.script);
  if (auto early = take_level(script)) return early;
  if (!script.operands.empty()) return bad_directive(script.operands.front());
  if (auto early =
          take_level(set.apply_environment(variables, levels.environment, FlagVariables::empty_yes_or_nonzero)))
    return early;
  return take_level(set.parse(levels.arguments));
}

using Sections = std::vector<std::vector<std::string>>;

std::optional<EarlyExit> read_components(Sections arguments, Sections script, const SbatchInput& input,
                                         SbatchStart& start) {
  const std::size_t count = std::max(arguments.size(), script.size());
  arguments.resize(count);
  script.resize(count);
  const Environment environment = with_switch_wait(input.environment, "SBATCH");
  SbatchOptions options = start.options;
  for (std::size_t i = 0; i < count; ++i) {
    if (auto early = read_component({script[i], environment, arguments[i]}, options)) return early;
    if (i == 0)
      start.options = options;
    else
      start.components.push_back(options.job);
    start.options.wrap_given = start.options.wrap_given || options.wrap_given;
    start.options.wait = start.options.wait || options.wait;
    start.options.parsable = start.options.parsable || options.parsable;
    options.job = next_component(options.job);
  }
  return std::nullopt;
}

std::optional<EarlyExit> read_levels(const SbatchInput& input, SbatchStart& start) {
  static constexpr std::string_view colon[] = {":"};
  static constexpr std::string_view words[] = {"hetjob", "packjob"};
  start.options.job.now = input.now;
  start.options.job.zone = input.zone;
  Sections arguments = split_components(input.arguments, operands_of, colon);
  SbatchOptions scout = start.options;
  Parsed first;
  for (const std::vector<std::string>& one : arguments) {
    first = sbatch_option_set(scout).parse(one);
    if (auto early = take_level(first)) return early;
  }
  auto text = script_text(input, scout, first.operands);
  if (!text) return error_exit(text.error());
  start.script = std::move(*text);
  if (!first.operands.empty()) {
    start.script_name = first.operands.front();
    start.script_arguments.assign(first.operands.begin() + 1, first.operands.end());
  }
  Sections script(1);
  if (!scout.wrap_given) {
    auto options = batch_script_options(start.script, start.script_name.empty() ? "script" : start.script_name);
    if (!options) return error_exit(options.error());
    script = split_components(std::move(*options), operands_of, words);
  }
  return read_components(std::move(arguments), std::move(script), input, start);
}

}  // namespace

const CommandInfo sbatch_info{.name = "sbatch",
                              .summary = "submit a batch script",
                              .synopsis = "[OPTIONS...] script [args...]",
                              .bad_option_exit = 255,
                              .stop_at_operand = true,
                              .help_letter = 'h',
                              .usage_layout = usage_layout,
                              .usage_tail = "executable [args...]"};

OptionSet sbatch_option_set(SbatchOptions& options) {
  OptionSet set(sbatch_info);
  set.add(job_option_rows(), options.job, for_sbatch);
  set.add(rows, options);
  return set;
}

SbatchStart read_sbatch_options(const SbatchInput& input) {
  SbatchStart start;
  start.early = read_levels(input, start);
  if (start.early) use_exit_variable(*start.early, input.environment);
  return start;
}

std::string default_job_name(const SbatchStart& start) {
  if (start.options.wrap_given) return "wrap";
  if (start.script_name.empty()) return "sbatch";
  return start.script_name.substr(start.script_name.rfind('/') + 1);
}

}  // namespace slurmxx
