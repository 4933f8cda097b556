// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sshare/options.h"

#include "cli/option_handlers.h"

namespace slurmxx {
namespace {

using O = SshareOptions;

constexpr Argument none = Argument::none;
constexpr Argument required = Argument::required;
constexpr Argument optional = Argument::optional;
constexpr const char* which = "Which associations";
constexpr const char* output = "Output";

constexpr Option<O> rows[] = {
    {'a', "all", none, "", which, "those of all users", set_flag<&O::all>},
    {'A', "accounts", required, "account", which, "those of these accounts, by commas", set_text<&O::accounts>},
    {'u', "users", required, "user_list", which, "those of these users, by commas", set_text<&O::users>},
    {'U', "Users", none, "", which, "users alone, without the accounts above", set_flag<&O::users_only>},
    {'M', "clusters", required, "string", which, "ask these clusters", set_text<&O::clusters>},
    {0, "explain", none, "", which, "with two users or accounts (or ACCOUNT:USER): why one stands above the other",
     set_flag<&O::explain>},

    {'e', "helpformat", none, "", output, "the fields that -o knows", set_flag<&O::list_fields>},
    {'o', "format", required, "output_format", output, "these fields: NAME or NAME%WIDTH, by commas",
     set_text<&O::format>},
    {'l', "long", none, "", output, "also usage as a share of all, levels, limits and what running jobs may still use",
     set_flag<&O::long_format>},
    {'m', "partition", none, "", output, "the partitions of associations", set_flag<&O::partitions>},
    {'n', "noheader", none, "", output, "no headings", clear_flag<&O::header>},
    {'p', "parsable", none, "", output, "fields by '|', and one at the end",
     set_to<TableForm::Style::bars_and_end, &O::form, &TableForm::style>},
    {'P', "parsable2", none, "", output, "fields by '|'", set_to<TableForm::Style::bars, &O::form, &TableForm::style>},
    {0, "json", optional, "data_parser", output, "print JSON", set_data<&O::json>},
    {0, "yaml", optional, "data_parser", output, "print YAML", set_data<&O::yaml>},
    {'v', "verbose", none, "", output, "say more about what is done", count_up<&O::verbose>},
};

constexpr EnvironmentOption variables[] = {{"SLURM_CLUSTERS", "clusters"}};

}  // namespace

OptionSet sshare_option_set(SshareOptions& options) {
  static constexpr CommandInfo info{.name = "sshare",
                                    .summary = "show shares, usage and fairshare of accounts and users",
                                    .synopsis = "[OPTIONS...]"};
  OptionSet set(info);
  set.add(rows, options);
  return set;
}

Parsed read_sshare_options(const std::vector<std::string>& arguments, const Environment& environment,
                           SshareOptions& options) {
  const OptionSet set = sshare_option_set(options);
  if (Parsed parsed = set.apply_environment(variables, environment); parsed.early) return parsed;
  Parsed parsed = set.parse(arguments);
  if (parsed.early) return parsed;
  if (options.explain) {
    options.compared = std::move(parsed.operands);
    if (options.compared.size() != 2)
      parsed.early = EarlyExit{"", "sshare: error: --explain wants two users or accounts\n", 1};
  } else if (!parsed.operands.empty()) {
    parsed.early = EarlyExit{"", "sshare: error: Unrecognized option: " + parsed.operands.front() + "\n", 1};
  }
  return parsed;
}

}  // namespace slurmxx
