// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// PrivateData of slurm.conf: what users may not see of each other.
#pragma once

#include "control/published.h"

namespace slurmxx {

// Narrows a query to what this user may see. An error: nothing of it.
Status keep_private(const Published& published, Uid caller, ClientRequest& query);

}  // namespace slurmxx
