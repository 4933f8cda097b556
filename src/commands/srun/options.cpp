// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/options.h"

#include <algorithm>

#include "cli/components.h"
#include "cli/gres_options.h"
#include "cli/option_handlers.h"
#include "commands/srun/het_groups.h"
#include "core/launch/bind_options.h"
#include "core/launch/fan_out.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

using O = SrunOptions;
using Step = SrunStep;
using Term = SrunTerminal;
using Help = SrunHelpers;
using Value = const OptionValue&;

Status jobid(O& o, Value value) {
  if (!value.text.empty()) TRY(number_argument(value, 1));
  o.step.jobid = value.text;
  return {};
}

Status kill_on_bad_exit(O& o, Value value) {
  auto yes = value.present ? parse_yes_no(value.text) : std::optional<bool>(true);
  if (!yes) return value.invalid();
  o.terminal.kill_on_bad_exit = *yes;
  return {};
}

Status send_libs(O& o, Value value) {
  auto yes = value.present ? parse_yes_no(value.text) : std::optional<bool>(true);
  if (!yes) return value.invalid();
  o.helpers.send_libs = *yes;
  return {};
}

Status wait(O& o, Value value) {
  TRY_ASSIGN(std::int64_t seconds, number_argument(value, 0));
  o.terminal.wait = Seconds(seconds);
  return {};
}

Status tree_width(O& o, Value value) {
  if (equal_ignoring_case(value.text, "off")) return o.step.tree_width = 0, Status();
  TRY_ASSIGN(const std::int64_t width, number_argument(value, 0));
  if (width > fan_out_width_max) return value.invalid();
  o.step.tree_width = static_cast<std::uint32_t>(width);
  return {};
}

// g and n: gpus and network cards that are closest to the task; v says it.
Status accel_bind(O& o, Value value) {
  if (value.text.empty() || value.text.find_first_not_of("gnvGNV") != std::string_view::npos) return value.invalid();
  o.step.accel_bind = value.text;
  return {};
}

Status pty(O& o, Value value) {
  o.terminal.pty = std::string(value.text);
  o.terminal.unbuffered = true;
  return {};
}

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr Argument optional = Argument::optional;
constexpr const char* running = "Parallel run options";
constexpr const char* affinity = "Affinity/Multi-core options";
constexpr const char* consumable = "Consumable resources related options";

