// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/usage_report.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "accounting/book_handlers.h"
#include "accounting/job_query.h"
#include "accounting/job_use.h"
#include "accounting/outages.h"
#include "accounting/reserved_time.h"
#include "accounting/rollup.h"
#include "accounting/rows.h"
#include "accounting/usage_pieces.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using From = UsagePiece::From;
using Kind = TresHours::Kind;

const char* ending(From source) { return source == From::months ? "month" : source == From::days ? "day" : "hour"; }

// One cluster after the other; what each is asked for comes from roll-ups where they know it, else from the rows.
class Report {
 public:
  Report(DbdContext& context, const UsageQuery& query, OwnRows own)
      : context_(context), query_(query), own_(std::move(own)), own_only_(own_.only) {
    end_ = std::min(query.end, context.now);
    // Roll-ups know no partition, group, uid, size, node or job.
    from_rows_ = query.by_size || own_only_ || !query.partitions.empty() || !query.groups.empty() ||
                 !query.jobs.empty() || !query.nodes.empty();
  }

  Status add_cluster(std::int64_t id, const std::string& name);
  UsageSummary take();

 private:
  Status add_users(std::int64_t id, const std::string& name, const std::vector<UsagePiece>& pieces);
  Status add_whole(std::int64_t id, const std::string& name, const std::vector<UsagePiece>& pieces);
  Status read_users(std::int64_t id, const std::string& name, const UsagePiece& piece);
  Status read_rolled_users(std::int64_t id, const std::string& name, const UsagePiece& piece);
  Status read_whole(std::int64_t id, const UsagePiece& piece);
  Status read_rolled_whole(std::int64_t id, const UsagePiece& piece);
  Result<TresCounts> last_counts(std::int64_t id);
  Status read_events(std::int64_t id, const UsagePiece& piece);
  Status read_idle_of_users(std::int64_t id, const std::string& name, const UsagePiece& piece);
  Status read_idle(std::int64_t id, const UsagePiece& piece);
  void add(const JobUse& job, const std::string& cluster, const UsagePiece& piece);
  UsedRow& row_of(const std::string& cluster, const JobUse& job);
  JobsOfUse jobs_of(std::int64_t id, const UsagePiece& piece) const;

  DbdContext& context_;
  const UsageQuery& query_;
  Instant end_;  // jobs that run have used nothing of the time to come
  OwnRows own_;
  bool own_only_ = false;
  bool from_rows_ = false;
  std::vector<TresHours> hours_;  // of the cluster at hand, by TRES; what was rolled up is in rolled_
  std::vector<TresUse> rolled_;
  std::map<std::tuple<std::string, std::string, std::string, std::string, std::string, std::uint32_t>, UsedRow> rows_;
  std::vector<ClusterUsage> clusters_;
};

JobsOfUse Report::jobs_of(std::int64_t id, const UsagePiece& piece) const {
  JobsOfUse wanted{id, piece.from, std::min(piece.to, end_), "", {}};
  own_.restrict(wanted.condition, wanted.bound);
  return wanted;
}

// What the report does not tell apart is one row.
UsedRow& Report::row_of(const std::string& cluster, const JobUse& job) {
  const bool of_wckeys = query_.by_wckey;
  const bool of_accounts = !of_wckeys || query_.by_size;
  UsedRow row;
  row.cluster = cluster;
  if (of_accounts) row.account = job.account;
  if (query_.by_size)
    row.cpus = job.cpus;
  else if (!query_.by_qos)
    row.user = job.user;
  if (query_.by_qos) row.qos = job.qos;
  if (of_wckeys) row.wckey = job.wckey;
  row.seconds.resize(query_.tres.size());
  return rows_.try_emplace({cluster, row.account, row.user, row.qos, row.wckey, row.cpus}, std::move(row))
      .first->second;
}

void Report::add(const JobUse& job, const std::string& cluster, const UsagePiece& piece) {
  UsedRow* row = nullptr;
  const Instant from = std::max(job.started, piece.from);
  each_run(job.suspensions, from, std::min({job.ended, piece.to, end_}), [&](Instant since, Instant until) {
    if (!row) row = &row_of(cluster, job), ++row->jobs;
    for (std::size_t i = 0; i < query_.tres.size(); ++i)
      row->seconds[i] += static_cast<std::uint64_t>((until - since).value) * job.count(query_.tres[i]);
  });
}

Status Report::read_users(std::int64_t id, const std::string& name, const UsagePiece& piece) {
  JobsOfUse wanted = jobs_of(id, piece);
  add_any_of(wanted.condition, wanted.bound, "user_name", query_.users);
  add_any_of(wanted.condition, wanted.bound, "partition_name", query_.partitions);
  std::string groups;
  for (const Gid gid : query_.groups) groups += (groups.empty() ? "" : ",") + std::to_string(gid.value);
  if (!groups.empty()) wanted.condition += " AND gid IN (" + groups + ")";
  TRY(add_named_jobs(wanted.condition, wanted.bound, id, query_.jobs));
  wanted.nodes = query_.nodes;
  return each_use(context_.database, wanted, [&](const JobUse& job) { add(job, name, piece); });
}

