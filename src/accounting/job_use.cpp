// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/job_use.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "accounting/rows.h"
#include "accounting/schema.h"
#include "core/accounting/book.h"
#include "core/hostlist/hostlist.h"
#include "core/model/cpus_asked.h"
#include "core/text/words.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

constexpr std::size_t jobs_at_once = 20'000;
constexpr std::size_t ids_at_once = 500;

constexpr const char* columns =
    "job_id, submitted, restarts, account, user_name, qos, wckey, cpus, nodes, eligible, started, ended, suspensions, "
    "tres, reservation";
constexpr std::size_t column_of_record = 15;  // behind those
constexpr const char* record_where_needed = "CASE WHEN tres IS NULL THEN record END";

// In the column of TRES, where a job asks for another number of CPUs than it has.
constexpr const char* asked_cpus_word = "asked/cpu";

// tres_text() of what the job has, or asks for.
const std::string& tres_text_of(const JobRecord& record) {
  return record.view.allocated_tres.empty() ? record.view.requested_tres : record.view.allocated_tres;
}

TresCounts without_cpus_and_nodes(TresCounts counts) {
  counts.erase("cpu");
  counts.erase("node");
  return counts;
}

JobUse use_of(const SqlRow& row) {
  enum : std::size_t {
    account = 3,
    user,
    qos,
    wckey,
    cpus,
    nodes,
    eligible,
    started,
    ended,
    suspensions,
    tres,
    reservation,
    record
  };
  JobUse use{row.text(account),
             row.text(user),
             row.text(qos),
             row.text(wckey),
             row.text(reservation),
             static_cast<std::uint32_t>(row.integer(cpus)),
             static_cast<std::uint32_t>(row.integer(cpus)),
             static_cast<std::uint32_t>(row.integer(nodes)),
             Instant(row.integer(eligible)),
             Instant(row.integer(started)),
             Instant(row.integer(ended)),
             suspensions_of(row.text(suspensions)),
             {}};
  if (!row.is_null(tres)) {
    use.tres = counts_of(row.text(tres));
    use.asked_cpus = static_cast<std::uint32_t>(use.tres.find(asked_cpus_word).value_or(use.cpus));
    use.tres.erase(asked_cpus_word);
  } else if (const auto kept = decode<JobRecord>(row.text(record))) {
    use.tres = without_cpus_and_nodes(counts_of(tres_text_of(*kept)));
    if (kept->view.job.spec) use.asked_cpus = cpus_asked(kept->view.job.spec->resources);
  }
  return use;
}

bool had_any(const SqlRow& row, const std::vector<std::string>& nodes) {
  if (nodes.empty()) return true;
  const auto record = decode<JobRecord>(row.text(column_of_record));
  const auto had = record ? expand_hostlist(record->view.nodes) : Result<HostNames>(HostNames());
  return had && std::ranges::any_of(*had, [&](const auto& name) { return contains(nodes, name); });
}

Instant number(const std::optional<Instant>& instant) { return instant.value_or(Instant(open_end)); }

}  // namespace

std::uint64_t JobUse::count(std::string_view name) const {
  if (name == "cpu") return cpus;
  if (name == "node") return nodes;
  if (name == "billing") return tres.find(name).value_or(cpus);
  return tres[name];
}

TresCounts JobUse::counts() const {
  TresCounts counts = tres;
  for (const char* name : {"cpu", "node", "billing"}) counts.set(name, count(name));
  return counts;
}

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

std::string tres_column_of(const JobUse& use) {
  TresCounts counts = use.tres;
  if (use.asked_cpus != use.cpus) counts.set(asked_cpus_word, use.asked_cpus);
  std::string text;
  for (const TresCount& one : counts.entries())
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", one.name, one.count);
  return text;
}

JobUse use_of(const JobRecord& record, Suspensions suspensions) {
  const Job& job = record.view.job;
  const JobSpec& spec = *job.spec;
  return {column_text(spec.labels.account),
          column_text(spec.owner.user_name),
          column_text(spec.labels.qos),
          column_text(spec.labels.wckey),
          column_text(reservation_of(job)),
          record.view.cpu_count,
          cpus_asked(spec.resources),
          record.view.node_count,
          number(job.times.eligible),
          number(job.times.started),
          number(job.times.ended),
          std::move(suspensions),
          without_cpus_and_nodes(counts_of(tres_text_of(record)))};
}