constexpr Option<O> rows[] = {
    {0, "accel-bind", required, "flags", affinity, "how tasks are bound to devices", accel_bind},
    {0, "bcast", optional, "path", running, "copy the program to the nodes first", set_text<&O::helpers, &Help::bcast>},
    {0, "bcast-exclude", required, "paths", running, "libraries not to copy",
     set_text<&O::helpers, &Help::bcast_exclude>},
    {0, "compress", optional, "library", running, "compress what is copied", set_text<&O::helpers, &Help::compress>},
    {0, "cpu-bind", required, "type", affinity, "how tasks are bound to CPUs", set_text<&O::step, &Step::cpu_bind>},
    {0, "cpu_bind", required, "type", affinity, "", set_text<&O::step, &Step::cpu_bind>},
    {'X', "disable-status", none, "", running, "let the first Ctrl-C reach the tasks",
     set_flag<&O::terminal, &Term::disable_status>},
    {0, "epilog", required, "program", running, "run here when the step has ended",
     set_text<&O::helpers, &Help::epilog>},
    {0, "exact", none, "", running, "give the step only what it asks for", set_flag<&O::step, &Step::exact>},
    {0, "external-launcher", none, "", running, "the step is for another launcher's daemons",
     set_flag<&O::step, &Step::external_launcher>},
    {0, "het-group", required, "groups", running, "components of a heterogeneous job to use",
     set_text<&O::step, &Step::het_group>},
    {0, "interactive", none, "", running, "use the step that salloc's shell runs in",
     set_flag<&O::step, &Step::interactive>},
    {0, "jobid", required, "id", running, "run in this job's allocation", jobid},
    {'K', "kill-on-bad-exit", optional, "0|1", running, "end the step when a task fails", kill_on_bad_exit},
    {'l', "label", none, "", running, "put the task number before each line", set_flag<&O::terminal, &Term::label>},
    {0, "mpi", required, "type", running, "kind of MPI", set_text<&O::step, &Step::mpi>},
    {0, "msg-timeout", required, "seconds", running, "how long to wait for an answer",
     set_number<1, &O::terminal, &Term::message_timeout>},
    {0, "multi-prog", none, "", running, "the command is a file with a program for each task",
     set_flag<&O::step, &Step::multi_prog>},
    {'Z', "no-allocate", none, "", running, "run on nodes without an allocation (root only)",
     set_flag<&O::step, &Step::no_allocate>},
    {0, "overlap", none, "", consumable, "share the allocation's resources with other steps",
     set_flag<&O::step, &Step::overlap>},
    {'E', "preserve-env", none, "", running, "keep node and task counts of the environment",
     set_flag<&O::terminal, &Term::preserve_env>},
    {0, "prolog", required, "program", running, "run here before the step starts",
     set_text<&O::helpers, &Help::prolog>},
    {0, "pty", optional, "file descriptor", running, "run task 0 in a pseudo terminal", pty},
    {0, "quit-on-interrupt", none, "", running, "end at the first Ctrl-C",
     set_flag<&O::terminal, &Term::quit_on_interrupt>},
    {'r', "relative", required, "n", running, "first node of the allocation to use",
     set_number<0, &O::step, &Step::relative>},
    {0, "send-libs", optional, "yes|no", running, "copy the program's libraries too", send_libs},
    {0, "slurmd-debug", required, "level", running, "how much the step's daemon logs",
     set_text<&O::terminal, &Term::slurmd_debug>},
    {0, "task-epilog", required, "program", running, "run after each task", set_text<&O::helpers, &Help::task_epilog>},
    {0, "task-prolog", required, "program", running, "run before each task", set_text<&O::helpers, &Help::task_prolog>},
    {'T', "threads", required, "threads", running, "threads that start the tasks",
     set_number<1, &O::terminal, &Term::threads>},
    {0, "treewidth", required, "width|off", running, "nodes that srun speaks to itself, and each of them for others",
     tree_width},
    {'u', "unbuffered", none, "", running, "pass output on at once, not by lines",
     set_flag<&O::terminal, &Term::unbuffered>},
    {'W', "wait", required, "sec", running, "seconds to wait after the first task's end before ending the others",
     wait},
    {0, "wait-for-children", none, "", running, "a task has ended when all that it left behind has",
     set_flag<&O::terminal, &Term::wait_for_children>},
    {0, "whole", none, "", running, "give the step all of the allocation's nodes", set_flag<&O::step, &Step::whole>},
};

