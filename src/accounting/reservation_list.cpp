// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/reservation_list.h"

#include <algorithm>

#include "accounting/job_query.h"
#include "accounting/job_use.h"
#include "accounting/rows.h"
#include "accounting/schema.h"
#include "core/hostlist/hostlist.h"
#include "core/text/words.h"
#include "state/codec.h"

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

// CPU seconds of the jobs that ran in it between two instants.
Result<std::uint64_t> used_in(Database& database, std::int64_t cluster, const ReservedRow& row) {
  TRY_ASSIGN(const auto jobs, database.query("SELECT record, suspensions FROM jobs WHERE cluster_id = ? AND ended > ? "
                                             "AND started < ?",
                                             {cluster, row.start.seconds, row.end.seconds}));
  std::uint64_t sum = 0;
  for (const SqlRow& job : jobs) {
    TRY_ASSIGN(const JobRecord record, decode<JobRecord>(job.text(0)));
    if (!record.view.job.spec || reservation_of(record.view.job) != row.name) continue;
    const JobUse use = use_of(record, suspensions_of(job.text(1)));
    each_run(use.suspensions, std::max(use.started, row.start), std::min(use.ended, row.end),
             [&](Instant from, Instant to) { sum += static_cast<std::uint64_t>((to - from).value) * use.cpus; });
  }
  return sum;
}

// As the manual says: a job that uses all CPUs for a minute takes a minute of it away.
Status fill_use(Database& database, std::int64_t cluster, ReservedRow& row, Instant now) {
  ReservedRow so_far = row;
  so_far.end = std::min(row.end, now);
  TRY_ASSIGN(row.allocated_cpu_seconds, used_in(database, cluster, so_far));
  const auto length = static_cast<std::uint64_t>(std::max<std::int64_t>(0, (so_far.end - so_far.start).value));
  const std::uint64_t cpus = counts_of(row.tres)["cpu"];
  const std::uint64_t used = cpus == 0 ? 0 : row.allocated_cpu_seconds / cpus;
  row.unused_seconds = length > used ? length - used : 0;
  return {};
}

}  // namespace

// What has begun stays as it was up to now; what has not is as if it had never been otherwise.
Status put_reservation(Database& database, std::int64_t cluster, const ReservationRecord& record) {
  const std::int64_t at = record.at.seconds;
  TRY_ASSIGN(const auto open,
             database.query("SELECT nodes, tres, ended FROM reservations WHERE cluster_id = ? AND name "
                            "= ? AND started < ? AND ended > ?",
                            {cluster, record.name, at, at}));
  TRY(run(database, "DELETE FROM reservations WHERE cluster_id = ? AND name = ? AND started >= ?",
          {cluster, record.name, at}));
  const bool same = !open.empty() && !record.is_over && open.front().text(0) == record.nodes &&
                    open.front().text(1) == record.tres && open.front().integer(2) == record.end.seconds;
  if (same) return {};
  TRY(run(database, "UPDATE reservations SET ended = ? WHERE cluster_id = ? AND name = ? AND started < ? AND ended > ?",
          {at, cluster, record.name, at, at}));
  if (record.is_over || record.end.seconds <= at) return {};
  const std::int64_t from = open.empty() ? record.start.seconds : std::max(record.start.seconds, at);
  return run(database,
             "REPLACE INTO reservations (cluster_id, name, started, number, ended, nodes, tres, flags) VALUES "
             "(?,?,?,?,?,?,?,?)",
             {cluster, record.name, from, std::int64_t(record.number), record.end.seconds, record.nodes, record.tres,
              record.flags});
}

Result<DbdReply> list_reservations(DbdContext& context, const ReservationsQuery& query) {
  TRY_ASSIGN(const auto clusters, clusters_asked_for(context, query.clusters, false));
  ReservedList list;
  for (const auto& [id, cluster] : clusters) {
    std::string where = "cluster_id = ? AND ended > ? AND started < ?";
    SqlValues bound{id, query.start.seconds, query.end.seconds};
    add_any_of(where, bound, "name", query.names);
    TRY_ASSIGN(const auto rows, context.database.query(
                                    "SELECT number, name, started, ended, nodes, tres, flags FROM reservations WHERE " +
                                        where + " ORDER BY started, name",
                                    bound));
    enum : std::size_t { number, name, started, ended, nodes, tres, flags };
    for (const SqlRow& row : rows) {
      ReservedRow one;
      one.cluster = cluster;
      one.id = static_cast<std::uint32_t>(row.integer(number));
      one.name = row.text(name);
      one.start = Instant(row.integer(started));
      one.end = Instant(row.integer(ended));
      one.nodes = row.text(nodes);
      one.tres = row.text(tres);
      one.flags = row.text(flags);
      if (!has_any_node(one.nodes, query.nodes)) continue;
      TRY(fill_use(context.database, id, one, context.now));
      list.reservations.push_back(std::move(one));
    }
  }
  return DbdReply(std::move(list));
}

}  // namespace slurmxx
