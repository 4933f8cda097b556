// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacct's questions. A page holds no more than jobs_in_page_max jobs with all their steps; it is found by its place in
// the order of ids, so that pages cost the same however far in they are. Windows of time: sacct(1), DEFAULT TIME
// WINDOW.
#pragma once

#include <map>

#include "accounting/handlers.h"

namespace slurmxx {

inline constexpr std::int64_t jobs_in_page_max = 2000;

// Of the names that were asked for, or of the caller's own cluster: its number and name. A name that is not known is
// an error.
Result<std::map<std::int64_t, std::string>> clusters_asked_for(DbdContext& context,
                                                               const std::vector<std::string>& names, bool all);

// A condition for the jobs of a cluster that are named as people do: " AND job_id IN (...)"; nothing without names. An
// array's id means all its tasks. Errors: a name that is none.
Status add_named_jobs(std::string& condition, SqlValues& bound, std::int64_t cluster,
                      const std::vector<std::string>& names);

Result<DbdReply> find_jobs(DbdContext& context, const JobsQuery& query);

}  // namespace slurmxx
