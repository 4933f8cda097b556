// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scrontab/options.h"

#include <fmt/format.h>

#include "cli/option_handlers.h"

namespace slurmxx {
namespace {

using O = ScrontabOptions;

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr const char* what = "What to do";

constexpr Option<O> rows[] = {
    {'e', "", none, "", what, "edit the crontab with $VISUAL or $EDITOR", set_flag<&O::edit>},
    {'l', "", none, "", what, "print the crontab", set_flag<&O::list>},
    {'r', "", none, "", what, "remove the crontab; its jobs that wait are cancelled", set_flag<&O::remove>},
    {'u', "user", required, "name", what, "the crontab of this user", set_text<&O::user>},
    {'v', "verbose", none, "", what, "say what is done", count_up<&O::verbose>},
};

}  // namespace

const CommandInfo scrontab_info{.name = "scrontab",
                                .summary = "edit jobs that come again and again",
                                .synopsis = "[-u USER] [FILE | - | -e | -l | -r]"};

OptionSet scrontab_option_set(ScrontabOptions& options) {
  OptionSet set(scrontab_info);
  set.add(rows, options);
  return set;
}

Parsed read_scrontab_options(const std::vector<std::string>& arguments, ScrontabOptions& options) {
  Parsed parsed = scrontab_option_set(options).parse(arguments);
  if (parsed.early) return parsed;
  const int asked = int(options.edit) + int(options.list) + int(options.remove) + int(!parsed.operands.empty());
  if (!parsed.operands.empty()) options.file = parsed.operands.front();
  if (asked > 1 || parsed.operands.size() > 1)
    parsed.early = EarlyExit{"", "scrontab: error: one of -e, -l, -r and FILE is wanted\n", 1};
  options.edit = options.edit || asked == 0;
  return parsed;
}

}  // namespace slurmxx
