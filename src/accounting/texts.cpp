// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/texts.h"

#include <algorithm>

#include <fmt/format.h>

#include "accounting/book_store.h"
#include "accounting/rows.h"
#include "accounting/schema.h"
#include "core/accounting/execute.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

constexpr std::size_t hashes_at_once = 500;
constexpr Seconds hardly_older{3600};  // far less than what a text outlives its last job by

// Scripts may hold any bytes, columns of text may not.
std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string from_hex(std::string_view text) {
  const auto digit = [](char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return bytes;
}

Result<std::string> find_text(Database& database, const std::string& hash) {
  if (hash.empty()) return std::string();
  TRY_ASSIGN(const auto rows, database.query("SELECT content FROM job_texts WHERE hash = ?", {hash}));
  return rows.empty() ? std::string() : from_hex(rows.front().text(0));
}

}  // namespace

// One hash is one text.
Status put_text(Database& database, const TextRecord& record) {
  TRY_ASSIGN(const auto there, database.query("SELECT 1 FROM job_texts WHERE hash = ?", {record.hash}));
  if (!there.empty()) return {};
  const auto done = database.execute("INSERT INTO job_texts (hash, content, used) VALUES (?, ?, 0)",
                                     {record.hash, to_hex(record.text)});
  return done ? Status() : done.error();
}

void note_texts(TextUses& uses, const JobRecord& record) {
  const Job& job = record.view.job;
  const Instant at = std::max(record.at, job.times.ended.value_or(job.times.submitted));
  for (const std::string& hash : {job.spec->launch.script_hash, job.spec->launch.environment_hash})
    if (!hash.empty()) uses[hash] = std::max(uses[hash], at);
}

Status write_uses(Database& database, const TextUses& uses) {
  if (uses.empty()) return {};
  TRY_ASSIGN(const auto any, database.query("SELECT 1 FROM job_texts LIMIT 1"));
  if (any.empty()) return {};
  Instant at;  // of them all: a text may stay somewhat longer
  for (const auto& [hash, used] : uses) at = std::max(at, used);
  for (auto next = uses.begin(); next != uses.end();) {
    std::vector<std::string> hashes;
    for (; next != uses.end() && hashes.size() < hashes_at_once; ++next) hashes.push_back(next->first);
    std::string where = "used < ?";
    SqlValues bound{at.seconds, (at - hardly_older).seconds};
    add_any_of(where, bound, "hash", hashes);
    const auto done = database.execute("UPDATE job_texts SET used = ? WHERE " + where, bound);
    if (!done) return done.error();
  }
  return {};
}

Status keep_texts_of_active(DbdContext& context) {
  TRY_ASSIGN(const auto rows, context.database.query("SELECT record FROM jobs WHERE ended = ?", {open_end}));
  TextUses uses;
  for (const SqlRow& row : rows) {
    TRY_ASSIGN(JobRecord record, decode<JobRecord>(row.text(0)));
    record.at = context.now;
    if (record.view.job.spec) note_texts(uses, record);
  }
  return write_uses(context.database, uses);
}

Status add_texts(DbdContext& context, JobsPage& page) {
  bool all = context.caller.trusted;
  if (!all) {
    TRY_ASSIGN(const AccountBook book, load_book(context.database));
    all = admin_level(book, context.caller.user_name) != AdminLevel::none;
  }
  for (AccountedJob& job : page.jobs) {
    TRY_ASSIGN(const JobRecord record, decode<JobRecord>(job.job));
    const auto& spec = record.view.job.spec;
    if (!spec || (!all && spec->owner.uid != context.caller.uid)) continue;
    TRY_ASSIGN(job.script, find_text(context.database, spec->launch.script_hash));
    TRY_ASSIGN(job.environment, find_text(context.database, spec->launch.environment_hash));
  }
  return {};
}

}  // namespace slurmxx
