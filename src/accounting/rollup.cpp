// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The jobs of a stretch are read once and spread over its hours. Nothing here remembers anything between two calls: how
// far it has come, and what was touched, is in the database.
#include "accounting/rollup.h"

#include <array>
#include <tuple>

#include <fmt/format.h>

#include "accounting/outages.h"
#include "accounting/reserved_time.h"
#include "accounting/rows.h"
#include "accounting/schema.h"
#include "core/accounting/tres_use.h"
#include "core/text/time_zone.h"

namespace slurmxx {
namespace {

std::int64_t floor_to(std::int64_t unit, std::int64_t at) { return at - ((at % unit) + unit) % unit; }

Status run(Database& database, std::string_view sql, const SqlValues& values) {
  const auto done = database.execute(sql, values);
  return done ? Status() : done.error();
}

// One stretch of a cluster, within a day: its whole hours are counted from the rows and written.
class Stretch {
 public:
  Stretch(Database& database, std::int64_t cluster, Instant from, Instant to)
      : database_(database), cluster_(cluster), from_(from), to_(to) {}
  Status roll_up();

 private:
  using Kind = TresHours::Kind;
  using AssociationName = std::tuple<std::string, std::string, std::string>;  // account, user, QOS
  using WckeyName = std::pair<std::string, std::string>;                      // wckey, user
  template <class Name>
  using Sums = std::map<std::tuple<std::int64_t, std::string, Name>, std::uint64_t>;  // by hour, TRES and name

  void add(const JobUse& job);
  Status add_events();
  Status add_idle_reserved();
  TresHours& hours_of(const std::string& tres) { return hours_.try_emplace(tres, from_, to_).first->second; }
  Status clear();
  Status write_cluster();
  template <class Name>
  Status write_sums(std::string_view table, std::string_view columns, const Sums<Name>& sums);

