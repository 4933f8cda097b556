// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Batch scripts and environments of jobs (AccountingStoreFlags=job_script, job_env): each once, by its hash.
#pragma once

#include "accounting/handlers.h"
#include "wire/accounting_records.h"

namespace slurmxx {

Status put_text(Database& database, const TextRecord& record);
// Fills in those of jobs that are the caller's own, or all if he is an operator.
Status add_texts(DbdContext& context, JobsPage& page);

}  // namespace slurmxx
