// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/job_change.h"

#include <fmt/format.h>

#include "accounting/audit.h"
#include "accounting/book_store.h"
#include "accounting/job_corrections.h"
#include "accounting/job_query.h"
#include "accounting/job_use.h"
#include "accounting/rollup.h"
#include "accounting/rows.h"
#include "accounting/schema.h"
#include "core/accounting/execute.h"
#include "core/model/job_name.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"
#include "state/codec.h"
#include "wire/accounting_records.h"

namespace slurmxx {
namespace {

DbdBookOutcome refused(std::string line, bool on_stderr = true) {
  DbdBookOutcome outcome;
  (on_stderr ? outcome.err : outcome.out) = std::move(line) + "\n";
  outcome.exit_code = 1;
  return outcome;
}

// Nothing: no such condition. sacctmgr has made a number of the time.
Result<std::optional<std::int64_t>> time_of(const Terms& where, std::string_view key) {
  const Term* term = find_term(where, key);
  if (!term) return std::optional<std::int64_t>();
  TRY_ASSIGN(const std::uint64_t seconds, parse_natural(term->value));
  return std::optional(static_cast<std::int64_t>(seconds));
}

// The rows of the jobs that are meant.
Result<std::vector<SqlRow>> jobs_meant(DbdContext& context, const Terms& where) {
  TRY_ASSIGN(const auto clusters, clusters_asked_for(context, values_of(where, "clusters"), false));
  std::vector<std::string> names;
  for (const Term& term : where) {
    if (term.key != "jobids") continue;
    for (const std::string_view name : split_job_names(term.value))
      if (!name.empty()) names.emplace_back(name);
  }
  TRY_ASSIGN(const auto start, time_of(where, "start"));
  TRY_ASSIGN(const auto end, time_of(where, "end"));
  std::vector<SqlRow> found;
  for (const auto& [id, name] : clusters) {
    std::string condition = "cluster_id = ?";
    SqlValues bound{id};
    TRY(add_named_jobs(condition, bound, id, names));
    if (start) condition += " AND started >= ? AND started < ?", bound.insert(bound.end(), {*start, open_end});
    if (end) condition += " AND ended < ?", bound.emplace_back(*end);
    add_any_of(condition, bound, "user_name", values_of(where, "users"));
    add_any_of(condition, bound, "wckey", values_of(where, "wckeys"));
    TRY_ASSIGN(auto rows,
               context.database.query("SELECT cluster_id, job_id, submitted, restarts, record, suspensions FROM jobs "
                                      "WHERE " +
                                          condition + " ORDER BY job_id, submitted, restarts",
                                      bound));
    for (SqlRow& row : rows) found.push_back(std::move(row));
  }
  return found;
}

Status write_job(Database& database, const SqlRow& row, const JobRecord& record) {
  const auto done = database.execute(
      "UPDATE jobs SET record = ?, wckey = ? WHERE cluster_id = ? AND job_id = ? AND submitted = ? AND restarts = ?",
      {encode(record), column_text(record.view.job.spec->labels.wckey), row.integer(0), row.integer(1), row.integer(2),
       row.integer(3)});
  return done ? Status() : done.error();
}

// Usage by wckey is another now.
Status touch_hours(Database& database, const SqlRow& row, const JobRecord& before, const JobRecord& after) {
  const Suspensions suspensions = suspensions_of(row.text(5));
  const JobUse was = use_of(before, suspensions);
  TRY_ASSIGN(const RolledUp rolled, rolled_up(database, row.integer(0)));
  TouchedHours hours(rolled);
  hours.add(&was, use_of(after, suspensions));
  return hours.write(database, row.integer(0));
}

Status change_job(Database& database, const SqlRow& row, const Terms& set) {
  TRY_ASSIGN(JobRecord record, decode<JobRecord>(row.text(4)));
  const JobRecord before = record;
  auto spec = std::make_shared<JobSpec>(*record.view.job.spec);
  for (const Term& term : set) {
    const JobField& field = *find_job_field(term.key);
    const std::string was = field.get(before);
    if (const Status done = field.set(record, *spec, term.value); !done)
      return fail(fmt::format(" Bad value for {}: {}", term.key, term.value));
    record.view.job.spec = spec;
    TRY(keep_correction(database, {row.integer(0), record.key()}, {field.name, was, field.get(record)}));
  }
  TRY(touch_hours(database, row, before, record));
  return write_job(database, row, record);
}

std::string set_text(const Terms& terms) {
  std::string text;
  for (const Term& term : terms) text += fmt::format("{}{}={}", text.empty() ? "" : " ", term.key, term.value);
  return text;
}

std::string old_text(const JobRecord& record, const Terms& set) {
  std::string text;
  for (const Term& term : set)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", term.key, find_job_field(term.key)->get(record));
  return text;
}

}  // namespace

Result<DbdBookOutcome> modify_jobs(DbdContext& context, const DbdBookOrder& order) {
  const Terms& set = order.order.set;
  if (order.order.verb != BookVerb::modify) return refused(" error: jobs can only be modified");
  if (set.empty()) return refused(" You didn't give me anything to set", false);
  TRY_ASSIGN(const AccountBook book, load_book(context.database));
  const DbdCaller& caller = context.caller;
  const bool operates = caller.trusted || admin_level(book, caller.user_name) != AdminLevel::none;
  for (const Term& term : set)
    if (const JobField* field = find_job_field(term.key); !field || (!field->for_owner && !operates))
      return refused(" Error with request: Access/permission denied: " + term.key +
                     " of a job is for operators to set");
  TRY_ASSIGN(Transaction transaction, Transaction::begin(context.database));
  TRY_ASSIGN(const std::vector<SqlRow> rows, jobs_meant(context, order.order.where));
  DbdBookOutcome outcome;
  std::vector<AuditEntry> audit;
  std::vector<TransactionRow> done;
  for (const SqlRow& row : rows) {
    TRY_ASSIGN(const JobRecord known, decode<JobRecord>(row.text(4)));
    if (!known.view.job.spec || (!operates && known.view.job.spec->owner.uid != caller.uid)) continue;
    if (const Status changed = change_job(context.database, row, set); !changed)
      return refused(changed.error().message);
    outcome.out += fmt::format("  {} submitted at {}\n", row.integer(1), instant_text(Instant(row.integer(2)), utc()));
    audit.push_back({0, context.now, caller.user_name, caller.uid, caller.from, caller.cluster, "Modify Job",
                     fmt::format("job {}", row.integer(1)), old_text(known, set), set_text(set)});
    done.push_back({context.now, "Modify Job", caller.user_name, fmt::format("id_job={}", row.integer(1)),
                    set_text(set), caller.cluster});
  }
  if (outcome.out.empty()) return refused(" Nothing modified", false);
  outcome.out = " Modified jobs...\n" + outcome.out;
  outcome.changes = true;
  if (!order.commit) return outcome;  // what would be: the transaction is not kept
  TRY(keep_transactions(context.database, done));
  TRY_ASSIGN(context.audited, append_audit(context.database, std::move(audit)));
  TRY(transaction.commit());
  return outcome;
}

}  // namespace slurmxx
