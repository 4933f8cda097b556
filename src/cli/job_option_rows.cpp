// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The table of job options: one row an option, each with its place in --help and the command it belongs to.
#include <array>

#include "cli/job_options.h"
#include "cli/option_handlers.h"
#include "core/text/instant_text.h"
#include "core/text/size_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

using Job = JobOptions;
using Value = const OptionValue&;

template <auto part, auto member>
Status keyword(Job& job, Value value, std::initializer_list<std::string_view> allowed) {
  for (std::string_view one : allowed) {
    if (!equal_ignoring_case(value.text, one)) continue;
    (job.*part).*member = std::string(one);
    return {};
  }
  return value.invalid();
}

template <auto member>
Status time_limit(Job& job, Value value) {
  auto limit = parse_time_limit(value.text);
  if (!limit) return value.invalid();
  // Zero asks for no limit at all.
  job.timing.*member = !limit->unlimited && limit->value.value == 0 ? TimeLimit::none() : *limit;
  return {};
}

template <auto member>
Status instant(Job& job, Value value) {
  auto when = parse_instant(value.text, {.now = job.now, .zone = *job.zone});
  if (!when) {
    value.note(text_of(when.error()));
    return value.invalid();
  }
  job.timing.*member = *when;
  return {};
}

// One unit of memory replaces what was said in another.
template <auto member>
Status memory(Job& job, Value value) {
  auto size = parse_memory(value.text);
  if (!size) return value.invalid();
  job.size.memory_per_node = job.size.memory_per_cpu = job.size.memory_per_gpu = std::nullopt;
  job.size.*member = *size;
  return {};
}

template <bool on>
Status requeue(Job& job, Value value) {
  if (value.present && !equal_ignoring_case(value.text, "expedite")) return value.invalid();
  job.handling.requeue = on;
  job.handling.requeue_expedite = value.present;
  return {};
}

template <auto member, bool absent>
Status yes_no(Job& job, Value value) {
  auto yes = value.present ? parse_yes_no(value.text) : std::optional<bool>(absent);
  if (!yes) return value.invalid();
  job.handling.*member = *yes;
  return {};
}

Status nodes(Job& job, Value value) {
  auto range = parse_node_count(value.text);
  if (!range) return fail(text_of(range.error()));
  job.size.nodes = *range;
  return {};
}

Status extra_node_info(Job& job, Value value) {
  const std::array<std::optional<std::int64_t>*, 3> targets{&job.size.sockets_per_node, &job.size.cores_per_socket,
                                                            &job.size.threads_per_core};
  auto fields = split(value.text, ':');
  if (fields.size() > targets.size()) return value.invalid();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i] == "*") continue;
    auto count = parse_natural(fields[i].substr(0, fields[i].find('-')), {1, UINT16_MAX});
    if (!count) return value.invalid();
    *targets[i] = static_cast<std::int64_t>(*count);
  }
  return {};
}

Status distribution(Job& job, Value value) {
  if (!is_distribution(value.text)) return value.invalid();
  job.place.distribution = std::string(value.text);
  return {};
}

Status exclusive(Job& job, Value value) {
  static constexpr std::pair<std::string_view, Exclusive> kinds[] = {
      {"", Exclusive::node}, {"exclusive", Exclusive::node}, {"user", Exclusive::user}, {"mcs", Exclusive::mcs}, {"topo", Exclusive::topo}};
  for (const auto& [name, kind] : kinds) {
    if (!equal_ignoring_case(value.text, name)) continue;
    job.place.exclusive = kind;
    job.place.oversubscribe = false;
    return {};
  }
  return value.invalid();
}

Status switches(Job& job, Value value) {
  auto wait = split_once(value.text, '@');
  auto count = parse_natural(wait ? wait->first : value.text, {0, UINT32_MAX});
  if (!count) return value.invalid();
  job.place.switches = static_cast<std::int64_t>(*count);
  if (!wait) return {};
  auto limit = parse_duration(wait->second);
  if (!limit || limit->unlimited) return value.invalid();
  job.place.switches_wait = limit->value;
  return {};
}

Status hint(Job& job, Value value) {
  return keyword<&Job::place, &JobPlace::hint>(job, value, {"compute_bound", "memory_bound", "multithread", "nomultithread"});
}

Status signal(Job& job, Value value) {
  auto warn = parse_signal_request(value.text);
  if (!warn) return value.invalid();
  job.timing.signal = *warn;
  return {};
}

