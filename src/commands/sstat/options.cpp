// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sstat/options.h"

#include "cli/option_handlers.h"

namespace slurmxx {
namespace {

using O = SstatOptions;

template <auto which>
Status append(O& o, const OptionValue& value) {
  std::string& list = o.*which;
  if (!list.empty()) list += ',';
  list += value.text;
  return {};
}

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr const char* which = "Which steps";
constexpr const char* output = "Output";

constexpr Option<O> rows[] = {
    {'a', "allsteps", none, "", which, "every step that runs, of jobs that are named without one",
     set_flag<&O::all_steps>},
    {'j', "jobs", required, "job(.step)", which, "these steps: 12.0, 12.batch; 12 is its first that runs",
     append<&O::jobs>},
    {0, "fields", required, "fields", output, "", append<&O::format>},
    {'o', "format", required, "fields", output, "these fields: NAME or NAME%WIDTH, by commas", append<&O::format>},
    {'e', "helpformat", none, "", output, "the fields that -o knows", set_flag<&O::list_fields>},
    {0, "noconvert", none, "", output, "sizes in bytes", set_flag<&O::noconvert>},
    {'n', "noheader", none, "", output, "no headings", clear_flag<&O::header>},
    {'p', "parsable", none, "", output, "fields by '|', and one at the end",
     set_to<TableForm::Style::bars_and_end, &O::form, &TableForm::style>},
    {'P', "parsable2", none, "", output, "fields by '|'", set_to<TableForm::Style::bars, &O::form, &TableForm::style>},
    {'i', "pidformat", none, "", output, "the processes of each step, a line a node", set_flag<&O::pids>},
    {'v', "verbose", none, "", output, "say more about what is done", count_up<&O::verbose>},
};

}  // namespace

OptionSet sstat_option_set(SstatOptions& options) {
  static constexpr CommandInfo info{.name = "sstat",
                                    .summary = "show what running steps have used up to now",
                                    .synopsis = "[OPTIONS...] -j job(.step)",
                                    .help_letter = 'h'};
  OptionSet set(info);
  set.add(rows, options);
  return set;
}

Parsed read_sstat_options(const std::vector<std::string>& arguments, SstatOptions& options) {
  Parsed parsed = sstat_option_set(options).parse(arguments);
  if (!parsed.early && options.jobs.empty() && !options.list_fields)
    parsed.early = EarlyExit{"", "sstat: error: You didn't give me any jobs to stat.\n", 1};
  return parsed;
}

}  // namespace slurmxx
