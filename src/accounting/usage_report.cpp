// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/usage_report.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include <fmt/format.h>

#include "accounting/job_query.h"
#include "accounting/rows.h"
#include "accounting/schema.h"
#include "core/text/words.h"
#include "core/tres/tres.h"
#include "state/codec.h"
#include "wire/accounting_records.h"

namespace slurmxx {
namespace {

constexpr std::size_t jobs_at_once = 20'000;

// The columns that are read of each job, in this order.
constexpr const char* job_columns =
    "job_id, submitted, restarts, account, user_name, cpus, nodes, eligible, started, ended";

struct JobUse {
  std::string account;
  std::string user;
  std::uint32_t cpus;
  std::uint32_t nodes;
  Instant eligible, started, ended;
  TresCounts tres;  // only where it is wanted
  std::uint64_t count(const std::string& name) const {
    if (name == "cpu" || (name == "billing" && tres.empty())) return cpus;
    return name == "node" ? nodes : tres[name];
  }
};

// tres_text() writes "mem=62.50G" for people; this reads it.
TresCounts counts_of(const std::string& text) {
  constexpr std::string_view suffixes = "MGTP";
  constexpr double step = 1024;
  TresCounts counts;
  for (const std::string_view part : split_commas(text)) {
    const auto pair = split_once(part, '=');
    if (!pair) continue;
    const std::string number(pair->second);
    char* end = nullptr;
    double count = std::strtod(number.c_str(), &end);
    if (pair->first == "mem" && *end != 0)
      for (std::size_t i = suffixes.find(*end); i != 0 && i != std::string_view::npos; --i) count *= step;
    counts.set(pair->first, static_cast<std::uint64_t>(count + 0.5));
  }
  return counts;
}

JobUse use_of(const SqlRow& row, bool with_tres) {
  enum : std::size_t { account = 3, user, cpus, nodes, eligible, started, ended, record };
  JobUse use{row.text(account),
             row.text(user),
             static_cast<std::uint32_t>(row.integer(cpus)),
             static_cast<std::uint32_t>(row.integer(nodes)),
             Instant(row.integer(eligible)),
             Instant(row.integer(started)),
             Instant(row.integer(ended)),
             {}};
  if (!with_tres) return use;
  const auto kept = decode<JobRecord>(row.text(record));
  if (!kept) return use;
  const std::string& text = kept->view.allocated_tres;
  use.tres = counts_of(text.empty() ? kept->view.requested_tres : text);
  return use;
}

class Report {
 public:
  Report(DbdContext& context, const UsageQuery& query) : context_(context), query_(query) {
    end_ = std::min(query.end, context.now);
    for (const std::string& name : query.tres) with_tres_ = with_tres_ || (name != "cpu" && name != "node");
  }

  Status add_cluster(std::int64_t id, const std::string& name);
  UsageSummary take();

 private:
  Status add_jobs(std::int64_t id, const std::string& name);
  Status add_events(std::int64_t id);
  void add(const JobUse& job, const std::string& cluster);
  std::pair<std::string, SqlValues> condition(std::int64_t id) const;

