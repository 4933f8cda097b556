// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "accounting/job_query.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "accounting/book_handlers.h"
#include "accounting/rows.h"
#include "accounting/schema.h"
#include "accounting/texts.h"
#include "core/accounting/suspensions.h"
#include "core/model/job_name.h"
#include "core/text/words.h"
#include "state/codec.h"
#include "wire/accounting_records.h"

namespace slurmxx {
namespace {

struct Condition {
  std::string where = "1 = 1";
  SqlValues bound;
  bool one_cluster = false;
  std::string clusters;  // their numbers, by commas
  SqlDialect dialect = SqlDialect::sqlite;

  void any_of(std::string_view column, const std::vector<std::string>& values) {
    add_any_of(where, bound, column, values);
  }
  template <class Id>
  std::string numbers(const std::vector<Id>& ids) {
    std::string list;
    for (const Id id : ids) list += (list.empty() ? "" : ",") + std::to_string(id.value);
    return list;
  }
  void add(std::string_view text, std::initializer_list<SqlValue> values) {
    where += text;
    bound.insert(bound.end(), values);
  }
};

// By their ids; or by where the page before ended, as there is much to find and ids grow with time.
bool is_found_by_id(const JobsQuery& query) {
  return !query.ids.empty() || (!query.after.empty() && query.users.empty());
}

// SQLite looks into no index for a column behind a plus; MariaDB, which knows how its rows are spread, does not see it.
const char* ended_column(const JobsQuery& query) { return is_found_by_id(query) ? "+ended" : "ended"; }

// A state is one that the job was in at some time of the window; an end counts when it came in the window.
void add_states(Condition& condition, const JobsQuery& query) {
  const std::int64_t start = query.start.seconds;
  const std::int64_t end = query.end.seconds;
  if (query.states.empty()) {
    condition.add(query.not_eligible_too ? " AND submitted <= ?" : " AND eligible <= ?", {end});
    return condition.add(fmt::format(" AND {} >= ?", ended_column(query)), {start});
  }
  condition.where += " AND (1 = 0";
  for (const std::uint8_t state : query.states) {
    const std::int64_t number = state;
    if (state == static_cast<std::uint8_t>(JobState::pending)) {
      condition.add(" OR (eligible <= ? AND started >= ? AND ended >= ?)", {end, start, start});
    } else if (state == static_cast<std::uint8_t>(JobState::running)) {
      condition.add(" OR (started <= ? AND ended >= ?)", {end, start});
    } else if (state == static_cast<std::uint8_t>(JobState::suspended)) {
      // Whether one of its suspensions lies in the window, its row has yet to say.
      condition.add(" OR (suspensions <> '' AND started <= ? AND ended >= ?)", {end, start});
    } else {
      condition.add(" OR (state = ? AND ended BETWEEN ? AND ?)", {number, start, end});
    }
  }
  condition.where += ')';
}

// cluster, job, submitted, restarts
using Place = std::array<std::int64_t, 4>;

std::string text_of(const Place& place) { return fmt::format("{} {} {} {}", place[0], place[1], place[2], place[3]); }

Result<Place> place_of(const std::string& text) {
  Place place{-1, -1, -1, -1};
  if (text.empty()) return place;
  const auto words = split(text, ' ');
  if (words.size() != place.size()) return fail("a page that begins nowhere");
  for (std::size_t i = 0; i < place.size(); ++i) {
    TRY_ASSIGN(const std::uint64_t number, parse_natural(words[i]));
    place[i] = static_cast<std::int64_t>(number);
  }
  return place;
}

void add_place(Condition& condition, const Place& place) {
  const auto& [cluster, job, submitted, restarts] = place;
  if (job < 0) return;
  if (condition.one_cluster) condition.add(" AND job_id >= ?", {job});
  condition.add(
      " AND (cluster_id > ? OR (cluster_id = ? AND (job_id > ? OR (job_id = ? AND (submitted > ? OR (submitted = ? AND "
      "restarts > ?))))))",
      {cluster, cluster, job, job, submitted, submitted, restarts});
}

// MariaDB reads the jobs of a window in the order of their ids, from the first that there is: the index of times knows
// which one is in the window. False: none is.
Result<bool> begin_at_first(DbdContext& context, const JobsQuery& query, Condition& condition) {
  const bool by_time_alone = query.ids.empty() && query.users.empty() && query.states.empty();
  if (condition.dialect != SqlDialect::mysql || !condition.one_cluster || !by_time_alone || !query.after.empty())
    return true;
  const char* column = query.not_eligible_too ? "submitted" : "eligible";
  TRY_ASSIGN(const auto rows,
             context.database.query(fmt::format("SELECT MIN(job_id) FROM jobs FORCE INDEX (jobs_of_time) WHERE "
                                                "cluster_id = {} AND ended >= ? AND {} <= ?",
                                                condition.clusters, column),
                                    {query.start.seconds, query.end.seconds}));
  if (rows.empty() || rows.front().is_null(0)) return false;
  condition.add(" AND job_id >= ?", {rows.front().integer(0)});
  return true;
}

// A key that its user did not name, but has by default, is kept with an asterisk.
std::vector<std::string> with_default_keys(std::vector<std::string> keys) {
  const std::size_t given = keys.size();
  for (std::size_t i = 0; i < given; ++i) keys.push_back("*" + keys[i]);
  return keys;
}

void add_filters(Condition& condition, const JobsQuery& query) {
  if (!query.users.empty()) condition.where += " AND uid IN (" + condition.numbers(query.users) + ")";
  if (!query.groups.empty()) condition.where += " AND gid IN (" + condition.numbers(query.groups) + ")";
  condition.any_of("account", query.accounts);
  condition.any_of("partition_name", query.partitions);
  condition.any_of("qos", query.qos);
  condition.any_of("wckey", with_default_keys(query.wckeys));
  condition.any_of("name", query.names);
  if (query.ids.empty()) return;
  const std::string ids = condition.numbers(query.ids);
  if (condition.dialect == SqlDialect::mysql) {
    condition.where += fmt::format(" AND (job_id IN ({0}) OR array_id IN ({0}) OR het_id IN ({0}))", ids);
    return;
  }
  // SQLite would look at every job for the sake of an OR.
  std::string found;
  for (const char* column : {"job_id", "array_id", "het_id"})
    found += fmt::format("{}SELECT job_id FROM jobs WHERE cluster_id IN ({}) AND {} IN ({})",
                         found.empty() ? "" : " UNION ", condition.clusters, column, ids);
  condition.where += " AND job_id IN (" + found + ")";
}

Place key_of(const SqlRow& row) { return {row.integer(0), row.integer(1), row.integer(2), row.integer(3)}; }

constexpr int batch_first = 1'000'000;  // steps in the order that they are shown in: the script, then the rest

// The steps of the jobs of a page.
Status add_steps(DbdContext& context, const std::vector<SqlRow>& jobs, JobsPage& page) {
  if (jobs.empty()) return {};
  std::string ids;
  std::map<Place, AccountedJob*> of_place;
  std::set<std::int64_t> clusters;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    ids += fmt::format("{}{}", i == 0 ? "" : ",", jobs[i].integer(1));
    clusters.insert(jobs[i].integer(0));
    of_place[key_of(jobs[i])] = &page.jobs[i];
  }
  TRY_ASSIGN(const auto steps,
             context.database.query(fmt::format(
                 "SELECT cluster_id, job_id, submitted, restarts, record FROM steps WHERE cluster_id IN "
                 "({}) AND job_id IN ({}) ORDER BY CASE WHEN step_id < 0 THEN step_id ELSE step_id + {} END",
                 fmt::join(clusters, ","), ids, batch_first)));
  for (const SqlRow& step : steps)
    if (const auto job = of_place.find(key_of(step)); job != of_place.end()) job->second->steps.push_back(step.text(4));
  return {};
}

bool was_in_state(const JobsQuery& query, std::uint8_t state, const JobRecord& record, const Suspensions& suspensions) {
  const JobTimes& times = record.view.job.times;
  const Instant open(open_end), ended = times.ended.value_or(open), started = times.started.value_or(open);
  switch (static_cast<JobState>(state)) {
    case JobState::pending:
      return times.eligible.value_or(open) <= query.end && started >= query.start && ended >= query.start;
    case JobState::running:
      return started <= query.end && ended >= query.start;
    case JobState::suspended:
      return suspended_within(suspensions, query.start, query.end + Seconds(1)).value > 0;
    default:
      return record.state_number() == state && ended >= query.start && ended <= query.end;
  }
}

// SQL does not look into the stretches of suspensions: jobs that were suspended, but not within the window, go here.
Status drop_not_suspended(const JobsQuery& query, JobsPage& page) {
  const auto asks = [&](JobState state) { return std::ranges::count(query.states, static_cast<std::uint8_t>(state)); };
  if (asks(JobState::suspended) == 0 || asks(JobState::running) != 0) return {};
  std::vector<AccountedJob> kept;
  for (AccountedJob& job : page.jobs) {
    TRY_ASSIGN(const JobRecord record, decode<JobRecord>(job.job));
    const Suspensions suspensions = suspensions_of(job.suspensions);
    const auto was = [&](std::uint8_t state) { return was_in_state(query, state, record, suspensions); };
    if (std::ranges::any_of(query.states, was)) kept.push_back(std::move(job));
  }
  page.jobs = std::move(kept);
  return {};
}

}  // namespace

