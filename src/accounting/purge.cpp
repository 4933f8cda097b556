// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Usage is purged by whole months, so that days and months stay the sums of their hours.
#include "accounting/purge.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "accounting/archive_format.h"
#include "accounting/audit.h"
#include "accounting/job_corrections.h"
#include "accounting/purge_tables.h"
#include "accounting/rollup.h"
#include "accounting/texts.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"
#include "ports/folder.h"

namespace slurmxx {
namespace {

constexpr std::uint32_t rows_at_once_max = 10'000;
constexpr Seconds texts_grace{24 * 3600};  // a job of the same text may be on its way

struct ClusterOfRows {
  std::int64_t id = 0;
  std::string name;  // empty: the rows are of no cluster
};

std::vector<std::string> words_of(std::string_view columns) {
  std::vector<std::string> names;
  for (const std::string_view name : split_commas(columns)) names.emplace_back(trim(name));
  return names;
}

// "jobs of c from before 2026-11-01T00:00:00"
std::string said(const PurgeTable& table, const ClusterOfRows& cluster) {
  return cluster.name.empty() ? std::string(table.name) : fmt::format("{} of {}", table.name, cluster.name);
}

// The rows of one table and cluster, up to an instant.
class Batch {
 public:
  Batch(DbdContext& context, const Retention& rules, const PurgeTable& table, const ClusterOfRows& cluster)
      : context_(context), rules_(rules), table_(table), cluster_(cluster) {}

  // Where a batch of the rows from before `cutoff` ends; nothing: there are none.
  Result<std::optional<Instant>> find_end(Instant cutoff);
  // Within the caller's transaction.
  Result<PurgeBatch> take(Instant up_to, bool archived);

 private:
  Result<Archive> read(Instant up_to);
  Result<std::string> store(const Archive& archive);
  std::string where(std::string_view comparison) const {
    return fmt::format(" FROM {} WHERE {} = ? AND {} {} ?{}", table_.from, table_.cluster, table_.time, comparison,
                       table_.further);
  }

