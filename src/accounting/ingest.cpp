// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "accounting/ingest.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "accounting/audit.h"
#include "accounting/job_corrections.h"
#include "accounting/job_use.h"
#include "accounting/reservation_list.h"
#include "accounting/rollup.h"
#include "accounting/rows.h"
#include "accounting/schema.h"
#include "accounting/texts.h"
#include "core/text/words.h"
#include "state/codec.h"
#include "wire/accounting_records.h"

namespace slurmxx {
namespace {

std::int64_t number(const std::optional<Instant>& instant) { return instant ? instant->seconds : open_end; }

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<std::uint8_t>(c));
  return text;
}

SqlValues job_row(std::int64_t cluster, const JobRecord& record, const JobUse& use) {
  const Job& job = record.view.job;
  const JobSpec& spec = *job.spec;
  const auto task = job.array_task();
  const TimeLimit& limit = record.view.time_limit;
  return {cluster,
          std::int64_t(job.id.value),
          job.times.submitted.seconds,
          record.key().life(),
          std::int64_t(spec.owner.uid.value),
          std::int64_t(spec.owner.gid.value),
          column_text(spec.owner.user_name),
          column_text(spec.labels.account),
          column_text(record.view.partition),
          column_text(spec.labels.qos),
          column_text(spec.labels.wckey),
          column_text(spec.labels.name),
          std::int64_t(job.array ? job.array->array.value : 0),
          task ? std::int64_t(task->index) : std::int64_t(-1),
          std::int64_t(spec.het ? spec.het->leader.value : 0),
          std::int64_t(spec.het ? spec.het->offset : 0),
          std::int64_t(record.state_number()),
          number(job.times.eligible),
          number(job.times.started),
          number(job.times.ended),
          std::int64_t(record.view.node_count),
          std::int64_t(record.view.cpu_count),
          limit.unlimited ? std::int64_t(-1) : limit.value.value,
          encode(record),
          tres_column_of(use),
          suspensions_text(use.suspensions),
          use.reservation};
}

constexpr std::size_t job_column_count = 27;
constexpr std::size_t step_column_count = 6;

class Intake {
 public:
  Intake(DbdContext& context, std::int64_t cluster, RolledUp rolled)
      : context_(context), cluster_(cluster), touched_(rolled) {}

  // Of the rows of jobs and steps only the last look is written, in write(); the rest at once.
  Status operator()(JobRecord record) {
    if (!record.view.job.spec) return fail("a record of a job without its specification");
    const JobKey key = record.key();
    const Job& job = record.view.job;
    note_texts(texts_, record);
    if (job.times.suspended || jobs_.contains(key)) seen_[key].emplace_back(job.times, job.without_cpus());
    jobs_.insert_or_assign(key, std::move(record));
    return {};
  }
  Status operator()(StepRecord record) {
    const std::pair key(record.job, record.step.id);
    steps_.insert_or_assign(key, std::move(record));
    return {};
  }
  Status operator()(NodeEventRecord record);
  Status operator()(const ClusterRecord& record);
  Status operator()(const TextRecord& record) { return put_text(context_.database, record); }
  Status operator()(ReservationRecord record) {
    record.name = column_text(record.name);
    record.holders = stored_text(record.holders);
    TRY_ASSIGN(const auto changed, put_reservation(context_.database, cluster_, record));
    if (changed) touched_.add(*changed, Instant(open_end));
    return {};
  }
  Status operator()(const AuditRecord& record) {
    if (record.position != LogPosition() && record.position <= known_) return {};
    std::string name;
    if (record.actor && context_.user_name) name = context_.user_name(*record.actor);
    audit_.push_back({0, record.at, std::move(name), record.actor, record.host.empty() ? "slurmctld" : record.host,
                      context_.caller.cluster, record.action, record.target, record.before, record.after});
    return {};
  }
  void set_known(LogPosition known) { known_ = known; }  // what is in the database of the log
  Status write();

 private:
  Status run(std::string_view sql, const SqlValues& values) {
    const auto done = context_.database.execute(sql, values);
    return done ? Status() : done.error();
  }

  Status write_jobs();
  Status begin_event(const NodeEventRecord& record);

  DbdContext& context_;
  std::int64_t cluster_;
  TouchedHours touched_;
  LogPosition known_;
  std::vector<AuditEntry> audit_;
  std::map<JobKey, JobRecord> jobs_;
  TextUses texts_;
  // What each record said of suspensions, where they count.
  std::map<JobKey, std::vector<std::pair<JobTimes, bool>>> seen_;
  std::map<std::pair<JobKey, StepId>, StepRecord> steps_;
};

Status Intake::operator()(NodeEventRecord record) {
  record.node = column_text(record.node);
  record.reason = stored_text(record.reason);
  TRY_ASSIGN(const auto open,
             context_.database.query("SELECT state, reason FROM events WHERE cluster_id = ? AND node = ? AND ended = ?",
                                     {cluster_, record.node, open_end}));
  if (open.empty() && record.is_over) return {};
  if (!record.is_over && !open.empty() && open.front().text(0) == record.state && open.front().text(1) == record.reason)
    return {};
  touched_.add(record.at, Instant(open_end));
  TRY(run("UPDATE events SET ended = ? WHERE cluster_id = ? AND node = ? AND ended = ?",
          {record.at.seconds, cluster_, record.node, open_end}));
  return record.is_over ? Status() : begin_event(record);
}

Status Intake::begin_event(const NodeEventRecord& record) {
  return run("INSERT INTO events (cluster_id, node, started, ended, state, reason, uid, tres) VALUES (?,?,?,?,?,?,?,?)",
             {cluster_, record.node, record.at.seconds, open_end, record.state, record.reason,
              std::int64_t(record.uid.value), record.tres});
}

