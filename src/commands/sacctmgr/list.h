// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One `sacctmgr show ENTITY` being answered: what was asked, what slurmdbd said, and the rows that come of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "commands/sacctmgr/fields.h"
#include "commands/sacctmgr/run.h"

namespace slurmxx {

struct List {
  const SacctmgrCall& call;
  const ListOrder& order;
  const DbdBook& answer;
  std::vector<EventRow> events = {};
  std::vector<ReservedRow> reservations = {};
  bool of_deleted = false;  // withdeleted: the rows that were there once, behind the others
  const AccountBook& book() const { return of_deleted ? answer.deleted : answer.book; }
  bool with_associations() const { return order.has("withassoc") || call.options.associations; }
  // Whether `name` is among those asked for by the key; nothing asked for: it is.
  bool wants(std::string_view key, const std::string& name) const;
  ShowRow row() const;
};

using Rows = std::vector<ShowRow>;

Rows event_rows(const List& list);
Rows transaction_rows(const List& list);
Rows reservation_rows(const List& list);
Rows resource_rows(const List& list);
// What is not in the book, asked of slurmdbd: from the beginning of yesterday on, unless Start= says otherwise.
Result<std::vector<EventRow>> ask_for_events(const SacctmgrCall& call, const ListOrder& order);
Result<std::vector<ReservedRow>> ask_for_reservations(const SacctmgrCall& call, const ListOrder& order);

void write_records(const List& list, const Rows& rows);  // --json, --yaml

}  // namespace slurmxx