constexpr EnvironmentOption variables[] = {
    {"SLURM_ACCOUNT", "account"},
    {"SLURM_ACCTG_FREQ", "acctg-freq"},
    {"SLURM_BCAST", "bcast"},
    {"SLURM_BCAST_EXCLUDE", "bcast-exclude"},
    {"SLURM_BURST_BUFFER", "bb"},
    {"SLURM_CLUSTERS", "clusters"},
    {"SLURM_COMPRESS", "compress"},
    {"SLURM_CONSTRAINT", "constraint"},
    {"SRUN_CONTAINER", "container"},
    {"SRUN_CONTAINER_ID", "container-id"},
    {"SLURM_CORE_SPEC", "core-spec"},
    {"SLURM_CPU_BIND", "cpu-bind"},
    {"SLURM_CPU_FREQ_REQ", "cpu-freq"},
    {"SLURM_CPUS_PER_GPU", "cpus-per-gpu"},
    {"SRUN_CPUS_PER_TASK", "cpus-per-task"},
    {"SLURM_DEBUG", "verbose"},
    {"SLURM_DELAY_BOOT", "delay-boot"},
    {"SLURM_DEPENDENCY", "dependency"},
    {"SLURM_DISABLE_STATUS", "disable-status"},
    {"SLURM_DISTRIBUTION", "distribution"},
    {"SLURM_EPILOG", "epilog"},
    {"SLURM_EXACT", "exact"},
    {"SLURM_EXCLUSIVE", "exclusive"},
    {"SLURM_EXPORT_ENV", "export"},
    {"SRUN_EXPORT_ENV", "export"},
    {"SLURM_GPU_BIND", "gpu-bind"},
    {"SLURM_GPU_FREQ", "gpu-freq"},
    {"SLURM_GPUS", "gpus"},
    {"SLURM_GPUS_PER_NODE", "gpus-per-node"},
    {"SLURM_GPUS_PER_TASK", "gpus-per-task"},
    {"SLURM_GRES", "gres"},
    {"SLURM_STEP_GRES", "gres"},
    {"SLURM_GRES_FLAGS", "gres-flags"},
    {"SLURM_HINT", "hint"},
    {"SLURM_IMMEDIATE", "immediate"},
    {"SLURM_JOB_ID", "jobid"},
    {"SLURM_JOB_NAME", "job-name"},
    {"SLURM_KILL_BAD_EXIT", "kill-on-bad-exit"},
    {"SLURM_LABELIO", "label"},
    {"SLURM_MEM_BIND", "mem-bind"},
    {"SLURM_MEM_PER_CPU", "mem-per-cpu"},
    {"SLURM_MEM_PER_GPU", "mem-per-gpu"},
    {"SLURM_MEM_PER_NODE", "mem"},
    {"SLURM_MPI_TYPE", "mpi"},
    {"SLURM_NETWORK", "network"},
    {"SLURM_JOB_NUM_NODES", "nodes"},
    {"SLURM_NNODES", "nodes"},
    {"SLURM_NO_KILL", "no-kill"},
    {"SLURM_NPROCS", "ntasks"},
    {"SLURM_NTASKS", "ntasks"},
    {"SLURM_NTASKS_PER_CORE", "ntasks-per-core"},
    {"SLURM_NTASKS_PER_GPU", "ntasks-per-gpu"},
    {"SLURM_NTASKS_PER_NODE", "ntasks-per-node"},
    {"SLURM_NTASKS_PER_SOCKET", "ntasks-per-socket"},
    {"SLURM_OPEN_MODE", "open-mode"},
    {"SLURM_OVERCOMMIT", "overcommit"},
    {"SLURM_OVERLAP", "overlap"},
    {"SLURM_PARTITION", "partition"},
    {"SLURM_POWER", "power"},
    {"SLURM_PROFILE", "profile"},
    {"SLURM_PROLOG", "prolog"},
    {"SLURM_QOS", "qos"},
    {"SLURM_REMOTE_CWD", "chdir"},
    {"SLURM_REQ_SWITCH", "switches"},
    {"SLURM_RESERVATION", "reservation"},
    {"SLURM_RESV_PORTS", "resv-ports"},
    {"SLURM_SEND_LIBS", "send-libs"},
    {"SRUN_SEGMENT_SIZE", "segment"},
    {"SLURM_SIGNAL", "signal"},
    {"SLURM_SPREAD_JOB", "spread-job"},
    {"SLURM_STDERRMODE", "error"},
    {"SLURM_STDINMODE", "input"},
    {"SLURM_STDOUTMODE", "output"},
    {"SLURM_TASK_EPILOG", "task-epilog"},
    {"SLURM_TASK_PROLOG", "task-prolog"},
    {"SLURM_THREAD_SPEC", "thread-spec"},
    {"SLURM_THREADS", "threads"},
    {"SLURM_THREADS_PER_CORE", "threads-per-core"},
    {"SLURM_TIMELIMIT", "time"},
    {"SLURM_TRES_BIND", "tres-bind"},
    {"SLURM_TRES_PER_TASK", "tres-per-task"},
    {"SLURM_UNBUFFEREDIO", "unbuffered"},
    {"SLURM_USE_MIN_NODES", "use-min-nodes"},
    {"SLURM_WAIT", "wait"},
    {"SLURM_WCKEY", "wckey"},
    {"SLURM_WORKING_DIR", "chdir"},
    {"SLURMD_DEBUG", "slurmd-debug"},
};

