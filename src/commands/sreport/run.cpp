// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sreport/run.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/version.h"
#include "commands/sreport/report.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct ReportKind {
  const char* type;
  std::size_t type_shortest;
  const char* name;
  std::size_t shortest;
  RowsBy rows;
  Result<std::string> (*print)(const Report&);
};
constexpr ReportKind kinds[] = {
    {"cluster", 1, "AccountUtilizationByUser", 1, RowsBy::account_and_user, account_utilization_by_user},
    {"cluster", 1, "AccountUtilizationByQOS", 21, RowsBy::qos, account_utilization_by_qos},
    {"cluster", 1, "UserUtilizationByAccount", 18, RowsBy::account_and_user, user_utilization_by_account},
    {"cluster", 1, "UserUtilizationByWCKey", 18, RowsBy::wckey, user_utilization_by_wckey},
    {"cluster", 1, "WCKeyUtilizationByUser", 1, RowsBy::wckey, wckey_utilization_by_user},
    {"cluster", 1, "Utilization", 2, RowsBy::account_and_user, cluster_utilization},
    {"job", 1, "SizesByAccount", 1, RowsBy::size, sizes_by_account},
    {"job", 1, "SizesByAccountAndWCKey", 15, RowsBy::wckey_and_size, sizes_by_account_and_wckey},
    {"job", 1, "SizesByWCKey", 8, RowsBy::wckey_and_size, sizes_by_wckey},
    {"reservation", 1, "Utilization", 1, RowsBy::reservation, reservation_utilization},
    {"user", 1, "TopUsage", 1, RowsBy::account_and_user, top_usage},
};

struct TypeRow {
  const char* type;
  const char* reports;  // all that there are
};
constexpr TypeRow types[] = {
    {"cluster",
     "\"AccountUtilizationByUser\", \"AccountUtilizationByQOS\", \"UserUtilizationByAccount\", "
     "\"UserUtilizationByWckey\", \"Utilization\", and \"WCKeyUtilizationByUser\""},
    {"job", "\"SizesByAccount\", \"SizesByAccountAndWcKey\", and \"SizesByWcKey\""},
    {"reservation", "\"Utilization\""},
    {"user", "\"TopUsage\""},
};

int refuse(const SreportWorld& world, const std::string& line) {
  world.output.error_line(line);
  return 1;
}

int run_report(const SreportOptions& options, const ReportKind& kind, std::vector<std::string> words,
               SreportWorld& world) {
  words.erase(words.begin(), words.begin() + 2);
  auto terms = parse_report_terms(words);
  if (!terms) return refuse(world, text_of(terms.error()));
  const auto report = Report::fetch(options, std::move(*terms), world, kind.rows);
  if (!report) return refuse(world, "sreport: error: " + text_of(report.error()));
  const auto text = kind.print(*report);
  if (!text) return refuse(world, text_of(text.error()));
  world.output.print(*text);
  return 0;
}

// What is said between reports: how the next ones look.
bool take_setting(SreportOptions& options, const std::vector<std::string>& words, const Output& output,
                  Status& status) {
  using Style = TableForm::Style;
  const std::string& word = words.front();
  if (means(word, "nonparsable", 3))
    options.form.style = Style::aligned;
  else if (equal_ignoring_case(word, "parsable2"))
    options.form.style = Style::bars;
  else if (means(word, "parsable", 4))
    options.form.style = Style::bars_and_end;
  else if (means(word, "quiet", 4))
    options.quiet = true;
  else if (means(word, "verbose", 4))
    ++options.verbose;
  else if (means(word, "version", 4))
    output.line(fmt::format("slurm {}", version_text));
  else if (means(word, "time", 1) && words.size() == 2) {
    auto format = parse_time_format(words[1]);
    if (format)
      options.time = *format;
    else
      status = format.error();
  } else
    return false;
  return true;
}

}  // namespace

int run_sreport(SreportOptions& options, const std::vector<std::string>& words, SreportWorld& world) {
  if (words.empty()) return 0;
  Status status;
  if (take_setting(options, words, world.output, status)) return status ? 0 : refuse(world, text_of(status.error()));
  const auto type = std::ranges::find_if(types, [&](const TypeRow& row) { return means(words[0], row.type, 1); });
  if (type == std::end(types)) return refuse(world, fmt::format("invalid keyword: {}", words[0]));
  const std::string name = words.size() > 1 ? words[1] : "";
  for (const ReportKind& kind : kinds)
    if (kind.type == std::string_view(type->type) && means(name, kind.name, kind.shortest))
      return run_report(options, kind, words, world);
  return refuse(world, fmt::format("Not valid report {}\nValid {} reports are, {}", name, type->type, type->reports));
}

int run_sreport_prompt(SreportOptions options, SreportWorld& world, const ReadLine& read_line) {
  const auto ends = [](std::string_view word) { return means(word, "exit", 1) || means(word, "quit", 4); };
  const auto run_line = [&](const std::vector<std::string>& words) { return run_sreport(options, words, world); };
  return run_prompt({"sreport", world.output, read_line, ends, run_line});
}

}  // namespace slurmxx
