// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The fields of sinfo: letters for -o, names for -O, both for -S; a row is a group of nodes of one partition that look
// alike in every field that keeps nodes apart. Headings and spellings are sinfo(1)'s and the recordings'.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cli/field_format.h"
#include "core/text/time_zone.h"
#include "wire/views.h"

namespace slurmxx {

struct NodeRowContext {
  const TimeZone* zone = &utc();
  std::string cluster;
  std::function<std::string(Uid)> user_name;
};

struct NodeRow {
  const PartitionView* partition = nullptr;  // of the first node; never null
  std::vector<const NodeView*> nodes;        // may be empty: a partition none of whose nodes is shown
  std::size_t partition_rank = 0;            // place in slurm.conf
  const NodeRowContext* context = nullptr;
};

// What a field does to groups: counts and lists join nodes, most values keep nodes apart, sizes only with --exact.
enum class Grouping : std::uint8_t { joins, partition, node, node_if_exact };

std::span<const Field<NodeRow>> node_fields();
Grouping grouping_of(std::size_t field);  // place in node_fields()

}  // namespace slurmxx
