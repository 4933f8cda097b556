// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A job ends when it began, or became eligible, or was submitted: it is charged for nothing that nobody knows of.
#include "accounting/runaway.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "accounting/audit.h"
#include "accounting/ingest.h"
#include "accounting/schema.h"
#include "core/text/words.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

Result<std::vector<JobRecord>> lost_jobs(DbdContext& context, std::int64_t cluster, const std::string& known) {
  std::set<std::uint64_t> ids;
  for (const std::string_view word : split_commas(known)) {
    TRY_ASSIGN(const std::uint64_t id, parse_natural(word));
    ids.insert(id);
  }
  TRY_ASSIGN(const auto rows, context.database.query("SELECT job_id, record FROM jobs WHERE cluster_id = ? AND ended = "
                                                     "? ORDER BY job_id, submitted, restarts",
                                                     {cluster, open_end}));
  std::vector<JobRecord> lost;
  for (const SqlRow& row : rows) {
    if (ids.contains(static_cast<std::uint64_t>(row.integer(0)))) continue;
    TRY_ASSIGN(JobRecord record, decode<JobRecord>(row.text(1)));
    lost.push_back(std::move(record));
  }
  return lost;
}

// What sacctmgr lists: in the order of its usual format.
std::string line_of(const JobRecord& record, const std::string& cluster) {
  const Job& job = record.view.job;
  const auto time = [](const std::optional<Instant>& at) { return at ? fmt::to_string(at->seconds) : ""; };
  return fmt::format("{}|{}|{}|{}|{}|{}|{}\n", job.id.value, job.spec->labels.name, record.view.partition, cluster,
                     state_name(job.state), time(job.times.started), time(job.times.ended));
}

Status end_jobs(DbdContext& context, std::int64_t cluster, std::vector<JobRecord> lost) {
  std::vector<AccountingRecord> records;
  std::vector<AuditEntry> audit;
  for (JobRecord& record : lost) {
    Job& job = record.view.job;
    audit.push_back({0, context.now, context.caller.user_name, context.caller.uid, context.caller.from,
                     context.caller.cluster, "fix runaway job", fmt::format("job {}", job.id.value),
                     fmt::format("state={}", state_name(job.state)), "state=COMPLETED"});
    job.times.ended = job.times.started.value_or(job.times.eligible.value_or(job.times.submitted));
    job.state = JobState::completed;
    records.emplace_back(std::move(record));
  }
  TRY_ASSIGN(Transaction transaction, Transaction::begin(context.database));
  TRY(put_records(context, cluster, std::move(records)));
  TRY_ASSIGN(context.audited, append_audit(context.database, std::move(audit)));
  return transaction.commit();
}

}  // namespace

Result<DbdBookOutcome> runaway_jobs(DbdContext& context, const DbdHouseOrder& order) {
  const std::string name = lower(order.cluster.empty() ? context.caller.cluster : order.cluster);
  TRY_ASSIGN(const auto clusters, context.database.query("SELECT id FROM clusters WHERE name = ?", {name}));
  if (clusters.empty()) return fail(fmt::format("no cluster '{}' is known to slurmdbd", name));
  const std::int64_t cluster = clusters.front().integer(0);
  TRY_ASSIGN(std::vector<JobRecord> lost, lost_jobs(context, cluster, order.words.size() > 1 ? order.words[1] : ""));
  DbdBookOutcome outcome;
  for (const JobRecord& record : lost) outcome.out += line_of(record, name);
  outcome.changes = !lost.empty();
  if (order.commit && outcome.changes) TRY(end_jobs(context, cluster, std::move(lost)));
  return outcome;
}

}  // namespace slurmxx
