// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sdiag/options.h"

#include <fmt/format.h>

#include "cli/option_handlers.h"

namespace slurmxx {
namespace {

using O = SdiagOptions;
constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr Argument optional = Argument::optional;
constexpr const char* output = "Output";

template <SdiagOrder order>
Status sorted(O& o, const OptionValue&) {
  o.order = order;
  return {};
}

constexpr Option<O> rows[] = {
    {'a', "all", none, "", output, "all figures, as without any option", accepted<O>},
    {0, "json", optional, "data_parser", output, "print JSON", set_data<&O::json>},
    {'r', "reset", none, "", output, "begin to count anew (operators)", set_flag<&O::reset>},
    {'i', "sort-by-id", none, "", output, "requests by their numbers", sorted<SdiagOrder::by_id>},
    {'t', "sort-by-time", none, "", output, "requests by the time they took in all", sorted<SdiagOrder::by_time>},
    {'T', "sort-by-time2", none, "", output, "requests by the time they took on average",
     sorted<SdiagOrder::by_mean_time>},
    {0, "yaml", optional, "data_parser", output, "print YAML", set_data<&O::yaml>},
    {'M', "cluster", required, "name", "Clusters", "ask this cluster", set_text<&O::clusters>},
};

constexpr EnvironmentOption variables[] = {{"SLURM_CLUSTERS", "cluster"}};
constexpr const char* usage_layout[] = {"-M cluster;-aritT;--json=data_parser;--yaml=data_parser;--usage"};

}  // namespace

const CommandInfo sdiag_info{
    .name = "sdiag", .summary = "show how slurmctld and its scheduler fare", .usage_layout = usage_layout};

OptionSet sdiag_option_set(SdiagOptions& options) {
  OptionSet set(sdiag_info);
  set.add(rows, options);
  return set;
}

Parsed read_sdiag_options(const std::vector<std::string>& arguments, const Environment& environment,
                          SdiagOptions& options) {
  const OptionSet set = sdiag_option_set(options);
  if (Parsed parsed = set.apply_environment(variables, environment); parsed.early) return parsed;
  return set.parse(arguments);
}

}  // namespace slurmxx