Result<std::map<std::int64_t, std::string>> clusters_asked_for(DbdContext& context,
                                                               const std::vector<std::string>& asked, bool all) {
  std::vector<std::string> names;
  for (const std::string& name : asked) names.push_back(lower(name));
  if (names.empty() && !all) names.push_back(lower(context.caller.cluster));
  Condition condition;
  condition.any_of("name", names);
  TRY_ASSIGN(const auto rows,
             context.database.query("SELECT id, name FROM clusters WHERE " + condition.where, condition.bound));
  std::map<std::int64_t, std::string> clusters;
  for (const SqlRow& row : rows) clusters[row.integer(0)] = row.text(1);
  for (const std::string& name : asked) {
    const auto known = [&](const auto& entry) { return entry.second == lower(name); };
    if (std::none_of(clusters.begin(), clusters.end(), known))
      return fail(fmt::format("no cluster '{}' is known to slurmdbd", name));
  }
  return clusters;
}

Status add_named_jobs(std::string& condition, SqlValues& bound, std::int64_t cluster,
                      const std::vector<std::string>& names) {
  constexpr std::size_t tasks_max = 10'000;
  std::string found;  // one SELECT a column: SQLite would look at every job for the sake of an OR
  const auto add = [&](std::string_view where, std::int64_t id) {
    found +=
        fmt::format("{}SELECT job_id FROM jobs WHERE cluster_id = ? AND {}", found.empty() ? "" : " UNION ", where);
    bound.insert(bound.end(), {cluster, id});
  };
  for (const std::string& text : names) {
    const auto name = parse_job_name(text);
    if (!name) return fail(Errc::invalid_job_id, fmt::format("'{}' names no job: 12, 12_5 or 12+1 is wanted", text));
    const std::int64_t id = name->job.value;
    if (!name->tasks) {
      add("job_id = ?", id);
      if (!name->leader) add("array_id = ?", id);
      continue;
    }
    if (name->tasks->size() > tasks_max)
      return fail(Errc::invalid_job_id, fmt::format("'{}' names more than {} tasks", text, tasks_max));
    std::string tasks;
    name->tasks->for_each([&](std::uint32_t task) {
      tasks += fmt::format("{}{}", tasks.empty() ? "" : ",", task);
      return true;
    });
    add("array_id = ? AND array_task IN (" + tasks + ")", id);
  }
  if (!found.empty()) condition += " AND job_id IN (" + found + ")";
  return {};
}

