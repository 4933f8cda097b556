// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/seff/options.h"

#include "cli/option_handlers.h"

namespace slurmxx {
namespace {

using O = SeffOptions;

constexpr Option<O> rows[] = {
    {'d', "debug", Argument::none, "", "", "the numbers that the report is made from, first", set_flag<&O::raw>},
    {'f', "force", Argument::none, "", "", "accepted: a job without an end is reported anyway", accepted},
};

}  // namespace

OptionSet seff_option_set(SeffOptions& options) {
  static constexpr CommandInfo info{.name = "seff",
                                    .summary = "report how well a job used what it was given",
                                    .synopsis = "[OPTIONS...] jobid",
                                    .help_letter = 'h',
                                    .usage_tail = "jobid"};
  OptionSet set(info);
  set.add(rows, options);
  return set;
}

Parsed read_seff_options(const std::vector<std::string>& arguments, SeffOptions& options) {
  Parsed parsed = seff_option_set(options).parse(arguments);
  if (parsed.early) return parsed;
  if (parsed.operands.size() == 1)
    options.job = parsed.operands.front();
  else
    parsed.early = EarlyExit{"", "seff: error: one job is wanted: seff 12, or seff 12_5 for a task of an array\n", 1};
  return parsed;
}

}  // namespace slurmxx
