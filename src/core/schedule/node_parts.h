// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Nodes of which reservations hold some cores. To the planner each part is a node of its own, behind all others: what
// is left stands where the node was, and behind the last node stands a part for each set of cores that the same
// reservations hold. Memory and GRES are those of the node: what is taken in one part is gone from the others. But
// devices that reservations hold are in their parts alone.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/schedule/view.h"

namespace slurmxx {

struct NodeParts {
  std::uint32_t first = 0;                              // parts are numbered from here on
  std::vector<NodeIndex> of;                            // the node of each
  std::vector<std::vector<std::string>> reservations;   // beside it: who holds it; rising
  std::vector<std::size_t> cpus;                        // how many it has
  std::map<NodeIndex, std::vector<NodeIndex>> of_node;  // itself, and its parts
  std::vector<std::shared_ptr<const Job>> jobs;         // that the view points to
  std::vector<std::shared_ptr<const Node>> nodes;       // as well: with some of the devices
  std::map<NodeIndex, const Node*> whole;               // of those: with all of them
  std::vector<std::shared_ptr<const Reservation>> changed;
  std::map<std::string, const Reservation*> magnets;  // of those that hold cores: MAGNETIC ones that have begun

  NodeIndex node_of(NodeIndex part) const { return part.value < first ? part : of[part.value - first]; }
  const std::vector<NodeIndex>* beside(NodeIndex part) const {  // null: the node is whole
    const auto found = of_node.find(node_of(part));
    return found == of_node.end() ? nullptr : &found->second;
  }
};

// A job that may have several nodes sees one part of each: that of its reservation, or of one that draws it in and has
// CPUs enough; else what is left.
bool sees_all_parts(const JobSpec& spec);
bool sees_part(const NodeParts& parts, const JobSpec& spec, NodeIndex part);
// Jobs of one reserve_key() for which sees_part() answers alike.
std::string parts_key(const NodeParts& parts, const JobSpec& spec);

// The view with those nodes divided; nothing: there are none. The view itself must live as long.
std::optional<ClusterView> divided_view(const ClusterView& view, const Policies& policies, Instant now);

}  // namespace slurmxx
