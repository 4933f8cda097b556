// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/reservation_list.h"

#include <algorithm>
#include <map>
#include <span>

#include "accounting/book_handlers.h"
#include "accounting/job_query.h"
#include "accounting/job_use.h"
#include "accounting/reserved_time.h"
#include "accounting/rows.h"
#include "accounting/schema.h"
#include "core/hostlist/hostlist.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

Status run(Database& database, std::string_view sql, const SqlValues& values) {
  const auto done = database.execute(sql, values);
  return done ? Status() : done.error();
}

bool has_any_node(const std::string& nodes, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return true;
  const auto names = expand_hostlist(nodes);
  return names && std::any_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
           return std::find(names->begin(), names->end(), name) != names->end();
         });
}

// CPU seconds of the jobs that ran in each, up to now.
Status add_use(Database& database, std::int64_t cluster, std::span<ReservedRow> rows, Instant now) {
  std::map<std::string, std::vector<ReservedRow*>> by_name;
  Instant from(INT64_MAX), to;
  for (ReservedRow& row : rows) {
    by_name[row.name].push_back(&row);
    from = std::min(from, row.start);
    to = std::max(to, std::min(row.end, now));
  }
  if (from >= to) return {};
  JobsOfUse wanted{cluster, from, to, "", {}};
  std::vector<std::string> names;
  for (const auto& [name, list] : by_name) names.push_back(name);
  add_any_of(wanted.condition, wanted.bound, "reservation", names);
  return each_use(database, wanted, [&](const JobUse& job) {
    for (ReservedRow* row : by_name[job.reservation])
      each_run(job.suspensions, std::max(job.started, row->start), std::min({job.ended, row->end, now}),
               [&](Instant since, Instant until) {
                 row->allocated_cpu_seconds += static_cast<std::uint64_t>((until - since).value) * job.cpus;
               });
  });
}

// As the manual says: a job that uses all CPUs for a minute takes a minute of it away.
void fill_unused(ReservedRow& row, Instant now) {
  const Instant end = std::min(row.end, now);
  const auto length = static_cast<std::uint64_t>(std::max<std::int64_t>(0, (end - row.start).value));
  const std::uint64_t cpus = counts_of(row.tres)["cpu"];
  const std::uint64_t used = cpus == 0 ? 0 : row.allocated_cpu_seconds / cpus;
  row.unused_seconds = length > used ? length - used : 0;
}

// The row that tells how the reservation stands at an instant.
struct Standing {
  bool any = false;
  std::string nodes, tres, flags, associations;
  Instant end;
  Occurrence first;
};

Result<Standing> standing_at(Database& database, std::int64_t cluster, const ReservationRecord& record) {
  const std::int64_t at = record.at.seconds;
  TRY_ASSIGN(const auto rows, database.query("SELECT nodes, tres, flags, associations, ended, series_start, series_end "
                                             "FROM reservations WHERE cluster_id = ? AND name = ? AND started < ? AND "
                                             "ended > ?",
                                             {cluster, record.name, at, at}));
  Standing row;
  if (rows.empty()) return row;
  const SqlRow& found = rows.front();
  row = {true,
         found.text(0),
         found.text(1),
         found.text(2),
         found.text(3),
         Instant(found.integer(4)),
         {Instant(found.integer(5)), Instant(found.integer(6))}};
  return row;
}

// But for its end, where it comes but once.
bool stands_as(const Standing& row, const ReservationRecord& record) {
  if (!row.any || record.is_over || record.end <= record.at) return false;
  if (row.nodes != record.nodes || row.tres != record.tres || row.flags != record.flags ||
      row.associations != record.associations)
    return false;
  const Reservation series = series_of(row.flags, row.first);
  if (!is_periodic(series)) return record.start <= record.at;
  return occurrence(series, record.at, record.at) == Occurrence{record.start, record.end};
}

}  // namespace

// What has begun stays as it was up to now; what has not is as if it had never been otherwise. A row lasts until the
// reservation is changed, but for its end, or gone.
Result<std::optional<Instant>> put_reservation(Database& database, std::int64_t cluster,
                                               const ReservationRecord& record) {
  const std::int64_t at = record.at.seconds;
  TRY_ASSIGN(const Standing row, standing_at(database, cluster, record));
  TRY(run(database, "DELETE FROM reservations WHERE cluster_id = ? AND name = ? AND started >= ?",
          {cluster, record.name, at}));
  const auto end_row = [&](std::int64_t end) {
    return run(database,
               "UPDATE reservations SET ended = ? WHERE cluster_id = ? AND name = ? AND started < ? AND ended > ?",
               {end, cluster, record.name, at, at});
  };
  const Reservation series = series_of(record.flags, {record.start, record.end});
  const bool again = is_periodic(series);
  if (stands_as(row, record)) {
    if (again || row.end == record.end) return std::optional<Instant>();
    TRY(end_row(record.end.seconds));
    return std::optional(std::min(row.end, record.end));
  }
  TRY(end_row(at));
  if (record.is_over || record.end.seconds <= at) return std::optional(record.at);
  const std::int64_t from = row.any ? std::max(record.start.seconds, at) : record.start.seconds;
  TRY(run(database,
          "REPLACE INTO reservations (cluster_id, name, started, number, ended, nodes, tres, flags, series_start, "
          "series_end, associations, holders) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
          {cluster, record.name, from, std::int64_t(record.number), again ? open_end : record.end.seconds, record.nodes,
           record.tres, record.flags, record.start.seconds, record.end.seconds, record.associations, record.holders}));
  return std::optional(Instant(std::min(from, at)));
}

Result<DbdReply> list_reservations(DbdContext& context, const ReservationsQuery& query) {
  TRY_ASSIGN(const bool hidden, is_hidden(context, "reservations"));
  if (hidden) return fail(Errc::access_denied);
  TRY_ASSIGN(const auto clusters, clusters_asked_for(context, query.clusters, false));
  ReservedList list;
  for (const auto& [id, cluster] : clusters) {
    TRY_ASSIGN(const std::vector<ReservedSpan> spans,
               reserved_spans(context.database, {id, query.start, query.end, context.now, query.names}));
    const std::size_t before = list.reservations.size();
    for (const ReservedSpan& span : spans)
      if (has_any_node(span.nodes, query.nodes))
        list.reservations.push_back({cluster, span.number, span.name, span.start, span.end, span.nodes, span.tres,
                                     span.flags, span.associations, 0, 0});
    const auto added = std::span(list.reservations).subspan(before);
    TRY(add_use(context.database, id, added, context.now));
    for (ReservedRow& row : added) fill_unused(row, context.now);
  }
  return DbdReply(std::move(list));
}

}  // namespace slurmxx
