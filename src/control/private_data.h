// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// PrivateData of slurm.conf: what users may not see of each other.
#pragma once

#include <functional>
#include <string>

#include "control/published.h"

namespace slurmxx {

// Narrows a query to what this user may see; operators see everything. An error: nothing of it. The name is asked for
// where it matters.
Status keep_private(const Published& published, Uid caller, const std::function<std::string()>& user_name,
                    ClientRequest& query);

}  // namespace slurmxx
