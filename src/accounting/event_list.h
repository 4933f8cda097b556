// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr show event: when nodes were of no use, and which TRES a cluster had.
#pragma once

#include "accounting/handlers.h"

namespace slurmxx {

Result<DbdReply> list_events(DbdContext& context, const EventsQuery& query);

}  // namespace slurmxx