  DbdContext& context_;
  const Retention& rules_;
  const PurgeTable& table_;
  const ClusterOfRows& cluster_;
};

Result<std::optional<Instant>> Batch::find_end(Instant cutoff) {
  const std::string select = fmt::format("SELECT {}{} ORDER BY {} LIMIT 1", table_.time, where("<"), table_.time);
  const SqlValues bound{cluster_.id, cutoff.seconds};
  Database& database = context_.database;
  TRY_ASSIGN(const auto first, database.query(select, bound));
  if (first.empty()) return std::optional<Instant>();
  const std::uint32_t most = std::min(rows_at_once_max, rules_.purge_max);
  TRY_ASSIGN(const auto last, database.query(fmt::format("{} OFFSET {}", select, most - 1), bound));
  return std::optional(last.empty() ? cutoff - Seconds(1) : Instant(last.front().integer(0)));
}

Result<Archive> Batch::read(Instant up_to) {
  Archive archive;
  archive.head = {cluster_.name, std::string(table_.name), words_of(table_.columns), {}, {}, context_.now, 0};
  std::string columns;
  const std::string_view prefix = table_.kind == RecordKind::steps ? "steps." : "";
  for (const std::string& name : archive.head.columns) columns += fmt::format(", {}{}", prefix, name);
  const bool locks = context_.database.dialect() == SqlDialect::mysql;
  TRY_ASSIGN(const auto rows, context_.database.query(fmt::format("SELECT {}{}{} ORDER BY {}{}", table_.time, columns,
                                                                  where("<="), table_.time, locks ? " FOR UPDATE" : ""),
                                                      {cluster_.id, up_to.seconds}));
  for (const SqlRow& row : rows) {
    SqlValues& values = archive.rows.emplace_back();
    for (std::size_t i = 1; i < row.size(); ++i) values.push_back(row.value(i));
  }
  if (!rows.empty()) {
    archive.head.from = Instant(rows.front().integer(0));
    archive.head.to = Instant(rows.back().integer(0));
  }
  return archive;
}

// Durable under its name when this returns.
Result<std::string> Batch::store(const Archive& archive) {
  if (!context_.ports || !context_.ports->open_folder) return fail("slurmdbd has no folder to archive to");
  TRY_ASSIGN(const auto folder, context_.ports->open_folder(rules_.archive_dir));
  TRY_ASSIGN(const std::vector<std::string> there, folder->list());
  const auto exists = [&](const std::string& name) { return std::binary_search(there.begin(), there.end(), name); };
  const std::string stem =
      fmt::format("{}_{}_archive_{}_{}", cluster_.name.empty() ? "slurmdbd" : cluster_.name, table_.object,
                  instant_text(archive.head.from, utc()), instant_text(archive.head.to, utc()));
  std::string name = stem;
  for (int number = 2; exists(name); ++number) name = fmt::format("{}.{}", stem, number);
  const std::string draft = stem + ".new";
  if (exists(draft)) TRY(folder->remove(draft));
  TRY(folder->append(draft, archive_bytes(archive)));
  TRY(folder->sync(draft));
  TRY(folder->rename(draft, name));
  TRY(folder->sync_folder());
  return rules_.archive_dir + "/" + name;
}

Result<PurgeBatch> Batch::take(Instant up_to, bool archived) {
  PurgeBatch batch{true, 0, ""};
  if (archived) {
    TRY_ASSIGN(const Archive archive, read(up_to));
    if (!archive.rows.empty()) {
      TRY_ASSIGN(batch.file, store(archive));
    }
  }
  TRY_ASSIGN(batch.rows, context_.database.execute(table_.remove, {cluster_.id, up_to.seconds}));
  if (batch.rows == 0) return batch;
  AuditEntry entry{0,
                   context_.now,
                   context_.caller.user_name,
                   context_.caller.uid,
                   context_.caller.from,
                   context_.caller.cluster,
                   "purge",
                   said(table_, cluster_),
                   fmt::format("rows={} up_to={}", batch.rows, instant_text(up_to, utc())),
                   batch.file.empty() ? "" : "archive=" + batch.file};
  TRY_ASSIGN(const std::vector<std::string> lines, append_audit(context_.database, {std::move(entry)}));
  context_.audited.insert(context_.audited.end(), lines.begin(), lines.end());
  return batch;
}

// What was over before is rolled up, and stays so.
Result<bool> is_rolled_up(DbdContext& context, std::int64_t cluster, Instant cutoff) {
  if (context.config.behaviour.disable_rollups) return true;
  TRY_ASSIGN(const std::optional<Instant> rolled, rolled_up_to(context.database, cluster));
  if (!rolled || *rolled < cutoff) return false;
  TRY_ASSIGN(const std::set<Instant> touched, touched_hours(context.database, cluster));
  return touched.empty() || *touched.begin() >= cutoff;
}

Status note_purged(Database& database, const PurgeTable& table, std::int64_t cluster, Instant cutoff) {
  const auto what = table.name == "suspensions" ? std::string("suspends") : std::string(table.name);
  TRY_ASSIGN(const auto rows,
             database.query("SELECT up_to FROM purged WHERE cluster_id = ? AND what = ?", {cluster, what}));
  if (!rows.empty() && rows.front().integer(0) >= cutoff.seconds) return {};
  const auto noted = database.execute("REPLACE INTO purged (cluster_id, what, up_to) VALUES (?, ?, ?)",
                                      {cluster, what, cutoff.seconds});
  return noted ? Status() : Status(noted.error());
}

const PurgeTable& steps_table() {
  const auto tables = purge_tables();
  return *std::ranges::find_if(tables, [](const PurgeTable& one) { return one.kind == RecordKind::steps; });
}

struct RowsDue {
  ClusterOfRows cluster;
  Instant cutoff;
  Instant up_to;
};

// A job takes its steps along, into a file of their own.
Result<PurgeBatch> purge_batch(DbdContext& context, const Retention& rules, const PurgeTable& table,
                               const RowsDue& due) {
  const auto& [cluster, cutoff, up_to] = due;
  const bool with_files = rules.archive_script.empty();
  TRY_ASSIGN(Transaction transaction, Transaction::begin(context.database));
  const bool plain = table.special == PurgeSpecial::none;
  if (plain && table.kind == RecordKind::jobs) {
    const bool wanted = rules.rule(RecordKind::jobs).archived || rules.rule(RecordKind::steps).archived;
    TRY_ASSIGN(const PurgeBatch steps, Batch(context, rules, steps_table(), cluster).take(up_to, wanted && with_files));
    static_cast<void>(steps);
  }
  TRY_ASSIGN(PurgeBatch batch,
             Batch(context, rules, table, cluster).take(up_to, plain && rules.rule(table.kind).archived && with_files));
  if (plain && table.kind == RecordKind::jobs) TRY(drop_corrections(context.database, cluster.id));
  if (table.counts_in_usage) TRY(note_purged(context.database, table, cluster.id, cutoff));
  TRY(transaction.commit());
  return batch;
}

std::vector<std::string> script_environment(const Retention& rules, const std::string& cluster, Instant now) {
  std::vector<std::string> variables{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SLURM_ARCHIVE_CLUSTER=" + cluster};
  for (const RecordKindNames& names : record_kind_names) {
    const RecordRule& rule = rules.rule(names.kind);
    variables.push_back(fmt::format("SLURM_ARCHIVE_{}={}", names.script, rule.archived ? 1 : 0));
    if (rule.kept)
      variables.push_back(fmt::format("SLURM_ARCHIVE_LAST_{}={}", names.last, kept_from(*rule.kept, now).seconds));
  }
  return variables;
}

// The latest of all cutoffs: while it stands, the script has run.
Instant latest_cutoff(const Retention& rules, Instant now) {
  Instant latest;
  for (const RecordRule& rule : rules.rules)
    if (rule.kept) latest = std::max(latest, kept_from(*rule.kept, now));
  return latest;
}

Result<std::vector<ClusterOfRows>> all_clusters(Database& database) {
  TRY_ASSIGN(const auto rows, database.query("SELECT id, name FROM clusters ORDER BY id"));
  std::vector<ClusterOfRows> clusters{{}};
  for (const SqlRow& row : rows) clusters.push_back({row.integer(0), row.text(1)});
  return clusters;
}

}  // namespace

struct Purger::Due {
  const PurgeTable& table;
  ClusterOfRows cluster;
  Instant cutoff;
  Instant up_to;
};

// Nothing: no rule says so, or it must wait for jobs to be purged.
std::optional<Instant> Purger::cutoff_of(const PurgeTable& table, const Retention& rules, Instant now) const {
  const auto by = [&](RecordKind kind) -> std::optional<Instant> {
    const auto& kept = rules.rule(kind).kept;
    if (!kept) return {};
    const Instant from = kept_from(*kept, now);
    return kind == RecordKind::usage ? month_of(from) : from;
  };
  const std::optional<Instant> own = by(table.kind);
  if (!own || table.special == PurgeSpecial::none) return own;
  const std::optional<Instant> jobs = by(RecordKind::jobs);
  const bool waits = std::ranges::any_of(
      clean_to_, [&](const auto& place) { return place.first.second == "jobs" && jobs && place.second < *jobs; });
  if (!jobs || waits) return {};
  return table.special == PurgeSpecial::texts ? *jobs - texts_grace : std::min(*jobs, *own);
}

// False: nothing is old enough, or what is must be rolled up first.
Result<bool> Purger::has_rows(DbdContext& context, const Retention& rules, Due& due) {
  Instant& clean_to = clean_to_[{due.cluster.id, std::string(due.table.name)}];
  if (clean_to >= due.cutoff) return false;
  if (due.table.counts_in_usage) {
    TRY_ASSIGN(const bool rolled, is_rolled_up(context, due.cluster.id, due.cutoff));
    if (!rolled) return false;
  }
  Batch batch(context, rules, due.table, due.cluster);
  TRY_ASSIGN(std::optional<Instant> end, batch.find_end(due.cutoff));
  if (end && due.table.special == PurgeSpecial::texts) {
    TRY(keep_texts_of_active(context));
    TRY_ASSIGN(end, batch.find_end(due.cutoff));
  }
  if (end)
    due.up_to = *end;
  else
    clean_to = due.cutoff;
  return end.has_value();
}

Result<std::optional<Purger::Due>> Purger::next_due(DbdContext& context, const Retention& rules) {
  TRY_ASSIGN(const auto clusters, all_clusters(context.database));
  for (const PurgeTable& table : purge_tables()) {
    const std::optional<Instant> cutoff = cutoff_of(table, rules, context.now);
    if (!cutoff) continue;
    for (const ClusterOfRows& cluster : clusters) {
      if ((table.cluster == "0") != cluster.name.empty()) continue;
      Due due{table, cluster, *cutoff, {}};
      TRY_ASSIGN(const bool there, has_rows(context, rules, due));
      if (there) return std::optional<Due>(due);
    }
  }
  return std::optional<Due>();
}

// Once for all that is due now.
Status Purger::run_script(DbdContext& context, const Retention& rules, const Due& due) {
  Instant& scripted = clean_to_[{due.cluster.id, "script"}];
  const Instant latest = latest_cutoff(rules, context.now);
  if (rules.archive_script.empty() || scripted >= latest) return {};
  if (!context.ports || !context.ports->run_script) return fail("slurmdbd cannot run ArchiveScript");
  TRY(context.ports->run_script(rules.archive_script, script_environment(rules, due.cluster.name, context.now)));
  scripted = latest;
  return {};
}

Result<PurgeBatch> Purger::next(DbdContext& context, const Retention& rules) {
  const bool any = std::ranges::any_of(rules.rules, [](const RecordRule& rule) { return rule.kept.has_value(); });
  if (!any) return PurgeBatch();
  TRY_ASSIGN(const std::optional<Due> due, next_due(context, rules));
  if (!due) return PurgeBatch();
  if (due->table.special == PurgeSpecial::none) TRY(run_script(context, rules, *due));
  return purge_batch(context, rules, due->table, {due->cluster, due->cutoff, due->up_to});
}

}  // namespace slurmxx
