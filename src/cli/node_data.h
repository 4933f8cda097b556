// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Nodes, partitions and the groups of sinfo as --json writes them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command_output.h"
#include "cli/node_fields.h"

namespace slurmxx {

struct NodeDataContext {
  std::string cluster;
  std::function<std::string(Uid)> user_name;
  Instant now;
};

struct PartitionDataRow {
  const PartitionView* view = nullptr;
  const std::vector<NodeView>* nodes = nullptr;  // of the cluster
  std::string cluster;
  bool in_group = false;  // of sinfo's answer, which has the members that were recorded
};

// scontrol show node: {"nodes": [...], "last_update", ...}.
void write_nodes(const std::vector<const NodeView*>& views, const NodeDataContext& context, DataFormat format,
                 const Output& output);
// scontrol show partition: {"partitions": [...], "last_update", ...}.
void write_partitions(const std::vector<PartitionDataRow>& rows, Instant now, DataFormat format, const Output& output);
// sinfo: {"sinfo": [...], ...}; `all` are the nodes of the cluster.
void write_groups(const std::vector<NodeRow>& rows, const std::vector<NodeView>& all, DataFormat format,
                  const Output& output);

}  // namespace slurmxx
