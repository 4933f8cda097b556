// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The nodes of a view as placement sees them, before a pass has taken anything.
#pragma once

#include <vector>

#include "core/schedule/view.h"

namespace slurmxx {

// By NodeIndex, with the users whose jobs are there.
std::vector<NodeSpace> spaces_of(const ClusterView& view, CpuUnit unit);

}  // namespace slurmxx
