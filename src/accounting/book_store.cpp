// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A row is its described struct (base/describe.h) in hexadecimal digits, which every database takes as they are.
#include "accounting/book_store.h"

#include <map>

#include <fmt/format.h>

#include "accounting/audit.h"
#include "core/text/described_fields.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

int digit_of(char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; }

std::string from_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(digit_of(text[i]) * 16 + digit_of(text[i + 1]));
  return bytes;
}

std::string key_text(const std::string& name) { return name; }
std::string key_text(std::uint32_t id) { return std::to_string(id); }

// The numbers that are given next: a row of its own.
struct Counters {
  std::uint32_t association = 1;
  std::uint32_t qos = 1;
  std::uint32_t other = 1;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "association", self.association);
    v(2, "qos", self.qos);
    v(3, "other", self.other);
  }
};

// Calls with each table of a change: its kind, its rows with their keys, and what is gone.
template <class Change, class Do>
Status each_kind(Change& change, Do act) {
  TRY(act("cluster", change.rows.clusters, change.gone_clusters, [](const auto& row) { return row.name; }));
  TRY(act("account", change.rows.accounts, change.gone_accounts, [](const auto& row) { return row.name; }));
  TRY(act("user", change.rows.users, change.gone_users, [](const auto& row) { return row.name; }));
  TRY(act("association", change.rows.associations, change.gone_associations, [](const auto& row) { return row.id; }));
  TRY(act("qos", change.rows.qos, change.gone_qos, [](const auto& row) { return row.id; }));
  TRY(act("tres", change.rows.tres, change.gone_tres, [](const auto& row) { return row.id; }));
  TRY(act("wckey", change.rows.wckeys, change.gone_wckeys, [](const auto& row) { return row.id; }));
  TRY(act("resource", change.rows.resources, change.gone_resources, [](const auto& row) { return row.id; }));
  return act("federation", change.rows.federations, change.gone_federations, [](const auto& row) { return row.name; });
}

template <class Row>
Status read_row(std::string_view hex, std::vector<Row>& rows) {
  TRY_ASSIGN(Row row, decode<Row>(from_hex(hex)));
  put(rows, std::move(row));
  return {};
}

Result<AccountBook> book_of(const std::vector<SqlRow>& rows) {
  BookChange all;
  for (const SqlRow& row : rows) {
    if (row.text(0) == "counters") {
      TRY_ASSIGN(const Counters next, decode<Counters>(from_hex(row.text(2))));
      all.rows.next_association = next.association;
      all.rows.next_qos = next.qos;
      all.rows.next_other = next.other;
      continue;
    }
    TRY(each_kind(all, [&](std::string_view kind, auto& of_kind, auto&, auto) -> Status {
      return kind == row.text(0) ? read_row(row.text(2), of_kind) : Status();
    }));
  }
  return std::move(all.rows);
}

// Nothing: the database is new.
Result<std::optional<AccountBook>> stored_book(Database& database) {
  TRY_ASSIGN(const auto rows, database.query("SELECT kind, row_key, content FROM book_rows"));
  if (rows.empty()) return std::optional<AccountBook>();
  TRY_ASSIGN(AccountBook book, book_of(rows));
  return std::optional(std::move(book));
}

Status write_row(Database& database, const char* kind, const std::string& key, const std::string& bytes) {
  const auto done = database.execute("REPLACE INTO book_rows (kind, row_key, content) VALUES (?, ?, ?)",
                                     {std::string(kind), key, to_hex(bytes)});
  return done ? Status() : Status(done.error());
}

// It stays to be seen with withdeleted.
Status delete_row(Database& database, const char* kind, const std::string& key, Instant at) {
  const auto kept = database.execute(
      "REPLACE INTO deleted_rows (kind, row_key, content, deleted) SELECT kind, row_key, content, ? FROM book_rows "
      "WHERE kind = ? AND row_key = ?",
      {at.seconds, std::string(kind), key});
  if (!kept) return kept.error();
  const auto done = database.execute("DELETE FROM book_rows WHERE kind = ? AND row_key = ?", {std::string(kind), key});
  return done ? Status() : Status(done.error());
}

