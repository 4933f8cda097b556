// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr's orders, the rows it shows, and what controllers ask for: the handlers that work on the AccountBook.
#pragma once

#include "accounting/handlers.h"

namespace slurmxx {

// Whether PrivateData keeps such rows of others from the caller: not from slurmctld, root and operators.
Result<bool> is_hidden(DbdContext& context, const char* what);
// Whom a caller sees of whom PrivateData hides: himself, and who has used the accounts that he coordinates.
struct OwnRows {
  bool only = false;  // else everybody
  Uid uid;
  std::vector<std::string> accounts;
  void restrict(std::string& condition, SqlValues& bound) const;  // of rows of jobs
};
Result<OwnRows> rows_of_caller(DbdContext& context, const char* what);
// An error: the caller is neither operator nor administrator. `what` he asked for is named in it.
Status require_operator(DbdContext& context, std::string_view what);

Result<DbdReply> serve_book_order(DbdContext& context, const DbdBookOrder& order);
Result<DbdReply> serve_load(DbdContext& context, const DbdLoadOrder& order);
Result<DbdReply> serve_book(DbdContext& context, const DbdBookRequest& request);
Result<DbdReply> serve_register(DbdContext& context, const DbdRegister& request);

}  // namespace slurmxx
