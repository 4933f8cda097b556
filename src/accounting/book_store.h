// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The AccountBook in the database: a row of book_rows for each of its rows, and each transaction in acct_transactions.
#pragma once

#include <vector>

#include "base/ids.h"
#include "core/accounting/book.h"
#include "ports/database.h"

namespace slurmxx {

Result<AccountBook> load_book(Database& database);     // first_book() of a new database
Result<AccountBook> load_deleted(Database& database);  // as they were last, without what came back since

// Who changes it, as far as that goes into the audit trail.
struct BookChanger {
  std::string name;
  Uid uid;
  std::string from;
  std::string cluster;
  Instant at;
};

// In a transaction of its own: what differs, and what was done. Returns the lines of the audit trail.
Result<std::vector<std::string>> save_book(Database& database, const AccountBook& book,
                                           const std::vector<TransactionRow>& done, const BookChanger& changer);

Status keep_transactions(Database& database, const std::vector<TransactionRow>& done);  // within the caller's
Result<std::vector<TransactionRow>> load_transactions(Database& database);              // the oldest first

}  // namespace slurmxx