Result<DbdReply> find_jobs(DbdContext& context, const JobsQuery& query) {
  TRY_ASSIGN(const auto clusters, clusters_asked_for(context, query.clusters, query.all_clusters));
  if (clusters.empty()) return DbdReply(JobsPage{});
  const Seconds range_max = context.config.behaviour.max_query_range;
  if (range_max.value > 0 && !context.caller.trusted && query.end - query.start > range_max)
    return fail(Errc::access_denied, "Too wide of a date range in query");
  std::string ids;
  for (const auto& [id, name] : clusters) ids += (ids.empty() ? "" : ",") + std::to_string(id);
  Condition condition;
  condition.one_cluster = clusters.size() == 1;
  condition.clusters = ids;
  condition.dialect = context.database.dialect();
  condition.where = condition.one_cluster ? "cluster_id = " + ids : "cluster_id IN (" + ids + ")";
  add_filters(condition, query);
  add_states(condition, query);
  TRY_ASSIGN(const OwnRows own, rows_of_caller(context, "jobs"));
  own.restrict(condition.where, condition.bound);
  TRY_ASSIGN(const bool any, begin_at_first(context, query, condition));
  if (!any) return DbdReply(JobsPage{});
  TRY_ASSIGN(const Place place, place_of(query.after));
  add_place(condition, place);
  // MariaDB would rather read every job in the order that is wanted.
  const bool of_users = condition.dialect == SqlDialect::mysql && !query.users.empty() && query.ids.empty();
  const char* hint = of_users ? " FORCE INDEX (jobs_of_user)" : "";
  TRY_ASSIGN(
      const auto rows,
      context.database.query(fmt::format("SELECT cluster_id, job_id, submitted, restarts, record, suspensions FROM "
                                         "jobs{} WHERE "
                                         "{} ORDER BY cluster_id, job_id, submitted, restarts LIMIT {}",
                                         hint, condition.where, jobs_in_page_max),
                             condition.bound));
  JobsPage page;
  for (const SqlRow& row : rows)
    page.jobs.push_back({clusters.at(row.integer(0)), row.text(4), {}, {}, {}, row.text(5)});
  if (query.with_steps) TRY(add_steps(context, rows, page));
  TRY(drop_not_suspended(query, page));
  if (query.with_texts) TRY(add_texts(context, page));
  if (rows.size() == static_cast<std::size_t>(jobs_in_page_max)) page.next = text_of(key_of(rows.back()));
  return DbdReply(std::move(page));
}

}  // namespace slurmxx