// As the recorded command does, text that is no number counts as 0; --nice alone means 100.
Status nice(Job& job, Value value) {
  auto number = parse_integer(value.text, {-2147483645, 2147483645});
  job.timing.nice = value.present ? (number ? *number : 0) : 100;
  return {};
}

Status priority(Job& job, Value value) {
  job.timing.priority_top = equal_ignoring_case(value.text, "TOP");
  if (job.timing.priority_top) return {};
  auto number = parse_natural(value.text, {0, 4294967293u});
  if (!number) return value.invalid();
  job.timing.priority = static_cast<std::int64_t>(*number);
  return {};
}

Status immediate(Job& job, Value value) {
  if (!value.present) {
    job.timing.immediate = 1;
    return {};
  }
  TRY_ASSIGN(job.timing.immediate, number_argument(value, 0));
  return {};
}

Status delay_boot(Job& job, Value value) {
  auto limit = parse_time_limit(value.text);
  if (!limit || limit->unlimited) return value.invalid();
  job.timing.delay_boot = limit->value;
  return {};
}

Status open_mode(Job& job, Value value) {
  const std::string mode = lower(value.text);
  if (mode != "a" && mode != "append" && mode != "t" && mode != "truncate") return value.invalid();
  job.files.open_append = mode[0] == 'a';
  return {};
}

Status mail_type(Job& job, Value value) {
  static constexpr std::string_view known[] = {"NONE", "ALL", "BEGIN", "END", "FAIL", "REQUEUE", "INVALID_DEPEND", "STAGE_OUT",
                                               "TIME_LIMIT", "TIME_LIMIT_90", "TIME_LIMIT_80", "TIME_LIMIT_50", "ARRAY_TASKS"};
  std::vector<std::string> types;
  for (std::string_view one : split_commas(value.text)) {
    bool found = false;
    for (std::string_view type : known) found = found || equal_ignoring_case(one, type);
    if (!found) return value.invalid();
    types.push_back(upper(one));
  }
  if (types.empty()) return value.invalid();
  job.handling.mail_types = std::move(types);
  return {};
}

Status no_kill(Job& job, Value value) {
  const bool off = equal_ignoring_case(value.text, "off") || equal_ignoring_case(value.text, "no");
  if (value.present && !off && !value.text.empty()) return value.invalid();
  job.handling.no_kill = !off;
  return {};
}

Status x11(Job& job, Value value) {
  if (!value.present) {
    job.handling.x11 = "batch";
    return {};
  }
  return keyword<&Job::handling, &JobHandling::x11>(job, value, {"all", "batch", "first", "last"});
}

Status resv_ports(Job& job, Value value) {
  job.place.resv_ports = 0;
  if (!value.present) return {};
  TRY_ASSIGN(job.place.resv_ports, number_argument(value, 0));
  return {};
}

Status tmp(Job& job, Value value) {
  auto size = parse_memory(value.text);
  if (!size) return value.invalid();
  job.size.tmp_disk = *size;
  return {};
}

Status oversubscribe(Job& job, Value) {
  job.place.oversubscribe = true;
  job.place.exclusive = Exclusive::unset;
  return {};
}

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr Argument optional = Argument::optional;

constexpr const char* running = "Parallel run options";
constexpr const char* constraints = "Constraint options";
constexpr const char* consumable = "Consumable resources related options";
constexpr const char* affinity = "Affinity/Multi-core options";
constexpr const char* gpu = "GPU scheduling options";