Status Report::read_rolled_users(std::int64_t id, const std::string& name, const UsagePiece& piece) {
  const std::string table = fmt::format("{}_usage_{}", query_.by_wckey ? "wckey" : "assoc", ending(piece.source));
  const char* names = query_.by_wckey ? "wckey, user_name" : "account, user_name, qos";
  std::string where = "cluster_id = ? AND start >= ? AND start < ?";
  SqlValues bound{id, piece.from.seconds, piece.to.seconds};
  add_any_of(where, bound, "tres", query_.tres);
  add_any_of(where, bound, "user_name", query_.users);
  TRY_ASSIGN(const auto rows, context_.database.query(fmt::format("SELECT tres, SUM(seconds), {0} FROM {1} WHERE {2} "
                                                                  "GROUP BY tres, {0}",
                                                                  names, table, where),
                                                      bound));
  for (const SqlRow& row : rows) {
    JobUse job;
    (query_.by_wckey ? job.wckey : job.account) = row.text(2);
    job.user = row.text(3);
    if (!query_.by_wckey) job.qos = row.text(4);
    UsedRow& used = row_of(name, job);
    for (std::size_t i = 0; i < query_.tres.size(); ++i)
      if (query_.tres[i] == row.text(0)) used.seconds[i] += static_cast<std::uint64_t>(row.integer(1));
  }
  return {};
}

// What is reserved is had by those it is reserved for, evenly.
Status Report::read_idle_of_users(std::int64_t id, const std::string& name, const UsagePiece& piece) {
  if (query_.by_wckey || piece.from >= end_) return {};
  TRY_ASSIGN(const auto all, idle_reserved(context_.database, id, {piece.from, std::min(piece.to, end_)}));
  for (const IdleReserved& idle : all) {
    const auto at = std::ranges::find(query_.tres, idle.tres);
    if (at == query_.tres.end()) continue;
    for (const auto& [holder, seconds] : shares_of(idle)) {
      if (!query_.users.empty() && !contains(query_.users, holder.second)) continue;
      JobUse use;
      use.account = holder.first;
      use.user = holder.second;
      row_of(name, use).seconds[static_cast<std::size_t>(at - query_.tres.begin())] += seconds;
    }
  }
  return {};
}

Status Report::read_idle(std::int64_t id, const UsagePiece& piece) {
  if (own_only_ || piece.from >= end_) return {};
  TRY_ASSIGN(const auto all, idle_reserved(context_.database, id, {piece.from, std::min(piece.to, end_)}));
  for (const IdleReserved& idle : all)
    for (std::size_t i = 0; i < hours_.size(); ++i)
      if (query_.tres[i] == idle.tres)
        hours_[i].add_amount(idle.maint ? Kind::planned_down : Kind::allocated, idle.hour, idle.seconds);
  return {};
}

Status Report::add_users(std::int64_t id, const std::string& name, const std::vector<UsagePiece>& pieces) {
  if (from_rows_) return read_users(id, name, {From::rows, query_.start, end_});
  for (const UsagePiece& piece : pieces) {
    TRY(piece.source == From::rows ? read_users(id, name, piece) : read_rolled_users(id, name, piece));
    if (piece.source == From::rows) TRY(read_idle_of_users(id, name, piece));
  }
  return {};
}

// An event without a node is a stretch of time in which the cluster had these TRES.
Status Report::read_events(std::int64_t id, const UsagePiece& piece) {
  TRY_ASSIGN(
      const auto rows,
      context_.database.query("SELECT node, started, ended, tres, state FROM events WHERE cluster_id = ? AND ended > ? "
                              "AND started < ?",
                              {id, piece.from.seconds, piece.to.seconds}));
  for (const SqlRow& row : rows) {
    const TresCounts tres = counts_of(row.text(3));
    const Kind kind = is_total_event(row.text(0), row.text(4)) ? Kind::total : Kind::down;
    for (std::size_t i = 0; i < hours_.size(); ++i)
      hours_[i].add(kind, std::max(Instant(row.integer(1)), piece.from),
                    std::min({Instant(row.integer(2)), piece.to, end_}), tres[query_.tres[i]]);
  }
  return {};
}

