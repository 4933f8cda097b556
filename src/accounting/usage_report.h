// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What sreport asks for: sums over the jobs, and over the cluster's own events, of a window of time. What is rolled up
// is read from there, the rest from the rows themselves, so that late records count at once.
#pragma once

#include "accounting/handlers.h"

namespace slurmxx {

Result<DbdReply> report_usage(DbdContext& context, const UsageQuery& query);

}  // namespace slurmxx
