// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/squeue/options.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/option_handlers.h"
#include "core/text/time_text.h"

namespace slurmxx {

namespace {

using O = SqueueOptions;
using F = SqueueFilter;
using S = SqueueOutput;
using Value = const OptionValue&;

template <auto given, auto list>
Status list_or_all(O& o, Value value) {
  o.filter.*given = true;
  o.filter.*list = std::string(value.text);
  return {};
}

template <auto which>
Status running_time(O& o, Value value) {
  auto limit = parse_duration(value.text);
  if (!limit || limit->unlimited) return value.invalid();
  o.filter.*which = limit->value;
  return {};
}

Status repeat_every(O& o, Value value) {
  const auto seconds = number_argument(value, 1);
  if (!seconds) return fail("--iterate=" + std::string(value.text));
  o.output.iterate = *seconds;
  return {};
}

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr Argument optional = Argument::optional;
constexpr const char* filters = "Filters";
constexpr const char* output = "Output";
constexpr const char* clusters = "Clusters";

constexpr Option<O> rows[] = {
    {'A', "account", required, "account", filters, "jobs of these accounts", set_text<&O::filter, &F::account>},
    {'a', "all", none, "", filters, "jobs of hidden partitions too", set_flag<&O::all>},
    {0, "hide", none, "", filters, "leave out jobs of hidden partitions", set_flag<&O::hide>},
    {'j', "jobs", optional, "jobid", filters, "these jobs, comma separated; every job if none is named",
     list_or_all<&F::jobs_given, &F::jobs>},
    {'L', "licenses", required, "licenses", filters, "jobs that use these licences",
     set_text<&O::filter, &F::licenses>},
    {0, "me", none, "", filters, "my own jobs", set_flag<&O::filter, &F::me>},
    {'n', "name", required, "name", filters, "jobs of these names", set_text<&O::filter, &F::name>},
    {0, "notme", none, "", filters, "everybody's jobs but mine", set_flag<&O::filter, &F::notme>},
    {'w', "nodelist", required, "nodes", filters, "jobs on these nodes", set_text<&O::filter, &F::nodelist>},
    {'p', "partition", required, "partitions", filters, "jobs of these partitions",
     set_text<&O::filter, &F::partition>},
    {'q', "qos", required, "qos", filters, "jobs of these qualities of service", set_text<&O::filter, &F::qos>},
    {'R', "reservation", required, "reservation", filters, "jobs in this reservation",
     set_text<&O::filter, &F::reservation>},
    {0, "running-over", required, "time", filters, "jobs that have run for longer", running_time<&F::running_over>},
    {0, "running-under", required, "time", filters, "jobs that have run for less", running_time<&F::running_under>},
    {'t', "states", required, "states", filters, "jobs in these states, or all", set_text<&O::filter, &F::states>},
    {'s', "steps", optional, "step_id", filters, "job steps: these, or all", list_or_all<&F::steps_given, &F::steps>},
    {'u', "user", required, "user_name", filters, "jobs of these users", set_text<&O::filter, &F::user>},

    {'r', "array", none, "", output, "one line for each task of a job array", set_flag<&O::output, &S::array>},
    {0, "array-unique", none, "", output, "one line for each pending element of an array",
     set_flag<&O::output, &S::array_unique>},
    {0, "expand-patterns", none, "", output, "show file names with their patterns filled in",
     set_flag<&O::output, &S::expand_patterns>},
    {'o', "format", required, "format", output, "fields by letter, %[[.]size]letter", set_text<&O::output, &S::format>},
    {'O', "Format", required, "format", output, "fields by name, name[:[.]size]",
     set_text<&O::output, &S::format_names>},
    {'i', "iterate", required, "seconds", output, "repeat every so many seconds", repeat_every},
    {0, "json", optional, "data_parser", output, "print JSON", set_data<&O::output, &S::json>},
    {'l', "long", none, "", output, "more fields", set_flag<&O::output, &S::long_format>},
    {0, "noconvert", none, "", output, "leave units as they are (2048M, not 2G)", set_flag<&O::output, &S::noconvert>},
    {'h', "noheader", none, "", output, "no headings", clear_flag<&O::output, &S::header>},
    {0, "only-job-state", none, "", output, "ask for nothing but the states of jobs",
     set_flag<&O::output, &S::only_job_state>},
    {'P', "priority", none, "", output, "one line for each partition of a pending job",
     set_flag<&O::output, &S::priority>},
    {'S', "sort", required, "fields", output, "order of the lines, letters after + or -",
     set_text<&O::output, &S::sort>},
    {0, "start", none, "", output, "when pending jobs are expected to start", set_flag<&O::output, &S::start>},
    {'v', "verbose", none, "", output, "say more about what is done", count_up<&O::verbose>},
    {0, "yaml", optional, "data_parser", output, "print YAML", set_data<&O::output, &S::yaml>},

    {'M', "clusters", required, "names", clusters, "ask these clusters", set_text<&O::clusters>},
    {0, "federation", none, "", clusters, "jobs of the whole federation", set_flag<&O::federation>},
    {0, "local", none, "", clusters, "jobs of this cluster alone", set_flag<&O::local>},
    {0, "sibling", none, "", clusters, "a federated job on every cluster it was sent to", set_flag<&O::sibling>},
};

constexpr EnvironmentOption variables[] = {
    {"SLURM_CLUSTERS", "clusters"},
    {"SQUEUE_ACCOUNT", "account"},
    {"SQUEUE_ALL", "all"},
    {"SQUEUE_ARRAY", "array"},
    {"SQUEUE_ARRAY_UNIQUE", "array-unique"},
    {"SQUEUE_EXPAND_PATTERNS", "expand-patterns"},
    {"SQUEUE_FEDERATION", "federation"},
    {"SQUEUE_FORMAT", "format"},
    {"SQUEUE_FORMAT2", "Format"},
    {"SQUEUE_LICENSES", "licenses"},
    {"SQUEUE_LOCAL", "local"},
    {"SQUEUE_NAMES", "name"},
    {"SQUEUE_PARTITION", "partition"},
    {"SQUEUE_PRIORITY", "priority"},
    {"SQUEUE_QOS", "qos"},
    {"SQUEUE_SIBLING", "sibling"},
    {"SQUEUE_SORT", "sort"},
    {"SQUEUE_STATES", "states"},
    {"SQUEUE_USERS", "user"},
};

constexpr const char* usage_layout[] = {
    "-A account;--clusters names;-i seconds;--job jobid;-n name;-o format;--only-job-state;-p partitions;--qos qos;"
    "--reservation reservation;--sort fields;--start;--step step_id;-t states;-u user_name;--usage;-L licenses;-w "
    "nodes;"
    "--federation;--local;--sibling;--expand-patterns;--json=data_parser;--yaml=data_parser;--running-over=time;"
    "--running-under=time;-ahjlrsv"};

// `-j 5` and `-s 5.0`: an optional argument stands apart only where nothing else can follow.
void take_lists(std::vector<std::string>& operands, SqueueFilter& filter) {
  auto take = [&](bool given, std::string& list) {
    if (!given || !list.empty() || operands.empty()) return;
    list = operands.front();
    operands.erase(operands.begin());
  };
  take(filter.jobs_given, filter.jobs);
  take(filter.steps_given, filter.steps);
}

// -o and -O each make the whole line: the one given last is told of the other.
std::string two_formats(const Parsed& parsed) {
  const auto last = std::find_if(parsed.given.rbegin(), parsed.given.rend(),
                                 [](std::string_view name) { return name == "format" || name == "Format"; });
  constexpr std::pair<const char*, const char*> spelled{"-o (--format)", "-O (--Format)"};
  const bool letters_last = *last == "format";
  return fmt::format("squeue: error: {} is incompatible with {}\n", letters_last ? spelled.first : spelled.second,
                     letters_last ? spelled.second : spelled.first);
}

}  // namespace

const CommandInfo squeue_info{.name = "squeue", .summary = "show the jobs in the queue", .usage_layout = usage_layout};

OptionSet squeue_option_set(SqueueOptions& options) {
  OptionSet set(squeue_info);
  set.add(rows, options);
  return set;
}

Parsed read_squeue_options(const std::vector<std::string>& arguments, const Environment& environment,
                           SqueueOptions& options) {
  const OptionSet set = squeue_option_set(options);
  if (Parsed parsed = set.apply_environment(variables, environment); parsed.early) return parsed;
  if (!options.output.format.empty()) options.output.format_names.clear();  // SQUEUE_FORMAT before SQUEUE_FORMAT2
  Parsed parsed = set.parse(arguments);
  if (parsed.early) return parsed;
  // A format on the command line is stronger than either of the environment's.
  if (parsed.has("format") && parsed.has("Format")) {
    parsed.early = EarlyExit{"", two_formats(parsed), 1};
    return parsed;
  }
  if (parsed.has("format")) options.output.format_names.clear();
  if (parsed.has("Format")) options.output.format.clear();
  take_lists(parsed.operands, options.filter);
  if (!parsed.operands.empty()) {
    parsed.early = EarlyExit{"", fmt::format("squeue: error: Unrecognized option: {}\n", parsed.operands.front()), 1};
  }
  return parsed;
}

}  // namespace slurmxx
