// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/archive_orders.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "accounting/archive_format.h"
#include "accounting/audit.h"
#include "accounting/ingest.h"
#include "accounting/purge.h"
#include "accounting/purge_tables.h"
#include "accounting/rollup.h"
#include "accounting/rows.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

Status check_allowed(const DbdContext& context) {
  if (!context.config.behaviour.disable_archive_commands) return {};
  return fail(Errc::access_denied, "archive: DisableArchiveCommands is set in slurmdbd.conf");
}

Status take_word(Retention& rules, const std::string& word) {
  const auto pair = split_once(word, '=');
  const std::string_view key = pair ? pair->first : std::string_view(word);
  const std::string value(pair ? pair->second : std::string_view());
  if (means(key, "Directory", 1) && pair) return rules.archive_dir = value, Status();
  if (means(key, "Script", 2) && pair) return rules.archive_script = value, Status();
  for (const RecordKindNames& names : record_kind_names) {
    if (means(key, names.purge, 6) && pair) {
      TRY_ASSIGN(rules.rule(names.kind).kept, parse_keep_span(value));
      return {};
    }
    if (!pair &&
        (means(key, names.plural, names.plural.front() == 'S' ? 2 : 1) || equal_ignoring_case(key, names.archive)))
      return rules.rule(names.kind).archived = true, Status();
  }
  return fail(fmt::format("Unknown condition: {}", word));
}

Status check_directory(const std::string& path) {
  if (path.starts_with('/')) return {};
  return fail(fmt::format("Directory={}: an absolute path on slurmdbd's host is wanted", path));
}

const PurgeTable* find_table(std::string_view name) {
  const auto tables = purge_tables();
  const auto found = std::ranges::find_if(
      tables, [&](const PurgeTable& one) { return one.name == name && one.special == PurgeSpecial::none; });
  return found == tables.end() ? nullptr : &*found;
}

Status check_head(const ArchiveHead& head, const PurgeTable* table) {
  if (!table) return fail(fmt::format("it holds rows of the table '{}', which is not known", head.table));
  if ((table->cluster == "0") != head.cluster.empty()) return fail("it names no cluster, or one too many");
  const auto known = split_commas(table->columns);
  for (const std::string& column : head.columns)
    if (std::ranges::none_of(known, [&](std::string_view one) { return trim(one) == column; }))
      return fail(fmt::format("its column '{}' is not known: it was written by a newer slurmdbd", column));
  return {};
}

// Puts an archive's rows back.
class Loading {
 public:
  Loading(DbdContext& context, const Archive& archive, const PurgeTable& table)
      : context_(context), archive_(archive), table_(table) {
    for (std::size_t i = 0; i < archive.head.columns.size(); ++i) column_[archive.head.columns[i]] = i;
  }
  Result<std::uint64_t> load();  // rows that were not there

 private:
  Result<std::uint64_t> load_keyed(std::int64_t cluster);
  Result<std::uint64_t> load_unkeyed(std::int64_t cluster);
  Result<std::uint64_t> load_suspensions(std::int64_t cluster);
  Status touch(std::int64_t cluster);
  Instant time(const SqlValues& row, const char* column) const {
    const auto found = column_.find(column);
    const auto* number = found == column_.end() ? nullptr : std::get_if<std::int64_t>(&row[found->second]);
    return Instant(number ? *number : 0);
  }
  std::string columns() const { return join(archive_.head.columns, ", "); }
  bool of_cluster() const { return table_.cluster != "0"; }

  DbdContext& context_;
  const Archive& archive_;
  const PurgeTable& table_;
  std::map<std::string, std::size_t> column_;
};

Result<std::uint64_t> Loading::load_keyed(std::int64_t cluster) {
  const bool lite = context_.database.dialect() == SqlDialect::sqlite;
  RowWriter rows(context_.database, fmt::format("INSERT INTO {} (cluster_id, {})", table_.name, columns()),
                 archive_.head.columns.size() + 1,
                 lite ? " ON CONFLICT DO NOTHING" : " ON DUPLICATE KEY UPDATE cluster_id = VALUES(cluster_id)");
  for (const SqlValues& row : archive_.rows) {
    SqlValues values{cluster};
    values.insert(values.end(), row.begin(), row.end());
    TRY(rows.add(std::move(values)));
  }
  TRY(rows.flush());
  return rows.changed();
}

Result<std::uint64_t> Loading::load_unkeyed(std::int64_t cluster) {
  std::string sql =
      fmt::format("INSERT INTO {} ({}{}) SELECT ", table_.name, of_cluster() ? "cluster_id, " : "", columns());
  if (of_cluster()) sql += "?,";
  for (std::size_t i = 0; i < archive_.head.columns.size(); ++i) sql += i == 0 ? "?" : ",?";
  sql += fmt::format(" FROM (SELECT 1 AS one) AS single WHERE NOT EXISTS (SELECT 1 FROM {} WHERE {} = ?", table_.name,
                     table_.cluster);
  std::vector<std::size_t> keys;
  for (const std::string_view key : split_commas(table_.keys)) {
    const auto found = column_.find(std::string(trim(key)));
    if (found == column_.end()) return fail(fmt::format("it has no column '{}'", trim(key)));
    keys.push_back(found->second);
    sql += fmt::format(" AND {} = ?", found->first);
  }
  sql += ")";
  std::uint64_t loaded = 0;
  for (const SqlValues& row : archive_.rows) {
    SqlValues values;
    if (of_cluster()) values.emplace_back(cluster);
    values.insert(values.end(), row.begin(), row.end());
    values.emplace_back(of_cluster() ? cluster : std::int64_t(0));
    for (const std::size_t key : keys) values.push_back(row[key]);
    TRY_ASSIGN(const std::uint64_t changed, context_.database.execute(sql, values));
    loaded += changed;
  }
  return loaded;
}