constexpr Option<Job> rows[] = {
    {'A', "account", required, "name", running, "charge the job to this account", set_text<&Job::naming, &JobNaming::account>},
    {0, "acctg-freq", required, "datatype=seconds", running, "how often usage is sampled", set_text<&Job::handling, &JobHandling::acctg_freq>},
    {0, "bb", required, "spec", running, "burst buffer specification", set_text<&Job::resources, &JobGenericResources::bb>},
    {0, "bbf", required, "file", running, "file with a burst buffer specification", set_text<&Job::resources, &JobGenericResources::bbf>},
    {'b', "begin", required, "time", running, "do not start before this time", instant<&JobTiming::begin>},
    {'D', "chdir", required, "directory", running, "working directory of the job", set_text<&Job::files, &JobFiles::chdir>},
    {'M', "clusters", required, "names", running, "clusters that may take the job", set_text<&Job::naming, &JobNaming::clusters>},
    {0, "cluster-constraint", required, "list", running, "features a cluster must have", set_text<&Job::naming, &JobNaming::cluster_constraint>},
    {0, "comment", required, "text", running, "free text kept with the job", set_text<&Job::naming, &JobNaming::comment>},
    {0, "container", required, "path", running, "OCI container bundle to run in", set_text<&Job::naming, &JobNaming::container>},
    {0, "container-id", required, "id", running, "name of the OCI container", set_text<&Job::naming, &JobNaming::container_id>},
    {'c', "cpus-per-task", required, "ncpus", running, "CPUs for each task", set_number<1, &Job::size, &JobSize::cpus_per_task>},
    {0, "deadline", required, "time", running, "drop the job if it cannot end by this time", instant<&JobTiming::deadline>},
    {0, "delay-boot", required, "minutes", running, "wait this long before rebooting nodes for features", delay_boot},
    {'d', "dependency", required, "type:jobid", running, "start only once these jobs have come so far", set_text<&Job::naming, &JobNaming::dependency>},
    {'m', "distribution", required, "type", running, "how tasks are dealt to nodes, sockets and cores", distribution},
    {'e', "error", required, "file", running, "file for standard error", set_text<&Job::files, &JobFiles::error>, for_sbatch | for_srun},
    {0, "export", required, "names", running, "environment variables to take along (ALL, NONE, names)",
     set_text<&Job::files, &JobFiles::export_names>, for_sbatch | for_srun},
    {0, "extra", required, "text", running, "free text for scripts and plugins", set_text<&Job::naming, &JobNaming::extra>},
    {0, "get-user-env", optional, "timeout", running, "start from the user's login environment",
     set_text<&Job::files, &JobFiles::get_user_env>, for_sbatch | for_salloc},
    {0, "gid", required, "group", running, "run under this group (root only)", set_text<&Job::naming, &JobNaming::gid>},
    {'H', "hold", none, "", running, "submit in held state", set_flag<&Job::timing, &JobTiming::hold>},
    {'I', "immediate", optional, "secs", running, "give up unless resources are free within secs", immediate, for_salloc | for_srun},
    {'i', "input", required, "file", running, "file for standard input", set_text<&Job::files, &JobFiles::input>, for_sbatch | for_srun},
    {'J', "job-name", required, "name", running, "name of the job", set_text<&Job::naming, &JobNaming::job_name>},
    {'k', "no-kill", optional, "off", running, "keep the job when one of its nodes fails", no_kill},
    {0, "kill-on-invalid-dep", required, "yes|no", running, "end the job if its dependency can never be met",
     yes_no<&JobHandling::kill_on_invalid_dependency, true>, for_sbatch},
    {'L', "licenses", required, "names", running, "licences the job needs, name:count", set_text<&Job::naming, &JobNaming::licenses>},
    {0, "mail-type", required, "types", running, "events to send mail about", mail_type},
    {0, "mail-user", required, "user", running, "who gets that mail", set_text<&Job::handling, &JobHandling::mail_user>},
    {0, "mcs-label", required, "label", running, "security label for plugin mcs", set_text<&Job::naming, &JobNaming::mcs_label>},
    {0, "network", required, "type", running, "network properties", set_text<&Job::naming, &JobNaming::network>},
    {0, "nice", optional, "value", running, "lower the priority by this much", nice},
    {'n', "ntasks", required, "ntasks", running, "number of tasks", set_number<1, &Job::size, &JobSize::ntasks>},
    {'N', "nodes", required, "nnodes", running, "number of nodes, or minimum-maximum", nodes},
    {0, "ntasks-per-node", required, "n", running, "tasks on each node", set_number<1, &Job::size, &JobSize::ntasks_per_node>},
    {0, "tasks-per-node", required, "n", running, "", set_number<1, &Job::size, &JobSize::ntasks_per_node>},
    {0, "oom-kill-step", optional, "0|1", running, "end the whole step when one task is out of memory", yes_no<&JobHandling::oom_kill_step, true>},
    {0, "open-mode", required, "append|truncate", running, "what becomes of output files that exist", open_mode, for_sbatch | for_srun},
    {'o', "output", required, "file", running, "file for standard output", set_text<&Job::files, &JobFiles::output>, for_sbatch | for_srun},
    {'O', "overcommit", none, "", running, "allow more tasks than CPUs", set_flag<&Job::size, &JobSize::overcommit>},
    {'p', "partition", required, "partition", running, "partitions the job may run in", set_text<&Job::naming, &JobNaming::partition>},
    {0, "power", required, "flags", running, "", accepted},
    {0, "prefer", required, "list", running, "features to prefer when they are free", set_text<&Job::naming, &JobNaming::prefer>},
    {0, "priority", required, "value", running, "priority of the job, or TOP (operators)", priority},
    {0, "profile", required, "types", running, "what is profiled in detail", set_text<&Job::handling, &JobHandling::profile>},
    {0, "propagate", optional, "rlimits", running, "resource limits to take along", set_text<&Job::files, &JobFiles::propagate>, for_sbatch | for_srun},
    {'q', "qos", required, "qos", running, "quality of service", set_text<&Job::naming, &JobNaming::qos>},
    {'Q', "quiet", none, "", running, "print errors only", set_flag<&Job::handling, &JobHandling::quiet>},
    {0, "reboot", none, "", running, "reboot the nodes first", set_flag<&Job::handling, &JobHandling::reboot>},
    {0, "requeue", optional, "expedite", running, "put the job back in the queue when a node fails", requeue<true>, for_sbatch},
    {0, "no-requeue", none, "", running, "never put the job back in the queue", requeue<false>, for_sbatch},
    {0, "segment", required, "nodes", running, "nodes of one block that stay together", set_number<1, &Job::place, &JobPlace::segment>},
    {0, "spread-segments", none, "", running, "put each segment into a block of its own", set_flag<&Job::place, &JobPlace::spread_segments>},
    {0, "consolidate-segments", none, "", running, "put segments into as few blocks as possible", set_flag<&Job::place, &JobPlace::consolidate_segments>},
    {'s', "oversubscribe", none, "", running, "share nodes with other jobs", oversubscribe},
    {0, "share", none, "", running, "", oversubscribe},
    {0, "signal", required, "[R|B:]num[@time]", running, "send a signal this many seconds before the time limit", signal},
    {0, "spread-job", none, "", running, "use as many nodes as possible", set_flag<&Job::place, &JobPlace::spread_job>},
    {0, "stepmgr", none, "", running, "let the first node manage the job's steps", set_flag<&Job::handling, &JobHandling::stepmgr>},
    {0, "switches", required, "count[@time]", running, "at most so many switches, and how long to wait for that", switches},
    {0, "test-only", none, "", running, "say when the job would start, submit nothing", set_flag<&Job::handling, &JobHandling::test_only>, for_sbatch | for_srun},
    {0, "thread-spec", required, "threads", running, "threads set aside for the system on each node", set_number<0, &Job::size, &JobSize::thread_spec>},
    {'t', "time", required, "minutes", running, "time limit", time_limit<&JobTiming::time>},
    {0, "time-min", required, "minutes", running, "shortest time limit that would do", time_limit<&JobTiming::time_min>},
    {0, "tres-bind", required, "spec", running, "how tasks are bound to trackable resources", set_text<&Job::resources, &JobGenericResources::tres_bind>},
    {0, "tres-per-task", required, "list", running, "trackable resources for each task", set_text<&Job::resources, &JobGenericResources::tres_per_task>},
    {0, "uid", required, "user", running, "run as this user (root only)", set_text<&Job::naming, &JobNaming::uid>},
    {0, "use-min-nodes", none, "", running, "prefer the smaller count of a node range", set_flag<&Job::place, &JobPlace::use_min_nodes>},
    {'v', "verbose", none, "", running, "say more; repeat for still more", count_up<&Job::handling, &JobHandling::verbose>},
    {0, "wait-all-nodes", required, "0|1", running, "begin only when all nodes are ready",
     yes_no<&JobHandling::wait_all_nodes, true>, for_sbatch | for_salloc},
    {0, "wckey", required, "wckey", running, "workload characterisation key", set_text<&Job::naming, &JobNaming::wckey>},
    {0, "x11", optional, "all|first|last", running, "forward X11 connections", x11, for_salloc | for_srun},

    {0, "cores-per-socket", required, "cores", constraints, "cores a socket must have", set_number<1, &Job::size, &JobSize::cores_per_socket>},
    {'C', "constraint", required, "list", constraints, "features the nodes must have", set_text<&Job::naming, &JobNaming::constraint>},
    {0, "contiguous", none, "", constraints, "nodes that stand next to each other", set_flag<&Job::place, &JobPlace::contiguous>},
    {'F', "nodefile", required, "file", constraints, "file that names the nodes", set_text<&Job::place, &JobPlace::nodefile>},
    {0, "mem", required, "MB", constraints, "memory on each node", memory<&JobSize::memory_per_node>},
    {0, "mincpus", required, "n", constraints, "CPUs each node must have", set_number<1, &Job::size, &JobSize::mincpus>},
    {0, "reservation", required, "name", constraints, "reservations to take resources from", set_text<&Job::naming, &JobNaming::reservation>},
    {0, "resv-ports", optional, "count", constraints, "ports to reserve for communication", resv_ports},
    {0, "sockets-per-node", required, "sockets", constraints, "sockets a node must have", set_number<1, &Job::size, &JobSize::sockets_per_node>},
    {0, "threads-per-core", required, "threads", constraints, "threads a core must have", set_number<1, &Job::size, &JobSize::threads_per_core>},
    {0, "tmp", required, "MB", constraints, "temporary disk on each node", tmp},
    {'w', "nodelist", required, "hosts", constraints, "nodes that must be among those given", set_text<&Job::place, &JobPlace::nodelist>},
    {'x', "exclude", required, "hosts", constraints, "nodes not to use", set_text<&Job::place, &JobPlace::exclude>},
    {0, "exclusive", optional, "user|mcs|topo", consumable, "share nodes with no other job, user or label", exclusive},
    {0, "mem-per-cpu", required, "MB", consumable, "memory for each CPU", memory<&JobSize::memory_per_cpu>},
    {'S', "core-spec", required, "cores", affinity, "cores set aside for the system on each node", set_number<0, &Job::size, &JobSize::core_spec>},
    {'B', "extra-node-info", required, "S[:C[:T]]", affinity, "sockets, cores and threads a node must have", extra_node_info},
    {0, "hint", required, "type", affinity, "kind of application: compute_bound, memory_bound, [no]multithread", hint},
    {0, "mem-bind", required, "type", affinity, "how tasks are bound to memory", set_text<&Job::place, &JobPlace::mem_bind>},
    {0, "cpu-freq", required, "min[-max[:gov]]", affinity, "CPU frequency and governor", set_text<&Job::place, &JobPlace::cpu_freq>},
    {0, "ntasks-per-core", required, "n", affinity, "tasks on each core", set_number<1, &Job::size, &JobSize::ntasks_per_core>},
    {0, "ntasks-per-socket", required, "n", affinity, "tasks on each socket", set_number<1, &Job::size, &JobSize::ntasks_per_socket>},
    {0, "gres", required, "list", gpu, "generic resources on each node, name[:type]:count", set_text<&Job::resources, &JobGenericResources::gres>},
    {0, "gres-flags", required, "flags", gpu, "how generic resources are given out", set_text<&Job::resources, &JobGenericResources::gres_flags>},
    {0, "cpus-per-gpu", required, "n", gpu, "CPUs for each GPU", set_number<1, &Job::resources, &JobGenericResources::cpus_per_gpu>},
    {'G', "gpus", required, "n", gpu, "GPUs for the whole job", set_text<&Job::resources, &JobGenericResources::gpus>},
    {0, "gpu-bind", required, "type", gpu, "how tasks are bound to GPUs", set_text<&Job::resources, &JobGenericResources::gpu_bind>},
    {0, "gpu-freq", required, "freq", gpu, "GPU and GPU memory frequency", set_text<&Job::resources, &JobGenericResources::gpu_freq>},
    {0, "gpus-per-node", required, "n", gpu, "GPUs on each node", set_text<&Job::resources, &JobGenericResources::gpus_per_node>},
    {0, "gpus-per-socket", required, "n", gpu, "GPUs on each socket", set_text<&Job::resources, &JobGenericResources::gpus_per_socket>},
    {0, "gpus-per-task", required, "n", gpu, "GPUs for each task", set_text<&Job::resources, &JobGenericResources::gpus_per_task>},
    {0, "mem-per-gpu", required, "MB", gpu, "memory for each GPU", memory<&JobSize::memory_per_gpu>},
    {0, "ntasks-per-gpu", required, "n", gpu, "tasks for each GPU", set_number<1, &Job::size, &JobSize::ntasks_per_gpu>},
};

}  // namespace

std::span<const Option<JobOptions>> job_option_rows() { return rows; }

}  // namespace slurmxx
