// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// `sacctmgr archive dump` and `sacctmgr archive load`. sacctmgr(1), ARCHIVE FUNCTIONALITY.
#pragma once

#include "accounting/handlers.h"

namespace slurmxx {

// Purges and archives all that is due at once; the words of the order go before slurmdbd.conf.
Result<DbdReply> archive_dump(DbdContext& context, const DbdHouseOrder& order);
// Rows that are there already are passed over, so that a file may be loaded twice.
Result<DbdReply> archive_load(DbdContext& context, const DbdHouseOrder& order);

}  // namespace slurmxx