  Database& database_;
  std::int64_t cluster_;
  Instant from_, to_;
  std::map<std::string, TresHours> hours_;
  Sums<AssociationName> associations_;
  Sums<WckeyName> wckeys_;
};

void Stretch::add(const JobUse& job) {
  const TresCounts counts = job.counts();
  hours_of("cpu").add(Kind::wanted, job.eligible, std::min({job.started, job.ended, to_}), job.asked_cpus);
  for (const TresCount& one : counts.entries()) {
    TresHours& hours = hours_of(one.name);
    each_run(job.suspensions, std::max(job.started, from_), std::min(job.ended, to_), [&](Instant from, Instant to) {
      hours.add(Kind::allocated, from, to, one.count);
      while (from < to) {
        const Instant hour = hour_of(from);
        const Instant until = std::min(to, hour + Seconds(seconds_in_hour));
        const std::uint64_t amount = static_cast<std::uint64_t>((until - from).value) * one.count;
        associations_[{hour.seconds, one.name, {job.account, job.user, job.qos}}] += amount;
        wckeys_[{hour.seconds, one.name, {job.wckey, job.user}}] += amount;
        from = until;
      }
    });
  }
}

// An event without a node is a stretch of time in which the cluster had these TRES.
Status Stretch::add_events() {
  TRY_ASSIGN(const auto rows,
             database_.query("SELECT node, started, ended, tres, state FROM events WHERE cluster_id = ? AND "
                             "ended > ? AND started < ?",
                             {cluster_, from_.seconds, to_.seconds}));
  for (const SqlRow& row : rows) {
    const TresCounts counts = counts_of(row.text(3));
    for (const TresCount& one : counts.entries())
      hours_of(one.name).add(is_total_event(row.text(0), row.text(4)) ? Kind::total : Kind::down,
                             Instant(row.integer(1)), Instant(row.integer(2)), one.count);
  }
  return {};
}

// Split evenly among those that the reservation is for.
Status Stretch::add_idle_reserved() {
  TRY_ASSIGN(const std::vector<IdleReserved> all, idle_reserved(database_, cluster_, {from_, to_}));
  for (const IdleReserved& idle : all) {
    hours_of(idle.tres).add_amount(idle.maint ? Kind::planned_down : Kind::allocated, idle.hour, idle.seconds);
    for (const auto& [holder, seconds] : shares_of(idle))
      associations_[{idle.hour.seconds, idle.tres, {holder.first, holder.second, ""}}] += seconds;
  }
  return {};
}

Status Stretch::clear() {
  for (const char* table : {"cluster_usage_hour", "assoc_usage_hour", "wckey_usage_hour"})
    TRY(run(database_, fmt::format("DELETE FROM {} WHERE cluster_id = ? AND start >= ? AND start < ?", table),
            {cluster_, from_.seconds, to_.seconds}));
  return run(database_, "DELETE FROM usage_touched WHERE cluster_id = ? AND start >= ? AND start < ?",
             {cluster_, from_.seconds, to_.seconds});
}

Status Stretch::write_cluster() {
  constexpr std::size_t columns = 9;
  RowWriter rows(database_,
                 "INSERT INTO cluster_usage_hour (cluster_id, start, tres, total, allocated, down, planned_down, "
                 "planned, overcommitted)",
                 columns);
  const auto number = [](std::uint64_t amount) { return static_cast<std::int64_t>(amount); };
  for (const auto& [tres, hours] : hours_)
    for (Instant hour = from_; hour < to_; hour = hour + Seconds(seconds_in_hour)) {
      const TresUse use = hours.of_hour(hour);
      if (use == TresUse{}) continue;
      TRY(rows.add({cluster_, hour.seconds, tres, number(use.total), number(use.allocated), number(use.down),
                    number(use.planned_down), number(use.planned), number(use.overcommitted)}));
    }
  return rows.flush();
}

// The rows of sums by name: `columns` are those of the names, in their order.
template <class Name>
Status Stretch::write_sums(std::string_view table, std::string_view columns, const Sums<Name>& sums) {
  constexpr std::size_t others = 4;
  RowWriter rows(database_, fmt::format("INSERT INTO {} (cluster_id, start, tres, {}, seconds)", table, columns),
                 others + std::tuple_size_v<Name>);
  for (const auto& [key, seconds] : sums) {
    const auto& [hour, tres, name] = key;
    SqlValues row{cluster_, hour, tres};
    std::apply([&row](const auto&... names) { (row.emplace_back(names), ...); }, name);
    row.emplace_back(static_cast<std::int64_t>(seconds));
    TRY(rows.add(std::move(row)));
  }
  return rows.flush();
}

Status Stretch::roll_up() {
  TRY(each_use(database_, {cluster_, from_, to_, "", {}}, [this](const JobUse& job) { add(job); }));
  TRY(add_events());
  TRY(add_idle_reserved());
  TRY(clear());
  TRY(write_cluster());
  TRY(write_sums("assoc_usage_hour", "account, user_name, qos", associations_));
  return write_sums("wckey_usage_hour", "wckey, user_name", wckeys_);
}

struct Sum {
  const char* table;
  const char* names;
  const char* amounts;
  const char* sums;
};
constexpr Sum sums[] = {
    {"cluster_usage_", "tres", "total, allocated, down, planned_down, planned, overcommitted",
     "SUM(total), SUM(allocated), SUM(down), SUM(planned_down), SUM(planned), SUM(overcommitted)"},
    {"assoc_usage_", "tres, account, user_name, qos", "seconds", "SUM(seconds)"},
    {"wckey_usage_", "tres, wckey, user_name", "seconds", "SUM(seconds)"},
};

struct Span {
  const char* name;
  const char* parts;
  Instant from, to;
};

// A day out of its hours, or a month out of its days.
Status add_up(Database& database, std::int64_t cluster, const Span& span) {
  for (const Sum& sum : sums) {
    TRY(run(database, fmt::format("DELETE FROM {}{} WHERE cluster_id = ? AND start = ?", sum.table, span.name),
            {cluster, span.from.seconds}));
    TRY(run(database,
            fmt::format("INSERT INTO {0}{1} (cluster_id, start, {3}, {4}) SELECT cluster_id, {6}, {3}, {5} FROM {0}{2} "
                        "WHERE cluster_id = ? AND start >= ? AND start < ? GROUP BY cluster_id, {3}",
                        sum.table, span.name, span.parts, sum.names, sum.amounts, sum.sums, span.from.seconds),
            {cluster, span.from.seconds, span.to.seconds}));
  }
  return {};
}

// The first hour of which anything is known.
Result<std::optional<Instant>> first_hour(Database& database, std::int64_t cluster) {
  std::int64_t first = open_end;
  for (const char* column : {"MIN(eligible) FROM jobs", "MIN(started) FROM events"}) {
    TRY_ASSIGN(const auto rows, database.query(fmt::format("SELECT {} WHERE cluster_id = ?", column), {cluster}));
    if (!rows.empty() && !rows.front().is_null(0)) first = std::min(first, rows.front().integer(0));
  }
  if (first == open_end) return std::optional<Instant>();
  return std::optional(hour_of(Instant(first)));
}

struct Next {
  Instant from, to;
  Instant rolled;  // afterwards
};

// The earliest hours that must be rolled up, as far as they follow each other within a day.
Result<std::optional<Next>> next_of(Database& database, std::int64_t cluster, Instant now) {
  TRY_ASSIGN(std::optional<Instant> rolled, rolled_up_to(database, cluster));
  const Instant over = hour_of(now);
  if (!rolled) {
    TRY_ASSIGN(rolled, first_hour(database, cluster));
  }
  if (!rolled) return std::optional<Next>();
  TRY_ASSIGN(const std::set<Instant> touched, touched_hours(database, cluster));
  Instant from = touched.empty() ? *rolled : *touched.begin();
  if (from >= over) return std::optional<Next>();
  const Instant day_end = day_of(from) + Seconds(seconds_in_day);
  Instant to = from;
  while (to < day_end && to < over && (to >= *rolled || touched.contains(to))) to = to + Seconds(seconds_in_hour);
  return std::optional(Next{from, to, std::max(*rolled, to)});
}

Status roll_up(Database& database, std::int64_t cluster, const Next& next) {
  TRY(Stretch(database, cluster, next.from, next.to).roll_up());
  TRY(run(database, "REPLACE INTO usage_rolled (cluster_id, up_to) VALUES (?, ?)", {cluster, next.rolled.seconds}));
  const Instant day = day_of(next.from);
  const Instant day_end = day + Seconds(seconds_in_day);
  if (day_end > next.rolled) return {};
  TRY(add_up(database, cluster, {"day", "hour", day, day_end}));
  const Instant month = month_of(day);
  if (next_month(month) > next.rolled) return {};
  return add_up(database, cluster, {"month", "day", month, next_month(month)});
}

}  // namespace

Instant hour_of(Instant instant) { return Instant(floor_to(seconds_in_hour, instant.seconds)); }
Instant day_of(Instant instant) { return Instant(floor_to(seconds_in_day, instant.seconds)); }

Instant month_of(Instant instant) {
  const CivilTime civil = utc().civil(instant);
  return utc().instant({civil.year, civil.month, 1, 0, 0, 0});
}

Instant next_month(Instant month) {
  CivilTime civil = utc().civil(month);
  ++civil.month;
  return utc().instant(normalized(civil));
}

Result<std::optional<Instant>> rolled_up_to(Database& database, std::int64_t cluster) {
  TRY_ASSIGN(const auto rows, database.query("SELECT up_to FROM usage_rolled WHERE cluster_id = ?", {cluster}));
  return rows.empty() ? std::optional<Instant>() : std::optional(Instant(rows.front().integer(0)));
}

Result<std::set<Instant>> touched_hours(Database& database, std::int64_t cluster) {
  TRY_ASSIGN(const auto rows, database.query("SELECT start FROM usage_touched WHERE cluster_id = ?", {cluster}));
  std::set<Instant> hours;
  for (const SqlRow& row : rows) hours.insert(Instant(row.integer(0)));
  return hours;
}

Result<Instant> rows_whole_from(Database& database, std::int64_t cluster) {
  TRY_ASSIGN(const auto rows, database.query("SELECT MAX(up_to) FROM purged WHERE cluster_id = ? AND what IN "
                                             "('jobs', 'events', 'suspends')",
                                             {cluster}));
  return Instant(rows.empty() ? 0 : rows.front().integer(0));
}

Result<RolledUp> rolled_up(Database& database, std::int64_t cluster) {
  RolledUp rolled;
  TRY_ASSIGN(rolled.to, rolled_up_to(database, cluster));
  TRY_ASSIGN(rolled.rows_whole_from, rows_whole_from(database, cluster));
  return rolled;
}

void TouchedHours::add(Instant from, Instant to) {
  if (!concern(from)) return;
  for (Instant hour = hour_of(std::max(from, rolled_.rows_whole_from)); hour < std::min(to, *rolled_.to);
       hour = hour + Seconds(seconds_in_hour))
    hours_.insert(hour);
}

void TouchedHours::add(const JobUse* before, const JobUse& now) {
  if (!before) return add(now.first_instant(), now.ended);
  if (const auto first = first_difference(*before, now)) add(*first, std::max(before->ended, now.ended));
}

Status TouchedHours::write(Database& database, std::int64_t cluster) const {
  constexpr std::size_t columns = 2;
  RowWriter rows(database, "REPLACE INTO usage_touched (cluster_id, start)", columns);
  for (const Instant hour : hours_) TRY(rows.add({cluster, hour.seconds}));
  return rows.flush();
}

Result<bool> roll_up_next(Database& database, Instant now) {
  TRY_ASSIGN(const auto clusters, database.query("SELECT id FROM clusters ORDER BY id"));
  for (const SqlRow& row : clusters) {
    TRY_ASSIGN(Transaction transaction, Transaction::begin(database));
    TRY_ASSIGN(const std::optional<Next> next, next_of(database, row.integer(0), now));
    if (!next) continue;
    TRY(roll_up(database, row.integer(0), *next));
    TRY(transaction.commit());
    return true;
  }
  return false;
}

}  // namespace slurmxx