  DbdContext& context_;
  const UsageQuery& query_;
  Instant end_;  // jobs that run have used nothing of the time to come
  bool with_tres_ = false;
  std::vector<TresHours> hours_;  // of the cluster at hand, by TRES
  std::map<std::tuple<std::string, std::string, std::string, std::uint32_t>, UsedRow> rows_;
  std::vector<ClusterUsage> clusters_;
};

std::pair<std::string, SqlValues> Report::condition(std::int64_t id) const {
  std::string where = "cluster_id = ? AND ended > ? AND eligible < ?";
  SqlValues bound{id, query_.start.seconds, end_.seconds};
  add_any_of(where, bound, "user_name", query_.users);
  add_any_of(where, bound, "partition_name", query_.partitions);
  std::string groups;
  for (const Gid gid : query_.groups) groups += (groups.empty() ? "" : ",") + std::to_string(gid.value);
  if (!groups.empty()) where += " AND gid IN (" + groups + ")";
  const auto& hidden = context_.config.identity.private_data;
  if (!context_.caller.trusted && std::find(hidden.begin(), hidden.end(), "usage") != hidden.end()) {
    where += " AND uid = ?";
    bound.emplace_back(std::int64_t(context_.caller.uid.value));
  }
  return {where, bound};
}

Status Report::add_jobs(std::int64_t id, const std::string& name) {
  const auto [where, bound] = condition(id);
  std::int64_t after[] = {-1, -1, -1};
  for (std::size_t read = jobs_at_once; read == jobs_at_once;) {
    SqlValues values = bound;
    values.insert(values.end(), {after[0], after[0], after[1], after[1], after[2]});
    TRY_ASSIGN(const auto rows,
               context_.database.query(
                   fmt::format("SELECT {}{} FROM jobs WHERE {} AND (job_id > ? OR (job_id = ? AND (submitted > ? OR "
                               "(submitted = ? AND restarts > ?)))) ORDER BY job_id, submitted, restarts LIMIT {}",
                               job_columns, with_tres_ ? ", record" : "", where, jobs_at_once),
                   values));
    for (const SqlRow& row : rows) add(use_of(row, with_tres_), name);
    read = rows.size();
    for (std::size_t i = 0; read > 0 && i < std::size(after); ++i) after[i] = rows.back().integer(i);
  }
  return {};
}

void Report::add(const JobUse& job, const std::string& cluster) {
  using Kind = TresHours::Kind;
  const Instant from = std::max(job.started, query_.start);
  const Instant to = std::min(job.ended, end_);
  for (std::size_t i = 0; i < hours_.size(); ++i) {
    const std::uint64_t count = job.count(query_.tres[i]);
    hours_[i].add(Kind::allocated, job.started, std::min(job.ended, end_), count);
    hours_[i].add(Kind::wanted, job.eligible, std::min({job.started, job.ended, end_}), count);
  }
  if (from >= to) return;
  const std::string user = query_.by_size ? "" : job.user;
  const std::uint32_t cpus = query_.by_size ? job.cpus : 0;
  UsedRow& row = rows_[{cluster, job.account, user, cpus}];
  if (row.seconds.empty()) row = {cluster, job.account, user, cpus, 0, std::vector<std::uint64_t>(query_.tres.size())};
  ++row.jobs;
  for (std::size_t i = 0; i < query_.tres.size(); ++i)
    row.seconds[i] += static_cast<std::uint64_t>((to - from).value) * job.count(query_.tres[i]);
}

// An event without a node is a stretch of time in which the cluster had these TRES.
Status Report::add_events(std::int64_t id) {
  TRY_ASSIGN(const auto rows,
             context_.database.query("SELECT node, started, ended, tres FROM events WHERE cluster_id = ? AND ended > ? "
                                     "AND started < ?",
                                     {id, query_.start.seconds, end_.seconds}));
  for (const SqlRow& row : rows) {
    const TresCounts tres = counts_of(row.text(3));
    const auto kind = row.text(0).empty() ? TresHours::Kind::total : TresHours::Kind::down;
    for (std::size_t i = 0; i < hours_.size(); ++i)
      hours_[i].add(kind, Instant(row.integer(1)), std::min(Instant(row.integer(2)), end_), tres[query_.tres[i]]);
  }
  return {};
}

Status Report::add_cluster(std::int64_t id, const std::string& name) {
  hours_.clear();
  if (query_.with_clusters) hours_.assign(query_.tres.size(), TresHours(query_.start, query_.end));
  TRY(add_jobs(id, name));
  if (!query_.with_clusters) return {};
  TRY(add_events(id));
  for (std::size_t i = 0; i < hours_.size(); ++i)
    if (const TresUse use = hours_[i].sum(); use.total > 0) clusters_.push_back({name, query_.tres[i], use});
  return {};
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
  TRY_ASSIGN(const auto clusters, clusters_asked_for(context, query.clusters, query.all_clusters));
  Report report(context, query);
  for (const auto& [id, name] : clusters) TRY(report.add_cluster(id, name));
  return DbdReply(report.take());
}

}  // namespace slurmxx
