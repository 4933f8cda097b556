// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What `sacctmgr modify job` says of a job, kept beside its row: records that come later still say what slurmctld
// knows. A correction lasts until slurmctld says something else than what it had said when the job was corrected: who
// changed the job last is believed.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "ports/database.h"
#include "wire/accounting_records.h"

namespace slurmxx {

struct JobField {
  std::string_view name;
  bool for_owner;  // else operators alone may set it
  std::string (*get)(const JobRecord&);
  Status (*set)(JobRecord&, JobSpec&, const std::string& value);
};
const JobField* find_job_field(std::string_view key);  // as sacctmgr's orders spell it

struct JobPlace {
  std::int64_t cluster = 0;
  JobKey key;
};
// `was` is what the row said before.
struct JobCorrection {
  std::string_view field;
  std::string was;
  std::string value;
};
Status keep_correction(Database& database, const JobPlace& place, const JobCorrection& correction);

// What is known of them is put over the records of a batch.
Status correct_jobs(Database& database, std::int64_t cluster, std::map<JobKey, JobRecord>& jobs);

// Of jobs that are no longer there.
Status drop_corrections(Database& database, std::int64_t cluster);

}  // namespace slurmxx
