// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The fields of the reports over clusters and users, one table for all of them.
#include <algorithm>

#include <fmt/format.h>

#include "commands/sreport/report.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct Field {
  const char* name;
  std::size_t shortest;
  const char* heading;
  int width;  // 0: that of an amount
  std::string (*text)(const Report&, const ReportRow&);
};

template <auto member>
std::string text_member(const Report&, const ReportRow& row) {
  return row.*member;
}

template <auto amount>
std::string part_of_whole(const Report& report, const ReportRow& row) {
  if (!row.whole) return "";
  return report.amount(row.whole->use.*amount, row.cluster, row.tres);
}

std::string used(const Report& report, const ReportRow& row) { return report.amount(row.used, row.cluster, row.tres); }
std::string energy(const Report&, const ReportRow&) { return "0"; }  // is not measured
std::string idle(const Report& report, const ReportRow& row) {
  return row.whole ? report.amount(row.whole->use.idle(), row.cluster, row.tres) : "";
}
// Of a user and an account, too, what the cluster has.
std::string count(const Report& report, const ReportRow& row) {
  const ClusterUsage* whole = row.whole ? row.whole : report.usage_of(row.cluster, row.tres);
  if (!whole) return "";
  return fmt::to_string(whole->count > 0 ? whole->count : report.average_count(whole->use.total));
}

constexpr Field fields[] = {
    {"Accounts", 1, "Account", 15, text_member<&ReportRow::account>},
    {"Allocated", 2, "Allocated", 0, part_of_whole<&TresUse::allocated>},
    {"Cluster", 1, "Cluster", 9, text_member<&ReportRow::cluster>},
    {"Down", 1, "Down", 0, part_of_whole<&TresUse::down>},
    {"Energy", 1, "Energy", 0, energy},
    {"Idle", 1, "Idle", 0, idle},
    {"Login", 1, "Login", 9, text_member<&ReportRow::login>},
    {"OverCommitted", 1, "Over Comm", 9, part_of_whole<&TresUse::overcommitted>},
    {"PlannedDown", 8, "PLND Down", 0, part_of_whole<&TresUse::planned_down>},
    {"PlndDown", 2, "PLND Down", 0, part_of_whole<&TresUse::planned_down>},
    {"Planned", 2, "Planned", 0, part_of_whole<&TresUse::planned>},
    {"ProperName", 2, "Proper Name", 15, text_member<&ReportRow::proper_name>},
    {"QOS", 1, "QOS", 15, text_member<&ReportRow::qos>},
    {"Reported", 3, "Reported", 0, part_of_whole<&TresUse::total>},
    {"Reserved", 3, "Planned", 0, part_of_whole<&TresUse::planned>},
    {"TresCount", 5, "TRES Count", 10, count},
    {"TresName", 5, "TRES Name", 14, text_member<&ReportRow::tres>},
    {"Used", 1, "Used", 0, used},
    {"WCKeys", 1, "WCKey", 15, text_member<&ReportRow::wckey>},
};

const Field* find_field(std::string_view name) {
  for (const bool whole : {true, false})  // a name that is written out comes first
    for (const Field& field : fields) {
      const bool fits = name.size() >= field.shortest && starts_with_ignoring_case(field.name, name);
      if (whole ? equal_ignoring_case(field.name, name) : fits) return &field;
    }
  return nullptr;
}

}  // namespace

Result<std::string> print_rows(const Report& report, const char* usual_format, const std::vector<ReportRow>& rows) {
  std::vector<std::string> names = report.terms().format;
  if (names.empty())
    for (const std::string_view name : split_commas(usual_format)) {
      if (name == "tresname" && !report.names_tres()) continue;
      if (name == "energy" && report.names_tres()) continue;
      names.emplace_back(name);
    }
  std::vector<const Field*> chosen;
  std::vector<TableColumn> columns;
  for (const std::string& word : names) {
    const auto sized = split_once(word, '%');
    const Field* field = find_field(sized ? sized->first : std::string_view(word));
    if (!field) return fail(fmt::format(" Unknown field '{}'", word));
    const bool is_amount = field->width == 0;
    TableColumn column{field->heading, is_amount ? report.amount_width() : field->width, is_amount};
    if (sized) {
      const auto width = parse_integer(sized->second, {-1000, 1000});
      if (width && *width != 0) column.width = static_cast<int>(*width);
    }
    chosen.push_back(field);
    columns.push_back(std::move(column));
  }
  const RuledTable table(std::move(columns), report.options().form);
  std::string text = report.options().header ? table.heading() : "";
  for (const ReportRow& row : rows) {
    std::vector<std::string> texts;
    for (const Field* field : chosen) texts.push_back(field->text(report, row));
    text += table.row(texts);
  }
  return text;
}

}  // namespace slurmxx