// The cluster's own event, without a node, is a stretch of time in which its TRES were the same.
Status Intake::operator()(const ClusterRecord& record) {
  TRY(run("UPDATE clusters SET control_host = ?, control_port = ?, tres = ?, nodes = ?, registered = ? WHERE id = ?",
          {record.control_host, std::int64_t(record.control_port), record.tres, record.nodes, record.at.seconds,
           cluster_}));
  TRY_ASSIGN(const auto open,
             context_.database.query("SELECT tres FROM events WHERE cluster_id = ? AND node = '' AND state = '' AND "
                                     "ended = ?",
                                     {cluster_, open_end}));
  if (!open.empty() && open.front().text(0) == record.tres) return {};
  touched_.add(record.at, Instant(open_end));
  TRY(run("UPDATE events SET ended = ? WHERE cluster_id = ? AND node = '' AND state = '' AND ended = ?",
          {record.at.seconds, cluster_, open_end}));
  return begin_event({"", false, "", "Cluster Registered TRES", root_uid, record.tres, record.at});
}

// A row that was there before matters where it was rolled up, and where it knows of suspensions.
Status Intake::write_jobs() {
  TRY(correct_jobs(context_.database, cluster_, jobs_));
  std::vector<JobId> known;
  for (const auto& [key, record] : jobs_)
    if (touched_.concern(key.submitted) || seen_.contains(key)) known.push_back(key.job);
  TRY_ASSIGN(const UseByKey before, uses_of(context_.database, cluster_, known));
  RowWriter rows(context_.database, fmt::format("REPLACE INTO jobs (cluster_id, {})", job_columns), job_column_count);
  for (const auto& [key, record] : jobs_) {
    const auto old = before.find(key);
    Suspensions suspensions = old == before.end() ? Suspensions() : old->second.suspensions;
    if (const auto seen = seen_.find(key); seen != seen_.end())
      for (const auto& [times, stands] : seen->second) note_suspension(suspensions, times, stands);
    const JobUse use = use_of(record, std::move(suspensions));
    touched_.add(old == before.end() ? nullptr : &old->second, use);
    TRY(rows.add(job_row(cluster_, record, use)));
  }
  return rows.flush();
}

Status Intake::write() {
  TRY(write_jobs());
  TRY(write_uses(context_.database, texts_));
  TRY(touched_.write(context_.database, cluster_));
  TRY_ASSIGN(const std::vector<std::string> lines, append_audit(context_.database, std::move(audit_)));
  context_.audited.insert(context_.audited.end(), lines.begin(), lines.end());
  RowWriter steps(context_.database, fmt::format("REPLACE INTO steps (cluster_id, {})", step_columns),
                  step_column_count);
  for (const auto& [key, record] : steps_)
    TRY(steps.add({cluster_, std::int64_t(key.first.job.value), key.first.submitted.seconds, key.first.life(),
                   std::int64_t(key.second.value), encode(record)}));
  return steps.flush();
}

Result<LogPosition> known_position(Database& database, std::int64_t cluster, const std::string& log) {
  TRY_ASSIGN(const auto rows,
             database.query("SELECT position FROM sources WHERE cluster_id = ? AND log = ?", {cluster, log}));
  return LogPosition(rows.empty() ? 0 : static_cast<std::uint64_t>(rows.front().integer(0)));
}

}  // namespace

Result<std::int64_t> cluster_id(DbdContext& context, const std::string& name) {
  Database& database = context.database;
  const std::string wanted = lower(name);
  if (wanted.empty()) return fail("a request that names no cluster");
  TRY_ASSIGN(const auto rows, database.query("SELECT id FROM clusters WHERE name = ?", {wanted}));
  if (!rows.empty()) return rows.front().integer(0);
  TRY_ASSIGN(const auto made,
             database.execute("INSERT INTO clusters (name, registered) VALUES (?, ?)", {wanted, context.now.seconds}));
  static_cast<void>(made);
  return last_given_id(database);
}

Status put_records(DbdContext& context, std::int64_t cluster, std::vector<AccountingRecord> records) {
  TRY_ASSIGN(const RolledUp rolled, rolled_up(context.database, cluster));
  Intake intake(context, cluster, rolled);
  for (AccountingRecord& record : records) TRY(std::visit(intake, std::move(record)));
  return intake.write();
}

Result<DbdReply> take_records(DbdContext& context, const TakeRecords& request) {
  TRY_ASSIGN(Transaction transaction, Transaction::begin(context.database));
  TRY_ASSIGN(const std::int64_t cluster, cluster_id(context, context.caller.cluster));
  const std::string log = hex(request.log);
  TRY_ASSIGN(LogPosition known, known_position(context.database, cluster, log));
  TRY_ASSIGN(const RolledUp rolled, rolled_up(context.database, cluster));
  Intake intake(context, cluster, rolled);
  std::size_t at = 0;
  while (const auto frame = entry_at(request.entries, at)) {
    at = frame->end;
    TRY_ASSIGN(AccountingEntry entry, decode<AccountingEntry>(frame->body));
    if (entry.position <= known) continue;
    intake.set_known(std::exchange(known, entry.position));
    for (AccountingRecord& record : entry.records) TRY(std::visit(intake, std::move(record)));
  }
  if (at != request.entries.size())
    return fail(fmt::format("records of {}: damaged at byte {}", context.caller.cluster, at));
  TRY(intake.write());
  const auto noted =
      context.database.execute("REPLACE INTO sources (cluster_id, log, position, received) VALUES (?,?,?,?)",
                               {cluster, log, static_cast<std::int64_t>(known.value), context.now.seconds});
  if (!noted) return noted.error();
  TRY(transaction.commit());
  return DbdReply(DbdDone{});
}

}  // namespace slurmxx
