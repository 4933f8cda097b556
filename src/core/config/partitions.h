// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// PartitionName statements -> records. DEFAULT records hold for what follows them in the file. Nodes are looked up
// after the whole file is read, so that partitions may stand before their nodes.
#pragma once

#include "core/config/nodes.h"

namespace slurmxx {

class PartitionRecords {
 public:
  Status add(const Statement& statement, const NodeRecords& nodes, Warnings& warnings);
  std::vector<PartitionConfig> take() && { return std::move(partitions_); }

 private:
  KeyValues defaults_;
  std::vector<PartitionConfig> partitions_;
};

// Every key of a PartitionName line but Nodes; what `values` lacks stays as it is. `place` starts the error.
Status read_partition_keys(const std::string& place, const KeyValues& values, PartitionConfig& partition);

}  // namespace slurmxx
