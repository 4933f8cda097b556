// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scontrol/options.h"

#include <algorithm>

#include "cli/option_handlers.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

using O = ScontrolOptions;

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr Argument optional = Argument::optional;
constexpr const char* shown = "What is shown";
constexpr const char* clusters = "Clusters";

constexpr Option<O> rows[] = {
    {'a', "all", none, "", shown, "hidden partitions too", set_flag<&O::all>},
    {'d', "details", none, "", shown, "more about each record", set_flag<&O::details>},
    {0, "expand-patterns", none, "", shown, "show file names with their patterns filled in",
     set_flag<&O::expand_patterns>},
    {'F', "future", none, "", shown, "nodes in state FUTURE too", set_flag<&O::future>},
    {0, "hide", none, "", shown, "leave out hidden partitions", set_flag<&O::hide>},
    {0, "json", optional, "data_parser", shown, "print JSON", set_data<&O::json>},
    {'o', "oneliner", none, "", shown, "one line a record", set_flag<&O::oneliner>},
    {'Q', "quiet", none, "", shown, "print errors only", set_flag<&O::quiet>},
    {'u', "uid", required, "uid", shown, "update a job as this user (root only)", set_text<&O::uid>},
    {'v', "verbose", none, "", shown, "say more about what is done", count_up<&O::verbose>},
    {0, "yaml", optional, "data_parser", shown, "print YAML", set_data<&O::yaml>},

    {'M', "clusters", required, "name", clusters, "ask this cluster", set_text<&O::clusters>},
    {0, "federation", none, "", clusters, "jobs of the whole federation", set_flag<&O::federation>},
    {0, "local", none, "", clusters, "this cluster alone", set_flag<&O::local>},
    {0, "sibling", none, "", clusters, "a federated job on every cluster it was sent to", set_flag<&O::sibling>},
};

constexpr EnvironmentOption variables[] = {
    {"SCONTROL_ALL", "all"},     {"SCONTROL_FEDERATION", "federation"}, {"SCONTROL_FUTURE", "future"},
    {"SCONTROL_LOCAL", "local"}, {"SCONTROL_SIBLING", "sibling"},       {"SLURM_CLUSTERS", "clusters"},
};

}  // namespace

const CommandInfo scontrol_info{.name = "scontrol",
                                .summary = "look at and change jobs, nodes, partitions and the controller",
                                .synopsis = "[OPTIONS...] [COMMAND [ARGUMENTS...]]",
                                .help_letter = 'h',
                                .usage_tail = "[COMMAND [ARGUMENTS...]]"};

OptionSet scontrol_option_set(ScontrolOptions& options) {
  OptionSet set(scontrol_info);
  set.add(rows, options);
  return set;
}

Parsed read_scontrol_options(const std::vector<std::string>& arguments, const Environment& environment,
                             ScontrolOptions& options) {
  const OptionSet set = scontrol_option_set(options);
  if (Parsed parsed = set.apply_environment(variables, environment); parsed.early) return parsed;
  // -FLAG is a word of setdebugflags, no option.
  std::vector<std::string> words = arguments;
  const auto verb = std::ranges::find_if(words, [](const std::string& word) { return !word.starts_with('-'); });
  if (verb != words.end() && equal_ignoring_case(*verb, "setdebugflags")) words.insert(verb + 1, "--");
  Parsed parsed = set.parse(words);
  options.words = parsed.operands;
  return parsed;
}

}  // namespace slurmxx