Result<std::uint64_t> Loading::load_suspensions(std::int64_t cluster) {
  std::uint64_t loaded = 0;
  for (const SqlValues& row : archive_.rows) {
    if (row.size() != 4) return fail("its rows are not those of suspensions");
    TRY_ASSIGN(const std::uint64_t changed,
               context_.database.execute("UPDATE jobs SET suspensions = ? WHERE cluster_id = ? AND job_id = ? AND "
                                         "submitted = ? AND restarts = ? AND (suspensions IS NULL OR suspensions = '')",
                                         {row[3], cluster, row[0], row[1], row[2]}));
    loaded += changed;
  }
  return loaded;
}

// The hours of what came back, where they are to be rolled up out of rows.
Status Loading::touch(std::int64_t cluster) {
  TRY_ASSIGN(const RolledUp rolled, rolled_up(context_.database, cluster));
  TouchedHours hours(rolled);
  for (const SqlValues& row : archive_.rows) {
    const Instant from = time(row, table_.kind == RecordKind::jobs ? "eligible" : "started");
    hours.add(from, time(row, "ended"));
  }
  return hours.write(context_.database, cluster);
}

Result<std::uint64_t> Loading::load() {
  std::int64_t cluster = 0;
  if (of_cluster()) {
    TRY_ASSIGN(cluster, cluster_id(context_, archive_.head.cluster));
  }
  if (table_.kind == RecordKind::suspends) return load_suspensions(cluster);
  TRY_ASSIGN(const std::uint64_t loaded, table_.keys.empty() ? load_keyed(cluster) : load_unkeyed(cluster));
  if (loaded > 0 && (table_.kind == RecordKind::jobs || table_.kind == RecordKind::events)) TRY(touch(cluster));
  return loaded;
}

Result<std::string> file_wanted(const DbdHouseOrder& order) {
  std::string file;
  for (std::size_t i = 2; i < order.words.size(); ++i) {
    const auto pair = split_once(order.words[i], '=');
    if (pair && means(pair->first, "Insert", 1))
      return fail("Insert=: SQL is not taken: load a file that slurmdbd wrote, with File=");
    if (pair && !means(pair->first, "File", 1)) return fail(fmt::format("Unknown option: {}", order.words[i]));
    file = pair ? std::string(pair->second) : order.words[i];
  }
  if (!file.starts_with('/')) return fail("File=: the absolute path of an archive on slurmdbd's host is wanted");
  return file;
}

Result<std::string> load_file(DbdContext& context, const std::string& file) {
  if (!context.ports || !context.ports->read_file) return fail("slurmdbd has no files to load");
  TRY_ASSIGN(const std::string bytes, context.ports->read_file(file));
  TRY_ASSIGN(const Archive archive, read_archive(bytes));
  const PurgeTable* table = find_table(archive.head.table);
  TRY(check_head(archive.head, table));
  TRY_ASSIGN(Transaction transaction, Transaction::begin(context.database));
  TRY_ASSIGN(const std::uint64_t loaded, Loading(context, archive, *table).load());
  const DbdCaller& caller = context.caller;
  AuditEntry entry{0,
                   context.now,
                   caller.user_name,
                   caller.uid,
                   caller.from,
                   caller.cluster,
                   "load archive",
                   file,
                   "",
                   fmt::format("table={} rows={}", archive.head.table, loaded)};
  TRY_ASSIGN(context.audited, append_audit(context.database, {std::move(entry)}));
  TRY(transaction.commit());
  return fmt::format(" {}: {} rows loaded, {} were there already\n", archive.head.table, loaded,
                     archive.rows.size() - std::min<std::uint64_t>(loaded, archive.rows.size()));
}

}  // namespace

Result<DbdReply> archive_dump(DbdContext& context, const DbdHouseOrder& order) {
  TRY(check_allowed(context));
  Retention rules = context.config.retention;
  for (std::size_t i = 2; i < order.words.size(); ++i) TRY(take_word(rules, order.words[i]));
  TRY(check_directory(rules.archive_dir));
  DbdBookOutcome outcome;
  outcome.changes = true;
  if (!order.commit) return DbdReply(std::move(outcome));
  bool rolls = !context.config.behaviour.disable_rollups;
  while (rolls) {
    TRY_ASSIGN(rolls, roll_up_next(context.database, context.now));
  }
  Purger purger;
  std::uint64_t rows = 0;
  while (true) {
    TRY_ASSIGN(const PurgeBatch batch, purger.next(context, rules));
    if (!batch.done) break;
    rows += batch.rows;
    if (!batch.file.empty()) outcome.out += fmt::format(" {} rows are in {}\n", batch.rows, batch.file);
  }
  outcome.out += fmt::format(" {} rows purged\n", rows);
  return DbdReply(std::move(outcome));
}

Result<DbdReply> archive_load(DbdContext& context, const DbdHouseOrder& order) {
  TRY(check_allowed(context));
  TRY_ASSIGN(const std::string file, file_wanted(order));
  DbdBookOutcome outcome;
  outcome.changes = true;
  if (!order.commit) return DbdReply(std::move(outcome));
  auto told = load_file(context, file);
  if (!told) return fail(told.error().code, fmt::format("{}: {}", file, text_of(told.error())));
  outcome.out = std::move(*told);
  return DbdReply(std::move(outcome));
}

}  // namespace slurmxx
