// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sreport/report.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "core/text/instant_text.h"
#include "core/text/words.h"
#include "core/tres/tres.h"

namespace slurmxx {
namespace {

constexpr std::int64_t seconds_in_hour = 3600;

struct FormatRow {
  TimeFormat format;
  const char* name;  // "Minutes/Percentage of Total"
  std::uint64_t unit;
  bool percent;
};
constexpr FormatRow formats[] = {
    {TimeFormat::seconds, "Seconds", 1, false},
    {TimeFormat::minutes, "Minutes", 60, false},
    {TimeFormat::hours, "Hours", 3600, false},
    {TimeFormat::percent, "Percentage of Total", 0, true},
    {TimeFormat::seconds_percent, "Seconds/Percentage of Total", 1, true},
    {TimeFormat::minutes_percent, "Minutes/Percentage of Total", 60, true},
    {TimeFormat::hours_percent, "Hours/Percentage of Total", 3600, true},
};
const FormatRow& row_of(TimeFormat format) { return formats[static_cast<std::size_t>(format)]; }

Instant hour_of(Instant instant, const TimeZone& zone) {
  CivilTime civil = zone.civil(instant);
  civil.minute = civil.second = 0;
  return zone.instant(civil);
}

// An hour at least, and at most up to the end of the one that runs: later ones have nothing to tell.
Result<std::pair<Instant, Instant>> window_of(const ReportTerms& terms, const Output& output) {
  const TimeContext context{output.now, *output.zone, PastTimes::keep};
  CivilTime day = output.zone->civil(output.now);
  day.hour = day.minute = day.second = 0;
  const Instant today = output.zone->instant(day);
  --day.day;
  Instant start = output.zone->instant(day);
  Instant end = today;
  if (terms.window.start) {
    TRY_ASSIGN(start, parse_instant(*terms.window.start, context));
  }
  if (terms.window.end) {
    TRY_ASSIGN(end, parse_instant(*terms.window.end, context));
  }
  start = hour_of(start, *output.zone);
  end = hour_of(std::min(end, output.now + Seconds(seconds_in_hour)), *output.zone);
  if (end <= start) end = start + Seconds(seconds_in_hour);
  return std::pair(start, end);
}

std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  for (const std::string_view word : split_commas(list)) words.emplace_back(word);
  return words;
}

Result<std::vector<std::string>> tres_of(const std::string& text, const AccountBook& book) {
  if (text.empty()) return std::vector<std::string>{"cpu"};
  std::vector<std::string> names;
  if (equal_ignoring_case(text, "ALL")) {
    for (const TresRow& row : book.tres) names.push_back(row.full_name());
    return names;
  }
  for (const std::string_view word : split_commas(text)) {
    names.push_back(lower(word));
    TRY(check_tres_name(names.back()));
  }
  return names;
}

}  // namespace

Result<Report> Report::fetch(const SreportOptions& options, ReportTerms terms, SreportWorld& world, RowsBy rows) {
  Report report;
  report.rows_by_ = rows;
  report.options_ = &options;
  report.world_ = &world;
  report.terms_ = std::move(terms);
  TRY_ASSIGN(const DbdBook known, ask_dbd<DbdBook>(world.dbd, DbdBookRequest{}));
  report.book_ = known.book;
  UsageQuery& query = report.query_;
  TRY_ASSIGN(query.tres, tres_of(options.tres, report.book_));
  TRY_ASSIGN(std::tie(query.start, query.end), window_of(report.terms_, world.output));
  query.clusters = report.terms_.clusters.empty() ? words_of(options.clusters) : report.terms_.clusters;
  if (rows == RowsBy::reservation) {
    const ReservationsQuery asked{query.clusters, report.terms_.names, report.terms_.nodes, query.start, query.end};
    TRY_ASSIGN(ReservedList list, ask_dbd<ReservedList>(world.dbd, asked));
    report.reservations_ = std::move(list.reservations);
    return report;
  }
  query.clusters.insert(query.clusters.end(), report.terms_.names.begin(), report.terms_.names.end());
  query.all_clusters = options.all_clusters || report.terms_.all_clusters;
  query.users = report.terms_.users;
  query.partitions = report.terms_.partitions;
  query.jobs = report.terms_.jobs;
  query.nodes = report.terms_.nodes;
  for (const std::uint32_t gid : report.terms_.groups) query.groups.emplace_back(gid);
  query.by_size = rows == RowsBy::size || rows == RowsBy::wckey_and_size;
  query.by_wckey = rows == RowsBy::wckey || rows == RowsBy::wckey_and_size;
  query.by_qos = rows == RowsBy::qos;
  query.with_clusters = true;
  TRY_ASSIGN(report.summary_, ask_dbd<UsageSummary>(world.dbd, query));
  if (const auto& keys = report.terms_.wckeys; query.by_wckey && !keys.empty())
    std::erase_if(report.summary_.rows, [&](const UsedRow& row) { return !contains(keys, row.wckey); });
  return report;
}

std::vector<std::string> Report::clusters() const {
  std::set<std::string> names;
  for (const UsedRow& row : summary_.rows) names.insert(row.cluster);
  return {names.begin(), names.end()};
}

const ClusterUsage* Report::usage_of(const std::string& cluster, const std::string& tres) const {
  for (const ClusterUsage& one : summary_.clusters)
    if (one.cluster == cluster && one.tres == tres) return &one;
  return nullptr;
}

std::uint64_t Report::whole(const std::string& cluster, const std::string& tres) const {
  const ClusterUsage* usage = usage_of(cluster, tres);
  return usage ? usage->use.total : 0;
}

std::string Report::amount(std::uint64_t seconds, const std::string& cluster, const std::string& tres) const {
  return amount_of(seconds, whole(cluster, tres));
}

std::string Report::amount_of(std::uint64_t seconds, std::uint64_t all) const {
  const FormatRow& form = row_of(options_->time);
  std::string text;
  if (form.unit > 0) text = fmt::to_string((seconds + form.unit / 2) / form.unit);
  if (!form.percent) return text;
  const double share = all == 0 ? 0.0 : 100.0 * static_cast<double>(seconds) / static_cast<double>(all);
  return form.unit > 0 ? fmt::format("{}({:.2f}%)", text, share) : fmt::format("{:.2f}%", share);
}

std::uint64_t Report::average_count(std::uint64_t whole) const {
  const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(1, (query_.end - query_.start).value));
  return (whole + seconds / 2) / seconds;
}

int Report::amount_width() const {
  constexpr int plain = 8;
  constexpr int with_percentage = 17;
  const FormatRow& form = row_of(options_->time);
  return form.percent && form.unit > 0 ? with_percentage : plain;
}

std::string Report::units() const {
  const FormatRow& form = row_of(options_->time);
  if (form.unit == 0) return fmt::format("Usage reported in {}", form.name);
  return fmt::format("Usage reported in {} {}", names_tres() || rows_by_ == RowsBy::reservation ? "TRES" : "CPU",
                     form.name);
}

std::string Report::title(const std::string& name, const std::string& units, bool with_seconds) const {
  if (!options_->header) return "";
  constexpr std::size_t rule_size = 80;
  const std::string rule(rule_size, '-');
  const TimeZone& zone = *world_->output.zone;
  std::string text = fmt::format("{}\n{} {} - {}", rule, name, instant_text(query_.start, zone),
                                 instant_text(Instant(query_.end.seconds - 1), zone));
  if (with_seconds) text += fmt::format(" ({} secs)", (query_.end - query_.start).value);
  return text + fmt::format("\n{}\n{}\n", units, rule);
}

}  // namespace slurmxx
