// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The AccountBook in the database: a row of book_rows for each of its rows, and each transaction in acct_transactions.
#pragma once

#include <vector>

#include "core/accounting/book.h"
#include "ports/database.h"

namespace slurmxx {

Result<AccountBook> load_book(Database& database);  // first_book() of a new database

// In a transaction of its own: what differs, and what was done.
Status save_book(Database& database, const AccountBook& book, const std::vector<TransactionRow>& done);

Result<std::vector<TransactionRow>> load_transactions(Database& database);  // the oldest first

}  // namespace slurmxx
