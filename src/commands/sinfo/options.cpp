// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sinfo/options.h"

#include <fmt/format.h>

#include "cli/option_handlers.h"

namespace slurmxx {

namespace {

using O = SinfoOptions;
using F = SinfoFilter;
using S = SinfoOutput;

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr Argument optional = Argument::optional;
constexpr const char* filters = "Filters";
constexpr const char* output = "Output";
constexpr const char* clusters = "Clusters";

constexpr Option<O> rows[] = {
    {'a', "all", none, "", filters, "hidden partitions too", set_flag<&O::filter, &F::all>},
    {'d', "dead", none, "", filters, "nodes that do not respond", set_flag<&O::filter, &F::dead>},
    {'F', "future", none, "", filters, "nodes in state FUTURE too", set_flag<&O::filter, &F::future>},
    {0, "hide", none, "", filters, "leave out hidden partitions", set_flag<&O::filter, &F::hide>},
    {'n', "nodes", required, "nodes", filters, "these nodes", set_text<&O::filter, &F::nodes>},
    {'p', "partition", required, "partition", filters, "these partitions", set_text<&O::filter, &F::partition>},
    {'r', "responding", none, "", filters, "nodes that respond", set_flag<&O::filter, &F::responding>},
    {'t', "states", required, "states", filters, "nodes in these states", set_text<&O::filter, &F::states>},

    {'e', "exact", none, "", output, "group only nodes that are exactly alike", set_flag<&O::output, &S::exact>},
    {'o', "format", required, "format", output, "fields by letter, %[[.]size]letter", set_text<&O::output, &S::format>},
    {'O', "Format", required, "format", output, "fields by name, name[:[.]size]",
     set_text<&O::output, &S::format_names>},
    {'i', "iterate", required, "seconds", output, "repeat every so many seconds",
     iterate_seconds<&O::output, &S::iterate>},
    {0, "json", optional, "data_parser", output, "print JSON", set_data<&O::output, &S::json>},
    {'R', "list-reasons", none, "", output, "why nodes are down, drained or failing",
     set_flag<&O::output, &S::list_reasons>},
    {'l', "long", none, "", output, "more fields", set_flag<&O::output, &S::long_format>},
    {0, "noconvert", none, "", output, "leave units as they are (2048M, not 2G)", set_flag<&O::output, &S::noconvert>},
    {'N', "Node", none, "", output, "one line a node and partition", set_flag<&O::output, &S::by_node>},
    {'h', "noheader", none, "", output, "no headings", clear_flag<&O::output, &S::header>},
    {'T', "reservation", none, "", output, "show the reservations", set_flag<&O::output, &S::reservations>},
    {'S', "sort", required, "fields", output, "order of the lines, letters after + or -",
     set_text<&O::output, &S::sort>},
    {'s', "summarize", none, "", output, "one line a partition, without states of nodes",
     set_flag<&O::output, &S::summarize>},
    {'v', "verbose", none, "", output, "say more about what is done", count_up<&O::verbose>},
    {0, "yaml", optional, "data_parser", output, "print YAML", set_data<&O::output, &S::yaml>},

    {'M', "clusters", required, "names", clusters, "ask these clusters", set_text<&O::clusters>},
    {0, "federation", none, "", clusters, "partitions of the whole federation", set_flag<&O::federation>},
    {0, "local", none, "", clusters, "partitions of this cluster alone", set_flag<&O::local>},
};

constexpr EnvironmentOption variables[] = {
    {"SLURM_CLUSTERS", "clusters"}, {"SINFO_ALL", "all"},     {"SINFO_FEDERATION", "federation"},
    {"SINFO_FORMAT", "format"},     {"SINFO_LOCAL", "local"}, {"SINFO_PARTITION", "partition"},
    {"SINFO_SORT", "sort"},
};

constexpr const char* usage_layout[] = {
    "-adeFhlNRrsTv;-i seconds;-t states;-p partition;-n nodes;-S fields;-o format;-O format;-M "
    "names;--federation;--local;"
    "--future;--json=data_parser;--yaml=data_parser;--usage"};

}  // namespace

const CommandInfo sinfo_info{.name = "sinfo", .summary = "show partitions and nodes", .usage_layout = usage_layout};

OptionSet sinfo_option_set(SinfoOptions& options) {
  OptionSet set(sinfo_info);
  set.add(rows, options);
  return set;
}

Parsed read_sinfo_options(const std::vector<std::string>& arguments, const Environment& environment,
                          SinfoOptions& options) {
  const OptionSet set = sinfo_option_set(options);
  if (Parsed parsed = set.apply_environment(variables, environment); parsed.early) return parsed;
  Parsed parsed = set.parse(arguments);
  if (parsed.early) return parsed;
  if (parsed.has("Format") && !parsed.has("format")) options.output.format.clear();
  if (!parsed.operands.empty()) {
    parsed.early = EarlyExit{"", fmt::format("sinfo: error: Unrecognized option: {}\n", parsed.operands.front()), 1};
  }
  return parsed;
}

}  // namespace slurmxx
