// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What sacctmgr orders of slurmdbd that is not about accounts: jobs that never ended, what is kept and for how long,
// how slurmdbd itself is. One row an order, found by its first word.
#pragma once

#include "accounting/handlers.h"

namespace slurmxx {

std::string house_call_name(const DbdHouseOrder& order);  // "DBD_CLEAR_STATS"
bool house_order_writes(const DbdHouseOrder& order);
Result<DbdReply> serve_house_order(DbdContext& context, const DbdHouseOrder& order);

}  // namespace slurmxx
