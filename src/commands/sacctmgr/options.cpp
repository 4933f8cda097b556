// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sacctmgr/options.h"

#include "cli/option_handlers.h"

namespace slurmxx {
namespace {

using O = SacctmgrOptions;

constexpr Argument none = Argument::none;
constexpr const char* shown = "What is shown";
constexpr const char* changed = "Changes";

constexpr Option<O> rows[] = {
    {'s', "associations", none, "", shown, "associations too, when users or accounts are listed",
     set_flag<&O::associations>},
    {0, "json", Argument::optional, "data_parser", shown, "print JSON", set_data<&O::json>},
    {'n', "noheader", none, "", shown, "no headings on output",
     [](O& o, const OptionValue&) -> Status { return o.header = false, Status(); }},
    {'p', "parsable", none, "", shown, "fields separated and ended by |", set_to<TableStyle::bars_and_end, &O::style>},
    {'P', "parsable2", none, "", shown, "fields separated by |", set_to<TableStyle::bars, &O::style>},
    {'Q', "quiet", none, "", shown, "print errors only", set_flag<&O::quiet>},
    {'v', "verbose", none, "", shown, "say more about what is done", count_up<&O::verbose>},
    {0, "yaml", Argument::optional, "data_parser", shown, "print YAML", set_data<&O::yaml>},
    {'i', "immediate", none, "", changed, "make changes without asking", set_flag<&O::immediate>},
    {'r', "readonly", none, "", changed, "refuse to change anything", set_flag<&O::read_only>},
};

constexpr CommandInfo info{.name = "sacctmgr",
                           .summary = "look at and change accounts, users, QOS and their limits",
                           .synopsis = "[OPTIONS...] [COMMAND [ARGUMENTS...]]",
                           .help_letter = 'h',
                           .usage_tail = "[COMMAND [ARGUMENTS...]]"};

}  // namespace

OptionSet sacctmgr_option_set(SacctmgrOptions& options) {
  OptionSet set(info);
  set.add(rows, options);
  return set;
}

Parsed read_sacctmgr_options(const std::vector<std::string>& arguments, SacctmgrOptions& options) {
  return sacctmgr_option_set(options).parse(arguments);
}

}  // namespace slurmxx
