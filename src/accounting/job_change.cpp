// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/job_change.h"

#include <fmt/format.h>

#include "accounting/audit.h"
#include "accounting/book_store.h"
#include "accounting/job_query.h"
#include "accounting/rows.h"
#include "accounting/schema.h"
#include "core/accounting/execute.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"
#include "state/codec.h"
#include "wire/accounting_records.h"

namespace slurmxx {
namespace {

struct Draft {
  JobRecord& record;
  JobSpec& spec;
};

// "3" is what wait(2) gave, "1:0" an exit code and a signal.
Status set_derived_exit(Draft& draft, const std::string& value) {
  constexpr std::uint32_t signals = 0x7f, a_byte = 8;
  ExitCode& exit = draft.record.view.job.exit_of_steps;
  if (const auto pair = split_once(value, ':')) {
    TRY_ASSIGN(const std::uint64_t status, parse_natural(pair->first, {0, UINT8_MAX}));
    TRY_ASSIGN(const std::uint64_t signal, parse_natural(pair->second, {0, signals}));
    return exit = {static_cast<std::uint32_t>(status), static_cast<std::uint32_t>(signal)}, Status();
  }
  TRY_ASSIGN(const std::uint64_t raw, parse_natural(value, {0, UINT16_MAX}));
  const auto number = static_cast<std::uint32_t>(raw);
  return exit = {number >> a_byte, number & signals}, Status();
}

template <auto member>
Status set_label(Draft& draft, const std::string& value) {
  return draft.spec.labels.*member = value, Status();
}

struct Setter {
  std::string_view key;
  bool for_owner;
  Status (*set)(Draft&, const std::string&);
};
constexpr Setter setters[] = {
    {"comment", true, set_label<&JobLabels::comment>},
    {"extra", true, set_label<&JobLabels::extra>},
    {"derivedexitcode", true, set_derived_exit},
    {"admincomment", false, set_label<&JobLabels::admin_comment>},
    {"wckeys", false, set_label<&JobLabels::wckey>},
    {"newwckey", false, set_label<&JobLabels::wckey>},
    {"systemcomment", false,
     [](Draft& draft, const std::string& value) -> Status { return draft.record.system_comment = value, Status(); }},
};

const Setter* find_setter(std::string_view key) {
  for (const Setter& setter : setters)
    if (setter.key == key) return &setter;
  return nullptr;
}

DbdBookOutcome refused(std::string line, bool on_stderr = true) {
  DbdBookOutcome outcome;
  (on_stderr ? outcome.err : outcome.out) = std::move(line) + "\n";
  outcome.exit_code = 1;
  return outcome;
}

Result<SqlValues> numbers_of(const std::vector<std::string>& words) {
  SqlValues numbers;
  for (const std::string& word : words) {
    TRY_ASSIGN(const std::uint64_t id, parse_natural(word, {0, UINT32_MAX}));
    numbers.emplace_back(static_cast<std::int64_t>(id));
  }
  return numbers;
}

// The last life of each job that is meant and is over.
Result<std::vector<SqlRow>> jobs_meant(DbdContext& context, const Terms& where) {
  TRY_ASSIGN(const auto clusters, clusters_asked_for(context, values_of(where, "clusters"), false));
  std::vector<SqlRow> found;
  for (const auto& [id, name] : clusters) {
    std::string condition = "cluster_id = ? AND ended < ?";
    SqlValues bound{id, open_end};
    TRY_ASSIGN(const SqlValues ids, numbers_of(values_of(where, "jobids")));
    if (!ids.empty()) {
      condition += " AND job_id IN (?";
      for (std::size_t i = 1; i < ids.size(); ++i) condition += ",?";
      condition += ')';
      bound.insert(bound.end(), ids.begin(), ids.end());
    }
    add_any_of(condition, bound, "user_name", values_of(where, "users"));
    add_any_of(condition, bound, "wckey", values_of(where, "wckeys"));
    TRY_ASSIGN(auto rows, context.database.query("SELECT cluster_id, job_id, submitted, restarts, record FROM jobs "
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

std::string set_text(const Terms& terms) {
  std::string text;
  for (const Term& term : terms) text += fmt::format("{}{}={}", text.empty() ? "" : " ", term.key, term.value);
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
    if (const Setter* setter = find_setter(term.key); !setter || (!setter->for_owner && !operates))
      return refused(" Error with request: Access/permission denied: " + term.key +
                     " of a job is for operators to set");
  TRY_ASSIGN(Transaction transaction, Transaction::begin(context.database));
  TRY_ASSIGN(const std::vector<SqlRow> rows, jobs_meant(context, order.order.where));
  DbdBookOutcome outcome;
  std::vector<AuditEntry> audit;
  for (const SqlRow& row : rows) {
    TRY_ASSIGN(JobRecord record, decode<JobRecord>(row.text(4)));
    if (!record.view.job.spec || (!operates && record.view.job.spec->owner.uid != caller.uid)) continue;
    auto spec = std::make_shared<JobSpec>(*record.view.job.spec);
    Draft draft{record, *spec};
    for (const Term& term : set)
      if (const Status done = find_setter(term.key)->set(draft, term.value); !done)
        return refused(fmt::format(" Bad value for {}: {}", term.key, term.value));
    record.view.job.spec = std::move(spec);
    TRY(write_job(context.database, row, record));
    outcome.out += fmt::format("  {} submitted at {}\n", row.integer(1), instant_text(Instant(row.integer(2)), utc()));
    audit.push_back({0, context.now, caller.user_name, caller.uid, caller.from, caller.cluster, "Modify Job",
                     fmt::format("job {}", row.integer(1)), "", set_text(set)});
  }
  if (outcome.out.empty()) return refused(" Nothing modified", false);
  outcome.out = " Modified jobs...\n" + outcome.out;
  outcome.changes = true;
  if (!order.commit) return outcome;  // what would be: the transaction is not kept
  TRY_ASSIGN(context.audited, append_audit(context.database, std::move(audit)));
  TRY(transaction.commit());
  return outcome;
}

}  // namespace slurmxx
