// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/texts.h"

#include <fmt/format.h>

#include "accounting/book_store.h"
#include "core/accounting/execute.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

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

Status put_text(Database& database, const TextRecord& record) {
  const auto done =
      database.execute("REPLACE INTO job_texts (hash, content) VALUES (?, ?)", {record.hash, to_hex(record.text)});
  return done ? Status() : done.error();
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
