// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Times are seconds since 1970. An end that has not come is open_end, not NULL: "ended after S" is then one range of an
// index. Names are compared byte by byte, in MariaDB too.
#include "accounting/schema.h"

#include <utility>

#include <fmt/format.h>

namespace slurmxx {
namespace {

constexpr std::pair<std::string_view, std::string_view> sqlite_words[] = {{"{id}", "INTEGER PRIMARY KEY AUTOINCREMENT"},
                                                                          {"{text}", "TEXT"},
                                                                          {"{bytes}", "TEXT"},
                                                                          {"{table}", ""},
                                                                          {"{if new}", ""},
                                                                          {"{name}", "VARCHAR(255)"},
                                                                          {"{of jobs}", ""}};
constexpr std::pair<std::string_view, std::string_view> mysql_words[] = {
    {"{id}", "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY"},
    {"{text}", "LONGTEXT"},
    {"{bytes}", "LONGBLOB"},
    {"{if new}", "IF NOT EXISTS"},
    {"{of jobs}", "ON jobs"},
    {"{name}", "VARBINARY(255)"},  // keys of several names would be too long in utf8mb4
    {"{table}", " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"}};

constexpr const char* jobs_steps_events[] = {
    "CREATE TABLE IF NOT EXISTS sources (cluster_id BIGINT NOT NULL, log VARCHAR(64) NOT NULL, position BIGINT NOT "
    "NULL, received BIGINT NOT NULL, PRIMARY KEY (cluster_id, log)){table}",
    "CREATE TABLE IF NOT EXISTS jobs (cluster_id BIGINT NOT NULL, job_id BIGINT NOT NULL, submitted BIGINT NOT "
    "NULL, "
    "restarts BIGINT NOT NULL, uid BIGINT NOT NULL, gid BIGINT NOT NULL, user_name VARCHAR(255) NOT NULL, account "
    "VARCHAR(255) NOT NULL, partition_name VARCHAR(255) NOT NULL, qos VARCHAR(255) NOT NULL, wckey VARCHAR(255) "
    "NOT "
    "NULL, name VARCHAR(255) NOT NULL, array_id BIGINT NOT NULL, array_task BIGINT NOT NULL, het_id BIGINT NOT "
    "NULL, "
    "het_offset BIGINT NOT NULL, state BIGINT NOT NULL, eligible BIGINT NOT NULL, started BIGINT NOT NULL, ended "
    "BIGINT NOT NULL, nodes BIGINT NOT NULL, cpus BIGINT NOT NULL, time_limit BIGINT NOT NULL, record {bytes} NOT "
    "NULL, PRIMARY KEY (cluster_id, job_id, submitted, restarts)){table}",
    "CREATE INDEX IF NOT EXISTS jobs_by_user ON jobs (cluster_id, uid, ended)",
    "CREATE INDEX IF NOT EXISTS jobs_by_end ON jobs (cluster_id, ended)",
    "CREATE INDEX IF NOT EXISTS jobs_by_account ON jobs (cluster_id, account, ended)",
    "CREATE INDEX IF NOT EXISTS jobs_by_array ON jobs (cluster_id, array_id)",
    "CREATE INDEX IF NOT EXISTS jobs_by_het ON jobs (cluster_id, het_id)",
    "CREATE TABLE IF NOT EXISTS steps (cluster_id BIGINT NOT NULL, job_id BIGINT NOT NULL, submitted BIGINT NOT "
    "NULL, restarts BIGINT NOT NULL, step_id BIGINT NOT NULL, record {bytes} NOT NULL, PRIMARY KEY (cluster_id, "
    "job_id, submitted, restarts, step_id)){table}",
    "CREATE TABLE IF NOT EXISTS events (id {id}, cluster_id BIGINT NOT NULL, node VARCHAR(255) NOT NULL, started "
    "BIGINT NOT NULL, ended BIGINT NOT NULL, state VARCHAR(64) NOT NULL, reason {text}, uid BIGINT NOT NULL, tres "
    "{text}){table}",
    "CREATE INDEX IF NOT EXISTS events_by_node ON events (cluster_id, node, ended)",
    "CREATE INDEX IF NOT EXISTS events_by_end ON events (cluster_id, ended)"};

constexpr const char* usage_rollups[] = {
    "ALTER TABLE jobs ADD COLUMN {if new} tres {text}", "ALTER TABLE jobs ADD COLUMN {if new} suspensions {text}",
    // What a window of time leaves out is left out by the index alone.
    "CREATE INDEX IF NOT EXISTS jobs_of_user ON jobs (cluster_id, uid, ended, eligible)",
    "CREATE INDEX IF NOT EXISTS jobs_of_time ON jobs (cluster_id, ended, eligible)",
    "DROP INDEX IF EXISTS jobs_by_user {of jobs}", "DROP INDEX IF EXISTS jobs_by_end {of jobs}",
    "CREATE TABLE IF NOT EXISTS cluster_usage_hour (cluster_id BIGINT NOT NULL, start BIGINT NOT NULL, tres "
    "{name} NOT NULL, total BIGINT NOT NULL, allocated BIGINT NOT NULL, down BIGINT NOT NULL, planned_down "
    "BIGINT NOT NULL, planned BIGINT NOT NULL, overcommitted BIGINT NOT NULL, PRIMARY KEY (cluster_id, start, "
    "tres)){table}",
    "CREATE TABLE IF NOT EXISTS assoc_usage_hour (cluster_id BIGINT NOT NULL, start BIGINT NOT NULL, account "
    "{name} NOT NULL, user_name {name} NOT NULL, qos {name} NOT NULL, tres {name} NOT "
    "NULL, seconds BIGINT NOT NULL, PRIMARY KEY (cluster_id, start, tres, account, user_name, qos)){table}",
    "CREATE TABLE IF NOT EXISTS wckey_usage_hour (cluster_id BIGINT NOT NULL, start BIGINT NOT NULL, wckey "
    "{name} NOT NULL, user_name {name} NOT NULL, tres {name} NOT NULL, seconds BIGINT NOT "
    "NULL, PRIMARY KEY (cluster_id, start, tres, wckey, user_name)){table}",
    "CREATE TABLE IF NOT EXISTS cluster_usage_day (cluster_id BIGINT NOT NULL, start BIGINT NOT NULL, tres "
    "{name} NOT NULL, total BIGINT NOT NULL, allocated BIGINT NOT NULL, down BIGINT NOT NULL, planned_down "
    "BIGINT NOT NULL, planned BIGINT NOT NULL, overcommitted BIGINT NOT NULL, PRIMARY KEY (cluster_id, start, "
    "tres)){table}",
    "CREATE TABLE IF NOT EXISTS assoc_usage_day (cluster_id BIGINT NOT NULL, start BIGINT NOT NULL, account "
    "{name} NOT NULL, user_name {name} NOT NULL, qos {name} NOT NULL, tres {name} NOT "
    "NULL, seconds BIGINT NOT NULL, PRIMARY KEY (cluster_id, start, tres, account, user_name, qos)){table}",
    "CREATE TABLE IF NOT EXISTS wckey_usage_day (cluster_id BIGINT NOT NULL, start BIGINT NOT NULL, wckey "
    "{name} NOT NULL, user_name {name} NOT NULL, tres {name} NOT NULL, seconds BIGINT NOT "
    "NULL, PRIMARY KEY (cluster_id, start, tres, wckey, user_name)){table}",
    "CREATE TABLE IF NOT EXISTS cluster_usage_month (cluster_id BIGINT NOT NULL, start BIGINT NOT NULL, tres "
    "{name} NOT NULL, total BIGINT NOT NULL, allocated BIGINT NOT NULL, down BIGINT NOT NULL, planned_down "
    "BIGINT NOT NULL, planned BIGINT NOT NULL, overcommitted BIGINT NOT NULL, PRIMARY KEY (cluster_id, start, "
    "tres)){table}",
    "CREATE TABLE IF NOT EXISTS assoc_usage_month (cluster_id BIGINT NOT NULL, start BIGINT NOT NULL, account "
    "{name} NOT NULL, user_name {name} NOT NULL, qos {name} NOT NULL, tres {name} NOT "
    "NULL, seconds BIGINT NOT NULL, PRIMARY KEY (cluster_id, start, tres, account, user_name, qos)){table}",
    "CREATE TABLE IF NOT EXISTS wckey_usage_month (cluster_id BIGINT NOT NULL, start BIGINT NOT NULL, wckey "
    "{name} NOT NULL, user_name {name} NOT NULL, tres {name} NOT NULL, seconds BIGINT NOT "
    "NULL, PRIMARY KEY (cluster_id, start, tres, wckey, user_name)){table}",
    "CREATE TABLE IF NOT EXISTS usage_rolled (cluster_id BIGINT NOT NULL PRIMARY KEY, up_to BIGINT NOT "
    "NULL){table}",
    "CREATE TABLE IF NOT EXISTS usage_touched (cluster_id BIGINT NOT NULL, start BIGINT NOT NULL, PRIMARY KEY "
    "(cluster_id, start)){table}"};

constexpr const char* audit_trail[] = {
    "CREATE TABLE IF NOT EXISTS audit (number BIGINT NOT NULL PRIMARY KEY, done_at BIGINT NOT NULL, actor "
    "VARCHAR(255) NOT NULL, uid BIGINT, origin VARCHAR(255) NOT NULL, cluster VARCHAR(255) NOT NULL, action "
    "VARCHAR(255) NOT NULL, target {text} NOT NULL, value_before {text} NOT NULL, value_after {text} NOT NULL, "
    "hash VARCHAR(64) NOT NULL){table}",
    "CREATE TABLE IF NOT EXISTS audit_head (id BIGINT NOT NULL PRIMARY KEY, number BIGINT NOT NULL, hash "
    "VARCHAR(64) NOT NULL){table}"};

constexpr const char* purged_rows[] = {
    "CREATE TABLE IF NOT EXISTS purged (cluster_id BIGINT NOT NULL, what VARCHAR(32) NOT NULL, up_to BIGINT NOT NULL, "
    "PRIMARY KEY (cluster_id, what)){table}"};

constexpr const char* reservations_kept[] = {
    "CREATE TABLE IF NOT EXISTS reservations (cluster_id BIGINT NOT NULL, name {name} NOT NULL, started BIGINT NOT "
    "NULL, number BIGINT NOT NULL, ended BIGINT NOT NULL, nodes {text}, tres {text}, flags {text}, PRIMARY KEY "
    "(cluster_id, name, started)){table}",
    "CREATE TABLE IF NOT EXISTS job_texts (hash {name} NOT NULL PRIMARY KEY, content {text} NOT NULL){table}"};

constexpr const char* rows_deleted[] = {
    "CREATE TABLE IF NOT EXISTS deleted_rows (kind VARCHAR(32) NOT NULL, row_key VARCHAR(255) NOT NULL, content {text} "
    "NOT NULL, deleted BIGINT NOT NULL, PRIMARY KEY (kind, row_key)){table}"};

// Texts from before are as old as the newest job that may name them.
constexpr const char* texts_age[] = {
    "ALTER TABLE job_texts ADD COLUMN {if new} used BIGINT NOT NULL DEFAULT 0",
    "UPDATE job_texts SET used = (SELECT COALESCE(MAX(ended), 0) FROM jobs WHERE ended < 9000000000000) WHERE used = 0",
    "CREATE INDEX IF NOT EXISTS job_texts_by_use ON job_texts (used)"};

constexpr const char* jobs_corrected[] = {
    "CREATE TABLE IF NOT EXISTS job_corrections (cluster_id BIGINT NOT NULL, job_id BIGINT NOT NULL, submitted BIGINT "
    "NOT NULL, restarts BIGINT NOT NULL, field VARCHAR(32) NOT NULL, was {text} NOT NULL, said {text} NOT NULL, "
    "PRIMARY KEY (cluster_id, job_id, submitted, restarts, field)){table}"};

constexpr const char* reservations_again[] = {
    "ALTER TABLE reservations ADD COLUMN {if new} series_start BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE reservations ADD COLUMN {if new} series_end BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE reservations ADD COLUMN {if new} associations {text}",
    "ALTER TABLE reservations ADD COLUMN {if new} holders {text}",
    "ALTER TABLE jobs ADD COLUMN {if new} reservation {text}"};

Migration migration(const char* what, std::span<const char* const> statements) {
  return {what, {statements.begin(), statements.end()}};
}

const std::vector<Migration>& all_migrations() {
  static const std::vector<Migration> steps = {
      {"clusters",
       {"CREATE TABLE IF NOT EXISTS clusters (id {id}, name VARCHAR(255) NOT NULL UNIQUE, control_host VARCHAR(255), "
        "control_port BIGINT, tres {text}, nodes {text}, registered BIGINT NOT NULL, deleted BIGINT NOT NULL DEFAULT "
        "0){table}"}},
      {"accounts, users, associations, QOS and what was done to them",
       {"CREATE TABLE IF NOT EXISTS book_rows (kind VARCHAR(32) NOT NULL, row_key VARCHAR(255) NOT NULL, content "
        "{text} NOT NULL, PRIMARY KEY (kind, row_key)){table}",
        "CREATE TABLE IF NOT EXISTS acct_transactions (id {id}, done_at BIGINT NOT NULL, action VARCHAR(64) NOT NULL, "
        "actor VARCHAR(255) NOT NULL, target {text}, info {text}, cluster VARCHAR(255)){table}"}},
      migration("jobs, steps, events", jobs_steps_events),
      migration("roll-ups of usage", usage_rollups),
      migration("the audit trail", audit_trail),
      migration("what was purged", purged_rows),
      migration("reservations, scripts and environments", reservations_kept),
      migration("accounts, users, associations and QOS that were deleted", rows_deleted),
      migration("when scripts and environments were last named", texts_age),
      migration("what was corrected by hand of jobs", jobs_corrected),
      migration("reservations that come again, and who they are for", reservations_again),
  };
  return steps;
}

Result<std::uint64_t> version_of(Database& database) {
  TRY_ASSIGN(const auto made,
             database.execute(in_dialect("CREATE TABLE IF NOT EXISTS schema_version (id BIGINT PRIMARY KEY, version "
                                         "BIGINT NOT NULL){table}",
                                         database.dialect())));
  static_cast<void>(made);
  TRY_ASSIGN(const auto rows, database.query("SELECT version FROM schema_version WHERE id = 1"));
  return rows.empty() ? 0 : static_cast<std::uint64_t>(rows.front().integer(0));
}

}  // namespace

std::span<const Migration> migrations() { return all_migrations(); }

std::string in_dialect(std::string_view sql, SqlDialect dialect) {
  std::string text(sql);
  const auto replace = [&](std::string_view word, std::string_view with) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + with.size()))
      text.replace(at, word.size(), with);
  };
  if (dialect == SqlDialect::sqlite)
    for (const auto& [word, with] : sqlite_words) replace(word, with);
  else
    for (const auto& [word, with] : mysql_words) replace(word, with);
  return text;
}