Status write_change(Database& database, const BookChange& change, Instant at) {
  return each_kind(change, [&](const char* kind, const auto& rows, const auto& gone, auto key_of) -> Status {
    for (const auto& row : rows) TRY(write_row(database, kind, key_text(key_of(row)), encode(row)));
    for (const auto& key : gone) TRY(delete_row(database, kind, key_text(key), at));
    return {};
  });
}

// A row of the audit trail for each row that is new, gone, or not as it was.
std::vector<AuditEntry> audit_of(AccountBook before, BookChange& change, const std::string& action,
                                 const BookChanger& changer) {
  std::map<std::string, std::pair<FieldTexts, FieldTexts>> rows;  // by target: old and new
  const auto name_of = [](const char* kind, const auto& key) { return fmt::format("{} {}", kind, key_text(key)); };
  static_cast<void>(each_kind(change, [&](const char* kind, const auto& changed, const auto& gone, auto key_of) {
    for (const auto& row : changed) rows[name_of(kind, key_of(row))].second = fields_of(row);
    for (const auto& key : gone) rows[name_of(kind, key)];
    return Status();
  }));
  BookChange all;
  all.rows = std::move(before);
  static_cast<void>(each_kind(all, [&](const char* kind, const auto& known, const auto&, auto key_of) {
    for (const auto& row : known)
      if (const auto found = rows.find(name_of(kind, key_of(row))); found != rows.end())
        found->second.first = fields_of(row);
    return Status();
  }));
  std::vector<AuditEntry> entries;
  for (const auto& [target, texts] : rows) {
    const FieldChange what = changed_fields(texts.first, texts.second);
    entries.push_back({0, changer.at, changer.name, changer.uid, changer.from, changer.cluster, action, target,
                       what.before, what.after});
  }
  return entries;
}

}  // namespace

Result<AccountBook> load_book(Database& database) {
  TRY_ASSIGN(std::optional<AccountBook> stored, stored_book(database));
  return stored ? std::move(*stored) : first_book();
}

Result<AccountBook> load_deleted(Database& database) {
  TRY_ASSIGN(const auto rows,
             database.query("SELECT kind, row_key, content FROM deleted_rows d WHERE NOT EXISTS (SELECT 1 FROM "
                            "book_rows b WHERE b.kind = d.kind AND b.row_key = d.row_key) ORDER BY deleted"));
  return book_of(rows);
}

Result<std::vector<std::string>> save_book(Database& database, const AccountBook& book,
                                           const std::vector<TransactionRow>& done, const BookChanger& changer) {
  TRY_ASSIGN(Transaction transaction, Transaction::begin(database));
  TRY_ASSIGN(std::optional<AccountBook> stored, stored_book(database));
  BookChange change = difference(stored.value_or(AccountBook()), book);
  TRY(write_change(database, change, changer.at));
  const std::string action = done.empty() ? "register cluster" : done.front().action;
  TRY_ASSIGN(std::vector<std::string> lines,
             append_audit(database, audit_of(stored.value_or(AccountBook()), change, action, changer)));
  TRY(write_row(database, "counters", "", encode(Counters{book.next_association, book.next_qos, book.next_other})));
  TRY(keep_transactions(database, done));
  TRY(transaction.commit());
  return lines;
}

Status keep_transactions(Database& database, const std::vector<TransactionRow>& done) {
  for (const TransactionRow& row : done) {
    const auto added = database.execute(
        "INSERT INTO acct_transactions (done_at, action, actor, target, info, cluster) VALUES (?, ?, ?, ?, ?, ?)",
        {row.at.seconds, row.action, row.actor, row.where, row.info, row.cluster});
    if (!added) return added.error();
  }
  return {};
}

Result<std::vector<TransactionRow>> load_transactions(Database& database) {
  TRY_ASSIGN(const auto rows, database.query("SELECT done_at, action, actor, target, info, cluster, id FROM "
                                             "acct_transactions ORDER BY id"));
  std::vector<TransactionRow> all;
  for (const SqlRow& row : rows)
    all.push_back({Instant(row.integer(0)), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5),
                   static_cast<std::uint64_t>(row.integer(6))});
  return all;
}

}  // namespace slurmxx
