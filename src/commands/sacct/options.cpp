// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "commands/sacct/options.h"

#include <fmt/format.h>

#include "cli/option_handlers.h"

namespace slurmxx {
namespace {

using O = SacctOptions;
using F = SacctFilter;
using W = SacctScope;
using S = SacctOutput;

template <auto which>
Status append(O& o, const OptionValue& value) {
  std::string& list = o.filter.*which;
  if (!list.empty()) list += ',';
  list += value.text;
  return {};
}

Status format(O& o, const OptionValue& value) {
  if (!o.output.format.empty()) o.output.format += ',';
  o.output.format += value.text;
  return {};
}

Status whole_het(O& o, const OptionValue& value) {
  o.scope.whole_het = value.present ? std::string(value.text) : "yes";
  return {};
}

Status units(O& o, const OptionValue& value) {
  if (value.text.size() != 1 || std::string_view("KMGTPkmgtp").find(value.text.front()) == std::string_view::npos)
    return fail(fmt::format("Invalid unit specification: {}", value.text));
  o.output.units = std::string(value.text);
  return {};
}

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr Argument optional = Argument::optional;
constexpr const char* which = "Which jobs";
constexpr const char* when = "Time and state";
constexpr const char* output = "Output";
constexpr const char* clusters = "Clusters";

constexpr Option<O> rows[] = {
    {'A', "accounts", required, "accounts", which, "jobs of these accounts", append<&F::accounts>},
    {'X', "allocations", none, "", which, "jobs without their steps", set_flag<&O::scope, &W::allocations>},
    {'a', "allusers", none, "", which, "jobs of all users", set_flag<&O::scope, &W::all_users>},
    {'x', "associations", required, "ids", which, "jobs of these associations", append<&F::associations>},
    {'c', "completion", none, "", which, "from the job completion log", set_flag<&O::scope, &W::completion>},
    {'C', "constraints", required, "features", which, "jobs that asked for all of these features",
     append<&F::constraints>},
    {'D', "duplicates", none, "", which, "every life of a job, not only the last", set_flag<&O::scope, &W::duplicates>},
    {'F', "flags", required, "flags", which, "jobs that were started by these schedulers", append<&F::flags>},
    {'g', "gid", required, "groups", which, "jobs of these groups", append<&F::groups>},
    {0, "group", required, "groups", which, "", append<&F::groups>},
    {'j', "jobs", required, "jobs", which, "these jobs or steps: 12, 12.batch, 12_5, 12+1", append<&F::jobs>},
    {0, "name", required, "names", which, "jobs with these names", append<&F::names>},
    {'I', "ncpus", required, "min[-max]", which, "jobs that had so many CPUs", set_text<&O::filter, &F::ncpus>},
    {'i', "nnodes", required, "min[-max]", which, "jobs that had so many nodes", set_text<&O::filter, &F::nnodes>},
    {'N', "nodelist", required, "nodes", which, "jobs that ran on any of these nodes", append<&F::nodes>},
    {'r', "partition", required, "partitions", which, "jobs of these partitions", append<&F::partitions>},
    {'q', "qos", required, "qos", which, "jobs of these QOS", append<&F::qos>},
    {'R', "reason", required, "reasons", which, "jobs that waited for one of these reasons", append<&F::reasons>},
    {'u', "uid", required, "users", which, "jobs of these users", append<&F::users>},
    {0, "user", required, "users", which, "", append<&F::users>},
    {0, "use-local-uid", none, "", which, "uids as this host knows them", accepted},
    {'W', "wckeys", required, "wckeys", which, "jobs of these wckeys", append<&F::wckeys>},
    {0, "whole-hetjob", optional, "yes|no", which, "all components of a heterogeneous job, or only those named",
     whole_het},

    {'E', "endtime", required, "time", when, "jobs before this time", set_text<&O::filter, &F::end>},
    {'S', "starttime", required, "time", when, "jobs after this time", set_text<&O::filter, &F::start>},
    {'s', "state", required, "states", when, "jobs that were in one of these states", append<&F::states>},
    {'K', "timelimit-max", required, "time", when, "upper end of the range that -k begins",
     set_text<&O::scope, &W::time_limit_max>},
    {'k', "timelimit-min", required, "time", when, "jobs with this time limit",
     set_text<&O::filter, &F::time_limit_min>},
    {'T', "truncate", none, "", when, "times cut at the window's ends", set_flag<&O::scope, &W::truncate>},

    {'B', "batch-script", none, "", output, "the script of the jobs of -j", set_flag<&O::output, &S::script>},
    {'b', "brief", none, "", output, "id, state and exit code", set_flag<&O::output, &S::brief>},
    {0, "delimiter", required, "text", output, "between the fields of -p and -P", set_text<&O::output, &S::delimiter>},
    {0, "env-vars", none, "", output, "the environment of the jobs of -j", set_flag<&O::output, &S::environment>},
    {0, "expand-patterns", none, "", output, "show file names with their patterns filled in",
     set_flag<&O::output, &S::expand_patterns>},
    {'f', "file", required, "file", output, "the job completion file to read",
     set_text<&O::scope, &W::completion_file>},
    {'o', "format", required, "fields", output, "these fields: NAME or NAME%WIDTH, by commas", format},
    {'e', "helpformat", none, "", output, "the fields that -o knows", set_flag<&O::output, &S::list_fields>},
    {0, "json", optional, "data_parser", output, "print JSON", set_data<&O::output, &S::json>},
    {'l', "long", none, "", output, "many fields", set_flag<&O::output, &S::long_format>},
    {0, "noconvert", none, "", output, "units as they are (2048M, not 2G)", set_flag<&O::output, &S::noconvert>},
    {'n', "noheader", none, "", output, "no headings", clear_flag<&O::output, &S::header>},
    {'p', "parsable", none, "", output, "fields by '|', and one at the end", set_flag<&O::output, &S::parsable>},
    {'P', "parsable2", none, "", output, "fields by '|'", set_flag<&O::output, &S::parsable2>},
    {0, "units", required, "K|M|G|T|P", output, "sizes in this unit", units},
    {'v', "verbose", none, "", output, "say more about what is done", count_up<&O::output, &S::verbose>},
    {0, "yaml", optional, "data_parser", output, "print YAML", set_data<&O::output, &S::yaml>},

    {'L', "allclusters", none, "", clusters, "jobs of every cluster", set_flag<&O::scope, &W::all_clusters>},
    {'M', "clusters", required, "names", clusters, "jobs of these clusters", append<&F::clusters>},
    {0, "cluster", required, "names", clusters, "", append<&F::clusters>},
    {0, "federation", none, "", clusters, "jobs of the whole federation", accepted},
    {0, "local", none, "", clusters, "jobs of this cluster alone", accepted},
};

constexpr EnvironmentOption variables[] = {
    {"SLURM_CLUSTERS", "clusters"}, {"SACCT_FEDERATION", "federation"}, {"SACCT_LOCAL", "local"}};

}  // namespace

const CommandInfo sacct_info{
    .name = "sacct", .summary = "show the accounting records of jobs and steps", .help_letter = 'h'};

OptionSet sacct_option_set(SacctOptions& options) {
  OptionSet set(sacct_info);
  set.add(rows, options);
  return set;
}

Parsed read_sacct_options(const std::vector<std::string>& arguments, const Environment& environment,
                          SacctOptions& options) {
  const OptionSet set = sacct_option_set(options);
  if (Parsed parsed = set.apply_environment(variables, environment); parsed.early) return parsed;
  if (environment.find("SLURM_CLUSTERS")) options.filter.clusters = *environment.find("SLURM_CLUSTERS");
  Parsed parsed = set.parse(arguments);
  if (parsed.early) return parsed;
  if (options.output.format.empty())
    if (const std::string* format = environment.find("SACCT_FORMAT")) options.output.format = *format;
  if (!parsed.operands.empty()) {
    std::string lines = "sacct: error: Unknown arguments:\n";
    for (const std::string& word : parsed.operands) lines += fmt::format("sacct: error:  {}\n", word);
    parsed.early = EarlyExit{"", std::move(lines), 1};
  }
  return parsed;
}

}  // namespace slurmxx
