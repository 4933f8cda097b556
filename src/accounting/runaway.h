// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr show runawayjobs: jobs that have no end in the database and that their controller knows nothing of.
#pragma once

#include "accounting/handlers.h"

namespace slurmxx {

// words: "runawayjobs", the ids that the controller knows by commas. With `commit` they are given an end.
Result<DbdBookOutcome> runaway_jobs(DbdContext& context, const DbdHouseOrder& order);

}  // namespace slurmxx