std::optional<EarlyExit> take_level(const Parsed& level) {
  if (level.early) return level.early;
  if (Status status = check_level(level); !status) return fatal_exit(srun_info, status.error());
  return std::nullopt;
}

// What a job's environment says about the job is not all meant for its steps.
Environment for_steps(Environment environment) {
  environment = with_switch_wait(std::move(environment), "SLURM");
  if (environment.find("SLURM_JOB_ID")) environment.erase("SLURM_JOB_NAME");
  const std::string* distribution = environment.find("SLURM_DISTRIBUTION");
  const std::string* plane = environment.find("SLURM_DIST_PLANESIZE");
  if (distribution && plane && equal_ignoring_case(*distribution, "plane"))
    environment.set("SLURM_DISTRIBUTION", "plane=" + *plane);
  return environment;
}

constexpr const char* mem_bind_help =
    "--mem-bind=[{quiet,verbose},][nosort|sort,]TYPE binds tasks to the memory of NUMA domains. TYPE is one of\n"
    "  none            no binding\n"
    "  local           memory beside the CPU that the task runs on\n"
    "  rank            domain N for the N-th task of a node\n"
    "  map_mem:LIST    domains by number, a task each: 0,1*2\n"
    "  mask_mem:LIST   hexadecimal masks of domains, a task each\n"
    "  prefer          with any of them: other memory is used when there is no room\n";

constexpr const char* cpu_bind_help =
    "--cpu-bind=[{quiet,verbose},]TYPE binds tasks to CPUs. TYPE is one of\n"
    "  none            no binding\n"
    "  threads, cores, sockets, ldoms\n"
    "                  whole units of that kind\n"
    "  rank            CPU N for the N-th task of a node\n"
    "  map_cpu:LIST    CPUs by number, a task each: 0,2,4*2\n"
    "  mask_cpu:LIST   hexadecimal masks, a task each\n"
    "  rank_ldom, map_ldom:LIST, mask_ldom:LIST\n"
    "                  the same with NUMA domains\n";

std::optional<EarlyExit> binding_help(const SrunOptions& options) {
  if (equal_ignoring_case(options.step.cpu_bind, "help")) return EarlyExit{cpu_bind_help, "", 0};
  if (equal_ignoring_case(options.job.place.mem_bind, "help")) return EarlyExit{mem_bind_help, "", 0};
  return std::nullopt;
}

std::optional<EarlyExit> check_binding(const SrunOptions& options) {
  if (const auto bind = parse_cpu_bind(options.step.cpu_bind); !bind)
    return EarlyExit{
        "", "srun: error: " + bind.error().message + "\nsrun: fatal: Failed to parse --cpu-bind= values.\n", 1};
  if (const auto bind = parse_mem_bind(options.job.place.mem_bind); !bind)
    return EarlyExit{"", "srun: error: " + bind.error().message + "\n", 1};
  return std::nullopt;
}

using Words = std::vector<std::string>;

std::optional<EarlyExit> read_levels(const Words& arguments, const Environment& environment, SrunOptions& options) {
  const OptionSet set = srun_option_set(options);
  if (auto early =
          take_level(set.apply_environment(variables, for_steps(environment), FlagVariables::empty_yes_or_nonzero)))
    return early;
  SrunOptions said;  // by the arguments alone
  srun_option_set(said).parse(arguments);
  if (asks_for_gres(said.job)) forget_gres(options.job);
  const Parsed level = set.parse(arguments);
  options.command = level.operands;
  if (auto help = binding_help(options)) return help;
  const bool only_list = options.step.mpi == "list";
  if (options.command.empty() && !options.job.handling.test_only && !only_list) {
    return fatal_exit(srun_info, fail("No command given to execute."));
  }
  if (auto early = take_level(level)) return early;
  const JobFiles& files = options.job.files;
  if (options.terminal.pty && !(files.input + files.output + files.error).empty())
    return EarlyExit{"", "srun: error: --error/--input/--output are incompatible with --pty\n", 1};
  return check_binding(options);
}

