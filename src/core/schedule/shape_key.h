// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What of a request decides where it fits, as bytes: two jobs with the same key get the same answer from the same
// nodes, so one judgement serves all of them. Names, times and scripts are not in it.
#pragma once

#include <string>

#include "core/model/job_spec.h"

namespace slurmxx {

// Which nodes may serve it at all: what candidates() looks at.
std::string candidates_key(const JobSpec& spec);

// The above, and how much of them it needs: what place() looks at. by_user: and for whom, which matters where users may
// insist on nodes of their own.
std::string shape_key(const JobSpec& spec, bool by_owner = true);

}  // namespace slurmxx
