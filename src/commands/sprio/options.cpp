// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sprio/options.h"

#include <fmt/format.h>

#include "cli/option_handlers.h"

namespace slurmxx {
namespace {

using O = SprioOptions;
constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr Argument optional = Argument::optional;
constexpr const char* filters = "Filters";
constexpr const char* output = "Output";
constexpr const char* clusters = "Clusters";

constexpr Option<O> rows[] = {
    {'j', "jobs", optional, "jobid", filters, "these jobs, comma separated", set_text<&O::jobs>},
    {'p', "partition", required, "partitions", filters, "jobs of these partitions", set_text<&O::partitions>},
    {0, "why", none, "", filters, "with two job ids: why one stands above the other, and when that would cross",
     set_flag<&O::why>},
    {'u', "user", required, "user_name", filters, "jobs of these users", set_text<&O::users>},

    {'o', "format", required, "format", output, "fields by letter, %[.][size]letter", set_text<&O::format>},
    {'l', "long", none, "", output, "every factor, also those without a weight", set_flag<&O::long_format>},
    {'h', "noheader", none, "", output, "no headings", clear_flag<&O::header>},
    {'n', "norm", none, "", output, "factors from 0 to 1 rather than weighted ones", set_flag<&O::normalized>},
    {'S', "sort", required, "fields", output, "order of the lines, letters after + or -", set_text<&O::sort>},
    {'v', "verbose", none, "", output, "say more about what is done", count_up<&O::verbose>},
    {'w', "weights", none, "", output, "the weights and no jobs", set_flag<&O::weights>},

    {'M', "clusters", required, "names", clusters, "ask these clusters", set_text<&O::clusters>},
    {0, "federation", none, "", clusters, "jobs of the whole federation", set_flag<&O::federation>},
    {0, "local", none, "", clusters, "jobs of this cluster alone", set_flag<&O::local>},
    {0, "sibling", none, "", clusters, "a federated job on every cluster it was sent to", set_flag<&O::sibling>},
};

constexpr EnvironmentOption variables[] = {
    {"SLURM_CLUSTERS", "clusters"}, {"SPRIO_FEDERATION", "federation"}, {"SPRIO_FORMAT", "format"},
    {"SPRIO_LOCAL", "local"},       {"SPRIO_SIBLING", "sibling"},
};

constexpr const char* usage_layout[] = {
    "-j jobid;-u user_name;-o format;-p partitions;-S fields;-M names;--federation;--local;--sibling;--usage;-hlnvVw"};

}  // namespace

const CommandInfo sprio_info{
    .name = "sprio", .summary = "show what makes up the priorities of waiting jobs", .usage_layout = usage_layout};

OptionSet sprio_option_set(SprioOptions& options) {
  OptionSet set(sprio_info);
  set.add(rows, options);
  return set;
}

Parsed read_sprio_options(const std::vector<std::string>& arguments, const Environment& environment,
                          SprioOptions& options) {
  const OptionSet set = sprio_option_set(options);
  if (Parsed parsed = set.apply_environment(variables, environment); parsed.early) return parsed;
  Parsed parsed = set.parse(arguments);
  if (parsed.early) return parsed;
  if (options.jobs && options.jobs->empty() && !parsed.operands.empty()) {  // `-j 5`
    options.jobs = parsed.operands.front();
    parsed.operands.erase(parsed.operands.begin());
  }
  if (options.why) {
    if (parsed.operands.size() != 2) parsed.early = EarlyExit{"", "sprio: error: --why wants two job ids\n", 1};
    if (!parsed.early) options.jobs = parsed.operands[0] + "," + parsed.operands[1];
    return parsed;
  }
  if (!parsed.operands.empty())
    parsed.early = EarlyExit{"", fmt::format("sprio: error: Unrecognized option: {}\n", parsed.operands.front()), 1};
  return parsed;
}

}  // namespace slurmxx