// A part without a program has that of the next one.
void lend_programs(std::vector<Words>& parts) {
  for (std::size_t i = parts.size() - 1; i-- > 0;) {
    SrunOptions scratch;
    if (!srun_option_set(scratch).parse(parts[i]).operands.empty()) continue;
    SrunOptions next;
    const Words program = srun_option_set(next).parse(parts[i + 1]).operands;
    parts[i].insert(parts[i].end(), program.begin(), program.end());
  }
}

SrunOptions next_part(const SrunOptions& before) {
  SrunOptions next = before;
  next.job = next_component(before.job);
  next.step.het_group.clear();
  next.step.relative.reset();
  return next;
}

// One part of the command, for each component that it names.
std::optional<EarlyExit> read_part(const Words& words, const Environment& environment, SrunStart& start) {
  const auto number = static_cast<std::uint32_t>(start.parts.size());
  // Arguments first on a scratch copy: --help must work whatever the environment holds.
  SrunOptions scratch = start.parts.empty() ? start.options : next_part(start.parts.back());
  const SrunOptions begin = scratch;
  if (auto early = take_level(srun_option_set(scratch).parse(words))) return early;
  Result<std::vector<std::uint32_t>> groups = std::vector<std::uint32_t>{number};
  if (!scratch.step.het_group.empty()) groups = parse_het_groups(scratch.step.het_group);
  if (!groups) return fatal_exit(srun_info, groups.error());
  for (const std::uint32_t group : *groups) {
    SrunOptions options = begin;
    if (auto early = read_levels(words, component_environment(environment, group), options)) return early;
    options.step.group = group;
    start.parts.push_back(std::move(options));
  }
  return std::nullopt;
}

std::optional<EarlyExit> read_parts(const Words& arguments, const Environment& environment, SrunStart& start) {
  std::vector<Words> parts = split_at_colons(arguments);
  lend_programs(parts);
  for (const Words& words : parts)
    if (auto early = read_part(words, environment, start)) return early;
  auto& all = start.parts;
  if (all.size() == 1 && all.front().step.het_group.empty()) return all.front().step.group.reset(), std::nullopt;
  const auto group_of = [](const SrunOptions& part) { return *part.step.group; };
  std::ranges::stable_sort(all, {}, group_of);
  if (std::ranges::adjacent_find(all, {}, group_of) != all.end())
    return fatal_exit(srun_info, fail("Duplicate het groups in single srun not supported"));
  return std::nullopt;
}

}  // namespace

const CommandInfo srun_info{.name = "srun",
                            .summary = "run tasks in an allocation, made for them if there is none",
                            .synopsis = "[OPTIONS...] executable [args...]",
                            .bad_option_exit = 255,
                            .stop_at_operand = true,
                            .help_letter = 'h',
                            .usage_tail = "executable [args...]"};

OptionSet srun_option_set(SrunOptions& options) {
  OptionSet set(srun_info);
  set.add(job_option_rows(), options.job, for_srun);
  set.add(rows, options);
  return set;
}

SrunStart read_srun_options(const std::vector<std::string>& arguments, const Environment& environment,
                            SrunOptions defaults) {
  SrunStart start{std::move(defaults), {}, std::nullopt};
  start.early = read_parts(arguments, environment, start);
  if (!start.parts.empty()) start.options = start.parts.front();
  if (start.early) use_exit_variable(*start.early, environment);
  return start;
}

}  // namespace slurmxx
