// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What usage is counted from: of each life of a job who it was for, what it had, and when. Read from the columns of the
// table of jobs; rows that were written before it had a column of TRES are decoded.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/accounting/suspensions.h"
#include "core/tres/tres.h"
#include "ports/database.h"
#include "wire/accounting_records.h"

namespace slurmxx {

struct JobUse {
  std::string account;
  std::string user;
  std::string qos;
  std::string wckey;
  std::string reservation;
  std::uint32_t cpus = 0;
  std::uint32_t asked_cpus = 0;  // while it waits it is these that it could have had
  std::uint32_t nodes = 0;
  Instant eligible, started, ended;  // open_end: not yet
  Suspensions suspensions;
  TresCounts tres;  // but for CPUs and nodes

  std::uint64_t count(std::string_view name) const;
  TresCounts counts() const;  // all of them
  Instant first_instant() const { return std::min({eligible, started, ended}); }
  bool operator==(const JobUse&) const = default;
};

JobUse use_of(const JobRecord& record, Suspensions suspensions);
TresCounts counts_of(const std::string& text);  // of tres_text(), which writes "mem=62.50G" for people
std::string tres_column_of(const JobUse& use);

// The earliest instant for which the two say something different; nothing: they say the same.
std::optional<Instant> first_difference(const JobUse& before, const JobUse& now);

// Calls with each life of a job that was eligible before `to` and not over at `from`, and that meets the condition.
struct JobsOfUse {
  std::int64_t cluster = 0;
  Instant from;
  Instant to;
  std::string condition;                // " AND ..."; may be empty
  SqlValues bound;                      // for its ?
  std::vector<std::string> nodes = {};  // names, one of which the job had; none: whatever it had
};
Status each_use(Database& database, const JobsOfUse& wanted, const std::function<void(const JobUse&)>& act);

// Of the jobs with these ids, as they are in the table.
using UseByKey = std::map<JobKey, JobUse>;
Result<UseByKey> uses_of(Database& database, std::int64_t cluster, const std::vector<JobId>& ids);

}  // namespace slurmxx
