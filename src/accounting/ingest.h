// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes a controller's records into the tables, each exactly once: what has come and how far the log is known change in
// one transaction.
#pragma once

#include "accounting/handlers.h"
#include "wire/accounting_records.h"

namespace slurmxx {

Result<DbdReply> take_records(DbdContext& context, const TakeRecords& request);

// The same for records that are not out of a log; within the caller's transaction.
Status put_records(DbdContext& context, std::int64_t cluster, std::vector<AccountingRecord> records);

// The number of a cluster; one that is not known yet is made.
Result<std::int64_t> cluster_id(DbdContext& context, const std::string& name);

}  // namespace slurmxx
