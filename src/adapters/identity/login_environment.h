// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --export=NONE and --get-user-env: who the user is where the job runs. slurmd adds it to the order of a step, since
// slurmstepd, a static program, looks up no names.
#pragma once

#include <string>
#include <vector>

#include "core/model/job_spec.h"

namespace slurmxx {

// HOME, USER, LOGNAME, SHELL and PATH, unless the job brings them along. `environment`: NAME=value.
void add_login_environment(const JobOwner& owner, std::vector<std::string>& environment);

}  // namespace slurmxx
