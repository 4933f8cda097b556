// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr delete: what jobs that are not over yet are charged to must stay.
#pragma once

#include <string>

#include "accounting/handlers.h"
#include "core/accounting/book.h"

namespace slurmxx {

// Of jobs whose association is in the book `before` and not in `after`: what sacctmgr says of them. Empty: there is
// none.
Result<std::string> active_jobs(Database& database, const AccountBook& before, const AccountBook& after);

// A QOS may go while jobs have it: how many of whose, so that whoever deletes it knows. Empty: there is none.
Result<std::string> jobs_of_gone_qos(Database& database, const AccountBook& before, const AccountBook& after);

}  // namespace slurmxx
