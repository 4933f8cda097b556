// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Nodes that serve the same jobs beside each other, so that a stretch of them mostly belongs to a job's nodes as a
// whole or not at all. It decides nothing: it is how bounds are laid out.
#pragma once

#include <vector>

#include "core/schedule/view.h"

namespace slurmxx {

// All nodes: by partitions, then by features, then by number.
std::vector<NodeIndex> alike_together(const ClusterView& view);

}  // namespace slurmxx
