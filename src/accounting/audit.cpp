// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/audit.h"

#include <fmt/format.h>

#include "accounting/rows.h"
#include "core/text/instant_text.h"
#include "core/text/safe_text.h"
#include "core/text/time_zone.h"
#include "state/codec.h"
#include "wire/crypto.h"

namespace slurmxx {
namespace {

constexpr std::size_t rows_at_once = 5000;
constexpr const char* columns =
    "number, done_at, actor, uid, origin, cluster, action, target, value_before, value_after, hash";
constexpr std::size_t column_count = 11;

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<std::uint8_t>(c));
  return text;
}

std::string hash_of(const std::string& before, const AuditEntry& entry) {
  return hex(crypto::blake2b_256(before + encode(entry)));
}

SqlValues row_of(const AuditEntry& entry, const std::string& hash) {
  SqlValue uid;
  if (entry.uid) uid = std::int64_t(entry.uid->value);
  return {entry.number, entry.at.seconds, entry.actor,  uid,         entry.from, entry.cluster,
          entry.action, entry.target,     entry.before, entry.after, hash};
}

AuditEntry entry_of(const SqlRow& row) {
  enum : std::size_t { number, at, actor, uid, from, cluster, action, target, before, after };
  AuditEntry entry;
  entry.number = row.integer(number);
  entry.at = Instant(row.integer(at));
  entry.actor = row.text(actor);
  if (!row.is_null(uid)) entry.uid = Uid(static_cast<std::uint32_t>(row.integer(uid)));
  entry.from = row.text(from);
  entry.cluster = row.text(cluster);
  entry.action = row.text(action);
  entry.target = row.text(target);
  entry.before = row.text(before);
  entry.after = row.text(after);
  return entry;
}

struct Head {
  std::int64_t number = 0;
  std::string hash;
};

Result<Head> head_of(Database& database) {
  TRY_ASSIGN(const auto rows, database.query("SELECT number, hash FROM audit_head WHERE id = 1"));
  return rows.empty() ? Head() : Head{rows.front().integer(0), rows.front().text(1)};
}

std::string said(const AuditEntry& entry) {
  return fmt::format("record {} ({}, {}: {} {})", entry.number, instant_text(entry.at, utc()), entry.actor,
                     entry.action, entry.target);
}

std::string missing(std::int64_t first, std::int64_t last) {
  return first == last ? fmt::format("record {} is missing", first)
                       : fmt::format("records {} to {} are missing", first, last);
}

}  // namespace

std::string audit_json(const AuditEntry& entry, const std::string& hash) {
  std::string json = fmt::format("{{\"number\":{},\"time\":\"{}Z\"", entry.number, instant_text(entry.at, utc()));
  if (entry.uid) json += fmt::format(",\"uid\":{}", entry.uid->value);
  const std::pair<const char*, const std::string&> texts[] = {
      {"actor", entry.actor},   {"from", entry.from},     {"cluster", entry.cluster}, {"action", entry.action},
      {"target", entry.target}, {"before", entry.before}, {"after", entry.after},     {"hash", hash}};
  for (const auto& [name, text] : texts) json += fmt::format(",\"{}\":{}", name, json_string(text));
  return json + '}';
}

Result<std::vector<std::string>> append_audit(Database& database, std::vector<AuditEntry> entries) {
  std::vector<std::string> lines;
  if (entries.empty()) return lines;
  TRY_ASSIGN(Head head, head_of(database));
  RowWriter rows(database, fmt::format("INSERT INTO audit ({})", columns), column_count);
  for (AuditEntry& entry : entries) {
    entry.number = ++head.number;
    for (std::string* name : {&entry.actor, &entry.from, &entry.cluster, &entry.action}) *name = column_text(*name);
    for (std::string* text : {&entry.target, &entry.before, &entry.after}) *text = stored_text(*text);
    head.hash = hash_of(head.hash, entry);
    TRY(rows.add(row_of(entry, head.hash)));
    lines.push_back(audit_json(entry, head.hash));
  }
  TRY(rows.flush());
  const auto noted =
      database.execute("REPLACE INTO audit_head (id, number, hash) VALUES (1, ?, ?)", {head.number, head.hash});
  if (!noted) return noted.error();
  return lines;
}

Result<AuditVerdict> verify_audit(Database& database) {
  TRY_ASSIGN(const Transaction moment, Transaction::begin_reading(database));
  TRY_ASSIGN(const Head head, head_of(database));
  AuditVerdict verdict;
  std::int64_t last = 0;
  for (std::size_t read = rows_at_once; read == rows_at_once;) {
    TRY_ASSIGN(const auto rows,
               database.query(
                   fmt::format("SELECT {} FROM audit WHERE number > ? ORDER BY number LIMIT {}", columns, rows_at_once),
                   {last}));
    read = rows.size();
    for (const SqlRow& row : rows) {
      const AuditEntry entry = entry_of(row);
      if (entry.number != last + 1) {
        verdict.fault = missing(last + 1, entry.number - 1);
        return verdict;
      }
      const std::string hash = hash_of(verdict.last_hash, entry);
      if (hash != row.text(column_count - 1)) {
        verdict.fault = said(entry) + " was changed, or stands in the place of another";
        return verdict;
      }
      last = entry.number;
      verdict.last_hash = hash;
      ++verdict.good;
    }
  }
  TRY_ASSIGN(const auto clusters, database.query("SELECT id FROM clusters LIMIT 1"));
  if (last == 0 && head.number == 0 && !clusters.empty())
    verdict.fault = "all records are missing: there are clusters, and a record tells of each that comes";
  else if (last < head.number)
    verdict.fault = missing(last + 1, head.number);
  else if (last != head.number || verdict.last_hash != head.hash)
    verdict.fault = fmt::format("record {} is not the last that slurmdbd wrote", last);
  return verdict;
}

}  // namespace slurmxx
