// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/numbers.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

namespace slurmxx {
namespace {

using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;
using Known = std::map<Key, const Association*>;

Key key_of(const Association& row) { return {row.cluster, row.account, row.user, row.partition}; }

// Of several with the same key the last number counts.
Known by_key(const AccountBook& book) {
  Known known;
  for (const Association& row : book.associations) known.insert_or_assign(key_of(row), &row);
  return known;
}

bool is_new(const Association& row, const AccountBook& before) { return row.id >= before.next_association; }

}  // namespace

void keep_numbers(AccountBook& book, const AccountBook& before) {
  const Known known = by_key(before);
  for (Association& row : book.associations)
    if (const auto old = known.find(key_of(row)); old != known.end()) {
      row.id = old->second->id;
      row.usage_resets = old->second->usage_resets;
      row.returns = old->second->returns;
    }
  std::ranges::sort(book.associations, {}, &Association::id);
}

bool adds_associations(const Outcome& outcome, const AccountBook& before) {
  return std::ranges::any_of(outcome.book.associations, [&](const Association& row) { return is_new(row, before); });
}

void give_old_numbers(Outcome& outcome, const AccountBook& before, const AccountBook& deleted) {
  const Known known = by_key(deleted);
  std::map<std::string, std::string> renamed;  // in the transactions
  for (Association& row : outcome.book.associations) {
    const auto old = is_new(row, before) ? known.find(key_of(row)) : known.end();
    if (old == known.end()) continue;
    renamed.emplace(fmt::format("id_assoc={}", row.id), fmt::format("id_assoc={}", old->second->id));
    row.id = old->second->id;
    row.usage_resets = old->second->usage_resets;
    row.returns = old->second->returns + 1;
  }
  std::ranges::sort(outcome.book.associations, {}, &Association::id);
  for (TransactionRow& done : outcome.transactions)
    if (const auto found = renamed.find(done.where); found != renamed.end()) done.where = found->second;
}

}  // namespace slurmxx
