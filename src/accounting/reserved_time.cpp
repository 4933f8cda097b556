// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/reserved_time.h"

#include <algorithm>
#include <tuple>

#include "accounting/job_use.h"
#include "accounting/rollup.h"
#include "accounting/rows.h"
#include "core/reserve/flags.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Flag = ReservationFlag;

// Calls with each occurrence of the row within the window.
template <class Act>
void expand(const ReservedSpan& row, const Occurrence& first, const ReservedWindow& window, Act&& act) {
  const Reservation series = series_of(row.flags, first);
  if (!is_periodic(series) || first.end == Instant()) return act(row.start, row.end);
  Instant after = std::max(window.from, row.start);
  const Instant stop = std::min(window.to, row.end);
  for (auto when = occurrence(series, after, after); when && when->start < stop;
       when = occurrence(series, after, after)) {
    act(std::max(when->start, row.start), std::min(when->end, row.end));
    if (when->start > window.now) return;
    after = when->end;
  }
}

std::vector<std::pair<std::string, std::string>> holders_of(const ReservedSpan& span) {
  std::vector<std::pair<std::string, std::string>> holders;
  for (const std::string_view word : split_commas(span.holders))
    if (const auto pair = split_once(word, '|')) holders.emplace_back(pair->first, pair->second);
  return holders;
}

// Calls with the seconds of each hour of the clock.
template <class Act>
void each_hour(Instant from, Instant to, Act&& act) {
  while (from < to) {
    const Instant hour = hour_of(from);
    const Instant until = std::min(to, hour + Seconds(seconds_in_hour));
    act(hour, static_cast<std::uint64_t>((until - from).value));
    from = until;
  }
}

// One span, and what jobs made of it by hour and TRES.
struct Kept {
  ReservedSpan span;
  TresCounts tres;
  std::map<std::pair<Instant, std::string>, std::uint64_t> used = {};

  void use(const JobUse& job) {
    const TresCounts counts = job.counts();
    each_run(job.suspensions, std::max(job.started, span.start), std::min(job.ended, span.end),
             [&](Instant from, Instant to) {
               each_hour(from, to, [&](Instant hour, std::uint64_t seconds) {
                 for (const TresCount& one : tres.entries()) used[{hour, one.name}] += seconds * counts[one.name];
               });
             });
  }

  void append_idle(std::vector<IdleReserved>& idle) const {
    const bool maint = flags_named(span.flags).has(Flag::maint);
    const auto holders = holders_of(span);
    each_hour(span.start, span.end, [&](Instant hour, std::uint64_t seconds) {
      for (const TresCount& one : tres.entries()) {
        const auto taken = used.find({hour, one.name});
        const std::uint64_t whole = seconds * one.count, jobs = taken == used.end() ? 0 : taken->second;
        if (whole > jobs) idle.push_back({maint, holders, hour, one.name, whole - jobs});
      }
    });
  }
};

}  // namespace

Reservation series_of(const std::string& flags, const Occurrence& when) {
  Reservation series;
  series.flags = flags_named(flags);
  series.flags.set(Flag::time_float, false);
  series.times.start = when.start;
  series.times.end = when.end;
  return series;
}

Result<std::vector<ReservedSpan>> reserved_spans(Database& database, const ReservedWindow& window) {
  std::string where = "cluster_id = ? AND ended > ? AND started < ?";
  SqlValues bound{window.cluster, window.from.seconds, window.to.seconds};
  add_any_of(where, bound, "name", window.names);
  TRY_ASSIGN(const auto rows, database.query("SELECT number, name, started, ended, nodes, tres, flags, associations, "
                                             "holders, series_start, series_end FROM reservations WHERE " +
                                                 where,
                                             bound));
  enum : std::size_t { number, name, started, ended, nodes, tres, flags, associations, holders, first, last };
  std::vector<ReservedSpan> spans;
  for (const SqlRow& row : rows) {
    ReservedSpan one{static_cast<std::uint32_t>(row.integer(number)),
                     row.text(name),
                     Instant(row.integer(started)),
                     Instant(row.integer(ended)),
                     row.text(nodes),
                     row.text(tres),
                     row.text(flags),
                     row.text(associations),
                     row.text(holders)};
    expand(one, {Instant(row.integer(first)), Instant(row.integer(last))}, window, [&](Instant from, Instant to) {
      spans.push_back(one);
      spans.back().start = from;
      spans.back().end = to;
    });
  }
  std::ranges::stable_sort(spans, {}, [](const ReservedSpan& one) { return std::tie(one.start, one.name); });
  return spans;
}

std::vector<std::pair<std::pair<std::string, std::string>, std::uint64_t>> shares_of(const IdleReserved& idle) {
  std::vector<std::pair<std::pair<std::string, std::string>, std::uint64_t>> shares;
  if (idle.holders.empty()) return shares;
  const std::uint64_t count = idle.holders.size(), left = idle.seconds % count;
  for (const auto& holder : idle.holders)
    shares.emplace_back(holder, idle.seconds / count + (shares.size() < left ? 1 : 0));
  return shares;
}

Result<std::vector<IdleReserved>> idle_reserved(Database& database, std::int64_t cluster, const Occurrence& within) {
  const auto [from, to] = within;
  TRY_ASSIGN(std::vector<ReservedSpan> spans, reserved_spans(database, {cluster, from, to, to}));
  std::map<std::string, std::vector<Kept>> by_name;
  for (ReservedSpan& span : spans) {
    if (flags_named(span.flags).has(Flag::ignore_jobs)) continue;
    span.start = std::max(span.start, from);
    span.end = std::min(span.end, to);
    TresCounts tres = counts_of(span.tres);
    by_name[span.name].push_back({std::move(span), std::move(tres)});
  }
  std::vector<IdleReserved> idle;
  if (by_name.empty()) return idle;
  JobsOfUse wanted{cluster, from, to, "", {}};
  std::vector<std::string> names;
  for (const auto& [name, kept] : by_name) names.push_back(name);
  add_any_of(wanted.condition, wanted.bound, "reservation", names);
  TRY(each_use(database, wanted, [&](const JobUse& job) {
    for (Kept& kept : by_name[job.reservation]) kept.use(job);
  }));
  for (const auto& [name, all] : by_name)
    for (const Kept& kept : all) kept.append_idle(idle);
  return idle;
}

}  // namespace slurmxx