Status Report::read_whole(std::int64_t id, const UsagePiece& piece) {
  const Instant end = std::min(piece.to, end_);
  TRY(each_use(context_.database, jobs_of(id, piece), [&](const JobUse& job) {
    for (std::size_t i = 0; i < hours_.size(); ++i) {
      const std::uint64_t count = job.count(query_.tres[i]);
      if (query_.tres[i] == "cpu")
        hours_[i].add(Kind::wanted, std::max(job.eligible, piece.from), std::min({job.started, job.ended, end}),
                      job.asked_cpus);
      each_run(job.suspensions, std::max(job.started, piece.from), std::min(job.ended, end),
               [&](Instant from, Instant to) { hours_[i].add(Kind::allocated, from, to, count); });
    }
  }));
  TRY(read_idle(id, piece));
  return read_events(id, piece);
}

Status Report::read_rolled_whole(std::int64_t id, const UsagePiece& piece) {
  std::string where = "cluster_id = ? AND start >= ? AND start < ?";
  SqlValues bound{id, piece.from.seconds, piece.to.seconds};
  add_any_of(where, bound, "tres", query_.tres);
  TRY_ASSIGN(const auto rows,
             context_.database.query(fmt::format("SELECT tres, SUM(total), SUM(allocated), SUM(down), "
                                                 "SUM(planned_down), SUM(planned), SUM(overcommitted) FROM "
                                                 "cluster_usage_{} WHERE {} GROUP BY tres",
                                                 ending(piece.source), where),
                                     bound));
  for (const SqlRow& row : rows) {
    const auto amount = [&](std::size_t column) { return static_cast<std::uint64_t>(row.integer(column)); };
    for (std::size_t i = 0; i < query_.tres.size(); ++i)
      if (query_.tres[i] == row.text(0))
        rolled_[i] += TresUse{amount(1), amount(2), amount(3), amount(4), amount(5), amount(6)};
  }
  return {};
}

// What the cluster had at the end of the window.
Result<TresCounts> Report::last_counts(std::int64_t id) {
  TRY_ASSIGN(const auto rows,
             context_.database.query("SELECT tres FROM events WHERE cluster_id = ? AND node = '' AND state = '' AND "
                                     "ended > ? AND started < ? ORDER BY started DESC, id DESC LIMIT 1",
                                     {id, query_.start.seconds, query_.end.seconds}));
  return rows.empty() ? TresCounts() : counts_of(rows.front().text(0));
}

Status Report::add_whole(std::int64_t id, const std::string& name, const std::vector<UsagePiece>& pieces) {
  hours_.assign(query_.tres.size(), TresHours(query_.start, query_.end));
  rolled_.assign(query_.tres.size(), {});
  for (const UsagePiece& piece : own_only_ ? pieces_of(query_.start, query_.end, {}, {}) : pieces)
    TRY(piece.source == From::rows ? read_whole(id, piece) : read_rolled_whole(id, piece));
  TRY_ASSIGN(const TresCounts counts, last_counts(id));
  for (std::size_t i = 0; i < hours_.size(); ++i) {
    TresUse use = hours_[i].sum();
    use += rolled_[i];
    if (use.total > 0) clusters_.push_back({name, query_.tres[i], use, counts[query_.tres[i]]});
  }
  return {};
}

Status Report::add_cluster(std::int64_t id, const std::string& name) {
  std::optional<Instant> rolled;
  std::set<Instant> touched;
  if (!context_.config.behaviour.disable_rollups) {
    TRY_ASSIGN(rolled, rolled_up_to(context_.database, id));
    TRY_ASSIGN(touched, touched_hours(context_.database, id));
  }
  const auto pieces = pieces_of(query_.start, query_.end, rolled, touched);
  TRY(add_users(id, name, pieces));
  return query_.with_clusters ? add_whole(id, name, pieces) : Status();
}

UsageSummary Report::take() {
  UsageSummary summary{{}, std::move(clusters_)};
  for (auto& [key, row] : rows_) summary.rows.push_back(std::move(row));
  return summary;
}

}  // namespace

Result<DbdReply> report_usage(DbdContext& context, const UsageQuery& query) {
  constexpr std::int64_t years_max = 50;
  constexpr std::int64_t seconds_in_year = 366LL * 24 * 3600;
  if (query.end < query.start || query.end - query.start > Seconds(years_max * seconds_in_year))
    return fail("a report is over a window of time that ends after it starts, and within 50 years");
  if (query.by_wckey) TRY(require_operator(context, "usage by wckey"));
  TRY_ASSIGN(const auto clusters, clusters_asked_for(context, query.clusters, query.all_clusters));
  TRY_ASSIGN(OwnRows own, rows_of_caller(context, "usage"));
  TRY_ASSIGN(const Transaction moment, Transaction::begin_reading(context.database));
  Report report(context, query, std::move(own));
  for (const auto& [id, name] : clusters) TRY(report.add_cluster(id, name));
  return DbdReply(report.take());
}

}  // namespace slurmxx
