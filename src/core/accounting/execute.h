// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Carries out an order on a copy of the book: what it would be, what sacctmgr prints, what is recorded. Pure: nothing
// is stored before the caller takes the outcome over, so the same call serves the question "Would you like to commit?".
// Who may do what is judged here: sacctmgr(1), AdminLevel and coordinators.
#pragma once

#include <string>
#include <vector>

#include "core/accounting/book.h"
#include "core/accounting/order.h"

namespace slurmxx {

struct Actor {
  std::string name;
  AdminLevel level = AdminLevel::none;  // root and SlurmUser: administrates
};

struct Outcome {
  AccountBook book;
  std::vector<TransactionRow> transactions;
  std::string out;  // whole lines
  std::string err;
  int exit_code = 0;
  bool changes = false;  // false: nothing to commit
};

Outcome execute(const AccountBook& book, const Actor& actor, const BookOrder& order, Instant now);
// The same without a copy. The outcome has the book in any case; after an error it may be changed in part.
Outcome carry_out(AccountBook&& book, const Actor& actor, const BookOrder& order, Instant now);

// A cluster makes itself known: a row of its own, the top of its tree, and the resources it counts.
struct Registration {
  std::string cluster;
  std::string host;
  std::uint32_t port = 0;
  std::uint32_t rpc_version = 0;
  std::vector<std::string> tres;
  std::uint32_t node_count = 0;
};
Outcome register_cluster(const AccountBook& book, const Registration& registration, Instant now);

// The level of a user: what his row says. Coordinators have none, but some accounts.
AdminLevel admin_level(const AccountBook& book, std::string_view user);
bool coordinates(const AccountBook& book, std::string_view user, std::string_view account);  // or one above it

}  // namespace slurmxx
