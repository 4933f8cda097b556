// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Batch scripts and environments of jobs (AccountingStoreFlags=job_script, job_env): each once, by its hash.
#pragma once

#include <map>
#include <string>

#include "accounting/handlers.h"
#include "wire/accounting_records.h"

namespace slurmxx {

Status put_text(Database& database, const TextRecord& record);

// When a record last named a text, by its hash: while a job that names it is kept, its text is.
// docs/formats/accounting.md.
using TextUses = std::map<std::string, Instant>;
void note_texts(TextUses& uses, const JobRecord& record);
Status write_uses(Database& database, const TextUses& uses);
// As if those of jobs that are not over had been named now.
Status keep_texts_of_active(DbdContext& context);

// Fills in those of jobs that are the caller's own, or all if he is an operator.
Status add_texts(DbdContext& context, JobsPage& page);

}  // namespace slurmxx
