// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/load.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/accounting/numbers.h"

namespace slurmxx {
namespace {

bool is_top(const Association& row) { return row.account == "root" && (row.user.empty() || row.user == "root"); }

// The top of the tree stays; users keep their rows, and get their default accounts from the file.
void begin_anew(AccountBook& book, const std::string& cluster) {
  std::erase_if(book.associations, [&](const Association& row) { return row.cluster == cluster && !is_top(row); });
}

}  // namespace

Outcome execute_all(const AccountBook& book, const Actor& actor, const LoadOrder& load, Instant now) {
  Outcome all;
  all.book = book;
  if (!load.clean.empty()) {
    if (actor.level == AdminLevel::none) {
      all.err = " Error with request: Access/permission denied\n";
      all.exit_code = 1;
      return all;
    }
    begin_anew(all.book, load.clean);
    all.transactions.push_back({now, "Remove Associations", actor.name, "(all but root)", "", load.clean});
  }
  for (const LoadStep& step : load.steps) {
    Outcome one = carry_out(std::move(all.book), actor, step.add, now);
    if (!one.changes && one.err.empty() && step.change) one = carry_out(std::move(one.book), actor, *step.change, now);
    all.book = std::move(one.book);
    if (!one.err.empty()) {
      Outcome failed;
      failed.book = book;
      failed.err = one.err + (step.line != 0 ? fmt::format(" Problem with line({})\n", step.line) : "");
      failed.exit_code = 1;
      return failed;
    }
    if (!one.changes) continue;
    all.out += one.out;
    std::ranges::move(one.transactions, std::back_inserter(all.transactions));
  }
  if (!load.clean.empty()) keep_numbers(all.book, book);
  all.changes = !(all.book == book);
  if (!all.changes) all.transactions.clear();
  return all;
}

}  // namespace slurmxx
