// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The text of `scontrol show node` and `scontrol show partition`. Which keys there are and in what order is what
// scripts parse: scontrol(1), and the recordings of compat.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "commands/scontrol/show_job.h"
#include "wire/views.h"

namespace slurmxx {

std::string show_node_text(const NodeView& view, const ShowStyle& style,
                           const std::function<std::string(Uid)>& user_name);

// `nodes` are all nodes of the cluster: the totals of the partition are summed over its own.
std::string show_partition_text(const PartitionView& view, std::span<const NodeView> nodes, const ShowStyle& style);

}  // namespace slurmxx
