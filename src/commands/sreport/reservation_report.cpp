// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// reservation Utilization: what jobs made of the reservations that there were in the window, each over all its time.
#include <algorithm>

#include <fmt/format.h>

#include "commands/sreport/report.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"
#include "core/tres/tres.h"

namespace slurmxx {
namespace {

struct Line {
  const Report& report;
  const ReservedRow& row;
  std::string tres;
  std::uint64_t count = 0;  // of the TRES in it
  bool counts_use() const { return tres == "cpu"; }
  std::uint64_t whole() const {
    const Instant end = std::min(row.end, report.output().now);
    return count * static_cast<std::uint64_t>(std::max<std::int64_t>(0, (end - row.start).value));
  }
  std::uint64_t allocated() const { return counts_use() ? std::min(row.allocated_cpu_seconds, whole()) : 0; }
};

std::string when(const Line& line, Instant at) { return instant_text(at, *line.report.output().zone); }

struct Field {
  const char* name;
  std::size_t shortest;
  const char* heading;
  int width;
  std::string (*text)(const Line&);
};
constexpr Field fields[] = {
    {"Allocated", 2, "Allocated", 20, [](const Line& l) { return l.report.amount_of(l.allocated(), l.whole()); }},
    {"Associations", 2, "Associations", 15, [](const Line& l) { return l.row.associations; }},
    {"Cluster", 1, "Cluster", 9, [](const Line& l) { return l.row.cluster; }},
    {"End", 1, "End", 19, [](const Line& l) { return when(l, l.row.end); }},
    {"Flags", 1, "Flags", 20, [](const Line& l) { return l.row.flags; }},
    {"Idle", 1, "Idle", 20, [](const Line& l) { return l.report.amount_of(l.whole() - l.allocated(), l.whole()); }},
    {"Name", 1, "Name", 9, [](const Line& l) { return l.row.name; }},
    {"Nodes", 2, "Nodes", 15, [](const Line& l) { return l.row.nodes; }},
    {"ReservationId", 1, "Id", 8, [](const Line& l) { return fmt::to_string(l.row.id); }},
    {"Start", 1, "Start", 19, [](const Line& l) { return when(l, l.row.start); }},
    {"TotalTime", 2, "TotalTime", 9, [](const Line& l) { return fmt::to_string((l.row.end - l.row.start).value); }},
    {"TresCount", 5, "TRES Count", 10, [](const Line& l) { return fmt::to_string(l.count); }},
    {"TresName", 5, "TRES Name", 14, [](const Line& l) { return l.tres; }},
    {"TresTime", 5, "TRES Time", 10, [](const Line& l) { return l.report.amount_of(l.whole(), l.whole()); }},
};

const Field* find_field(std::string_view name) {
  for (const Field& field : fields)
    if (means(name, field.name, field.shortest)) return &field;
  return nullptr;
}

}  // namespace

Result<std::string> reservation_utilization(const Report& report) {
  constexpr const char* usual[] = {"Cluster", "Name", "Start", "End", "TresName", "Allocated", "Idle"};
  std::vector<std::string> names = report.terms().format;
  if (names.empty()) names.assign(std::begin(usual), std::end(usual));
  std::vector<const Field*> chosen;
  std::vector<TableColumn> columns;
  for (const std::string& word : names) {
    const auto sized = split_once(word, '%');
    const Field* field = find_field(sized ? sized->first : std::string_view(word));
    if (!field) return fail(fmt::format(" Unknown field '{}'", word));
    const auto width = sized ? parse_integer(sized->second, {-1000, 1000}) : Result<std::int64_t>(field->width);
    columns.push_back({field->heading, static_cast<int>(width && *width != 0 ? *width : field->width)});
    chosen.push_back(field);
  }
  const RuledTable table(std::move(columns), report.options().form);
  std::string text = report.title("Reservation Utilization", report.units(), false);
  if (report.options().header) text += table.heading();
  for (const ReservedRow& row : report.reservations()) {
    const auto counts = parse_tres(row.tres);
    for (const TresCount& entry : counts ? counts->entries() : std::vector<TresCount>()) {
      if (report.names_tres() && !contains(report.tres(), entry.name)) continue;
      const Line line{report, row, entry.name, entry.count};
      std::vector<std::string> texts;
      for (const Field* field : chosen) texts.push_back(field->text(line));
      text += table.row(texts);
    }
  }
  return text;
}

}  // namespace slurmxx
