// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scancel/options.h"

#include <fmt/format.h>

#include "cli/option_handlers.h"
#include "core/text/signal_text.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

using O = ScancelOptions;
using F = ScancelFilter;

Status signal(O& o, const OptionValue& value) {
  auto number = parse_signal(value.text);
  if (!number) return fail(fmt::format("Unknown job signal: {}", value.text));
  o.signal = *number;
  return {};
}

Status state(O& o, const OptionValue& value) {
  for (std::string_view one : split_commas(value.text)) {
    bool known = false;
    for (std::string_view name : {"PENDING", "PD", "RUNNING", "R", "SUSPENDED", "S"})
      known = known || equal_ignoring_case(one, name);
    if (!known) {
      return fail(
          fmt::format("Invalid job state specified: {}\nValid job states are PENDING, RUNNING, and SUSPENDED", one));
    }
  }
  o.filter.state = upper(value.text);
  return {};
}

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr const char* filters = "Filters";
constexpr const char* action = "What is done";

constexpr Option<O> rows[] = {
    {'A', "account", required, "account", filters, "jobs of this account", set_text<&O::filter, &F::account>},
    {0, "me", none, "", filters, "my own jobs", set_flag<&O::filter, &F::me>},
    {'n', "name", required, "job_name", filters, "jobs of this name", set_text<&O::filter, &F::name>},
    {0, "jobname", required, "job_name", filters, "", set_text<&O::filter, &F::name>},
    {'w', "nodelist", required, "hosts", filters, "jobs on any of these nodes, or a file that names them",
     set_text<&O::filter, &F::nodelist>},
    {'p', "partition", required, "partition", filters, "jobs of this partition", set_text<&O::filter, &F::partition>},
    {'q', "qos", required, "qos", filters, "jobs of this quality of service", set_text<&O::filter, &F::qos>},
    {'R', "reservation", required, "reservation", filters, "jobs in this reservation",
     set_text<&O::filter, &F::reservation>},
    {'t', "state", required, "states", filters, "jobs in this state: PENDING, RUNNING or SUSPENDED", state},
    {'u', "user", required, "user_name", filters, "jobs of this user", set_text<&O::filter, &F::user>},
    {0, "wckey", required, "wckey", filters, "jobs with this characterisation key", set_text<&O::filter, &F::wckey>},

    {0, "admin-comment", required, "text", action, "comment kept with the cancelled jobs (operators)",
     set_text<&O::admin_comment>},
    {'b', "batch", none, "", action, "signal the batch script alone", set_flag<&O::batch>},
    {'M', "clusters", required, "names", action, "jobs of this cluster", set_text<&O::clusters>},
    {'c', "cron", none, "", action, "cancel jobs of scrontab too", set_flag<&O::cron>},
    {0, "ctld", none, "", action, "let the controller pass the signal on", set_flag<&O::through_controller>},
    {'f', "full", none, "", action, "signal the batch script and all steps", set_flag<&O::full>},
    {'H', "hurry", none, "", action, "do not stage out burst buffers", set_flag<&O::hurry>},
    {'i', "interactive", none, "", action, "ask before each job", set_flag<&O::interactive>},
    {'Q', "quiet", none, "", action, "say nothing of jobs that have ended", set_flag<&O::quiet>},
    {0, "sibling", required, "cluster_name", action, "remove the job from this cluster of the federation",
     set_text<&O::sibling>},
    {'s', "signal", required, "name|number", action, "send this signal rather than cancel", signal},
    {'v', "verbose", none, "", action, "say what is done", count_up<&O::verbose>},
};

constexpr EnvironmentOption variables[] = {
    {"SCANCEL_ACCOUNT", "account"},
    {"SCANCEL_BATCH", "batch"},
    {"SCANCEL_CRON", "cron"},
    {"SCANCEL_CTLD", "ctld"},
    {"SCANCEL_FULL", "full"},
    {"SCANCEL_HURRY", "hurry"},
    {"SCANCEL_INTERACTIVE", "interactive"},
    {"SCANCEL_NAME", "name"},
    {"SCANCEL_PARTITION", "partition"},
    {"SCANCEL_QOS", "qos"},
    {"SCANCEL_STATE", "state"},
    {"SCANCEL_USER", "user"},
    {"SCANCEL_VERBOSE", "verbose"},
    {"SCANCEL_WCKEY", "wckey"},
    {"SLURM_CLUSTERS", "clusters"},
};

}  // namespace

bool ScancelFilter::any() const {
  for (const std::string* text : {&account, &name, &nodelist, &partition, &qos, &reservation, &state, &user, &wckey})
    if (!text->empty()) return true;
  return me;
}

const CommandInfo scancel_info{.name = "scancel",
                               .summary = "cancel or signal jobs, tasks of arrays and steps",
                               .synopsis = "[OPTIONS...] [job_id[_array_id][.step_id]...]",
                               .usage_tail = "[job_id[_array_id][.step_id]...]"};

OptionSet scancel_option_set(ScancelOptions& options) {
  OptionSet set(scancel_info);
  set.add(rows, options);
  return set;
}

Parsed read_scancel_options(const std::vector<std::string>& arguments, const Environment& environment,
                            ScancelOptions& options) {
  const OptionSet set = scancel_option_set(options);
  if (Parsed parsed = set.apply_environment(variables, environment); parsed.early) return parsed;
  Parsed parsed = set.parse(arguments);
  if (parsed.early) return parsed;
  options.jobs = parsed.operands;
  if (options.jobs.empty() && !options.filter.any()) {
    parsed.early = EarlyExit{"", "scancel: error: No job identification provided\n", 1};
  }
  return parsed;
}

}  // namespace slurmxx
