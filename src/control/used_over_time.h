// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What was used over time, by whom limits are held against it: summed up the tree of associations.
#pragma once

#include <map>

#include "core/limits/directory.h"
#include "core/limits/judge.h"
#include "state/usage.h"

namespace slurmxx {

using UsedTable = std::map<Holder, UsageAmount>;
UsedTable used_by_holder(const Directory& directory, const UsageTable& usage);
UsageAmount find_used(const UsedTable& table, const Holder& holder);

}  // namespace slurmxx