Result<std::uint64_t> migrate(Database& database) {
  TRY_ASSIGN(std::uint64_t version, version_of(database));
  const auto& steps = all_migrations();
  if (version > steps.size())
    return fail(
        fmt::format("the database has version {}, this slurmdbd knows {}: it was made by a newer slurmdbd, "
                    "start that one",
                    version, steps.size()));
  for (; version < steps.size(); ++version) {
    TRY_ASSIGN(Transaction transaction, Transaction::begin(database));
    for (const char* sql : steps[version].statements) {
      const auto done = database.execute(in_dialect(sql, database.dialect()), {});
      if (!done)
        return fail(done.error().code, fmt::format("version {} of the database ({}): {}", version + 1,
                                                   steps[version].what, done.error().message));
    }
    const auto noted = database.execute("REPLACE INTO schema_version (id, version) VALUES (1, ?)",
                                        {static_cast<std::int64_t>(version + 1)});
    if (!noted) return noted.error();
    TRY(transaction.commit());
  }
  return version;
}

Result<std::int64_t> last_given_id(Database& database) {
  TRY_ASSIGN(const auto rows, database.query(database.dialect() == SqlDialect::sqlite ? "SELECT last_insert_rowid()"
                                                                                      : "SELECT LAST_INSERT_ID()"));
  return rows.front().integer(0);
}

}  // namespace slurmxx
