// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr modify job: what can still be said of a job that is over. Its owner may change comment, extra and derived
// exit code; the rest is for operators.
#pragma once

#include "accounting/handlers.h"

namespace slurmxx {

Result<DbdBookOutcome> modify_jobs(DbdContext& context, const DbdBookOrder& order);

}  // namespace slurmxx