std::optional<Instant> first_difference(const JobUse& before, const JobUse& now) {
  if (before == now) return std::nullopt;
  JobUse same = before;
  same.eligible = now.eligible, same.started = now.started, same.ended = now.ended;
  same.suspensions = now.suspensions;
  if (same != now) return std::min(before.first_instant(), now.first_instant());
  Instant first(open_end);
  const auto look = [&](Instant one, Instant other) {
    if (one != other) first = std::min({first, one, other});
  };
  look(before.eligible, now.eligible);
  look(before.started, now.started);
  look(before.ended, now.ended);
  const std::size_t most = std::max(before.suspensions.size(), now.suspensions.size());
  const Suspension none{Instant(open_end), Instant(open_end)};
  for (std::size_t i = 0; i < most; ++i) {
    const Suspension& one = i < before.suspensions.size() ? before.suspensions[i] : none;
    const Suspension& other = i < now.suspensions.size() ? now.suspensions[i] : none;
    look(one.from, other.from);
    look(one.to, other.to);
  }
  return first;
}

Status each_use(Database& database, const JobsOfUse& wanted, const std::function<void(const JobUse&)>& act) {
  enum : std::size_t { job = 0, submitted, restarts, eligible = 9, ended = 11 };
  // In the order of the index, so that no page is sorted.
  const char* hint = database.dialect() == SqlDialect::mysql ? " FORCE INDEX (jobs_of_time)" : "";
  Instant after = wanted.from;
  std::int64_t last[] = {INT64_MIN, 0, 0, 0};
  for (std::size_t read = jobs_at_once; read == jobs_at_once;) {
    SqlValues values{wanted.cluster, after.seconds, wanted.to.seconds};
    values.insert(values.end(), wanted.bound.begin(), wanted.bound.end());
    values.insert(values.end(), {after.seconds, last[0], last[0], last[1], last[1], last[2], last[2], last[3]});
    TRY_ASSIGN(
        const auto rows,
        database.query(fmt::format("SELECT {}, {} FROM jobs{} WHERE cluster_id = ? AND ended >= ? AND eligible < ?{} "
                                   "AND (ended > ? OR eligible > ? OR (eligible = ? AND (job_id > ? OR (job_id "
                                   "= ? AND (submitted > ? OR (submitted = ? AND restarts > ?)))))) ORDER BY "
                                   "ended, eligible, job_id, submitted, restarts LIMIT {}",
                                   columns, wanted.nodes.empty() ? record_where_needed : "record", hint,
                                   wanted.condition, jobs_at_once),
                       values));
    for (const SqlRow& row : rows)
      if (row.integer(ended) > wanted.from.seconds && had_any(row, wanted.nodes)) act(use_of(row));
    read = rows.size();
    if (read == 0) break;
    after = Instant(rows.back().integer(ended));
    last[0] = rows.back().integer(eligible);
    for (std::size_t i : {job, submitted, restarts}) last[i + 1] = rows.back().integer(i);
  }
  return {};
}

Result<UseByKey> uses_of(Database& database, std::int64_t cluster, const std::vector<JobId>& ids) {
  UseByKey uses;
  for (std::size_t from = 0; from < ids.size(); from += ids_at_once) {
    std::string list;
    for (std::size_t i = from; i < std::min(ids.size(), from + ids_at_once); ++i)
      list += fmt::format("{}{}", i == from ? "" : ",", ids[i].value);
    TRY_ASSIGN(const auto rows,
               database.query(fmt::format("SELECT {}, {} FROM jobs WHERE cluster_id = ? AND job_id IN ({})", columns,
                                          record_where_needed, list),
                              {cluster}));
    for (const SqlRow& row : rows)
      uses[JobKey::of_row(JobId(static_cast<std::uint32_t>(row.integer(0))), Instant(row.integer(1)), row.integer(2))] =
          use_of(row);
  }
  return uses;
}

}  // namespace slurmxx
