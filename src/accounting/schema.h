// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The tables of the accounting database, as a list of steps that is only ever added to: a database of an older version
// gets the steps that it lacks, one of a newer version is refused. docs/formats/accounting.md.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/accounting/suspensions.h"
#include "ports/database.h"

namespace slurmxx {

// Statements may say {id} (a number the database gives), {text} and {bytes} (of any length), {name} (in a key of
// several), {table} (what ends CREATE TABLE), {if new} (before the name of a column that is added) and {of jobs}
// (behind the name of an index that goes): each dialect has its own words for them. A step may be run again after a
// crash in its middle.
struct Migration {
  const char* what;
  std::vector<const char*> statements;
};

// All columns but cluster_id.
inline constexpr std::string_view job_columns =
    "job_id, submitted, restarts, uid, gid, user_name, account, partition_name, qos, wckey, name, array_id, "
    "array_task, "
    "het_id, het_offset, state, eligible, started, ended, nodes, cpus, time_limit, record, tres, suspensions, "
    "reservation";
inline constexpr std::string_view step_columns = "job_id, submitted, restarts, step_id, record";

std::span<const Migration> migrations();  // the first makes version 1

// Brings the database to the newest version; returns it. Safe when several do it at once.
Result<std::uint64_t> migrate(Database& database);

std::string in_dialect(std::string_view sql, SqlDialect dialect);
Result<std::int64_t> last_given_id(Database& database);

}  // namespace slurmxx
