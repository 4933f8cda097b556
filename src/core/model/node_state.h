// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The state of a node as people read it, from what was decided about it (NodeCondition) and what uses it (NodeUse).
// It is never kept: two readers of one node always agree. Names and marks: sinfo(1), "NODE STATE CODES".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/node.h"

namespace slurmxx {

enum class NodeState : std::uint8_t {
  unknown,
  down,
  idle,
  allocated,
  mixed,
  future,
  completing,
  drained,
  draining,
  fail,
  failing,
  invalid,
  maint,
  reserved,
};

// The one state that sinfo shows: what keeps new jobs away comes before use.
NodeState node_state(const Node& node);

// The state without its flags: unknown, down, idle, allocated, mixed or future.
NodeState node_base_state(const Node& node);

std::string_view node_state_name(NodeState state);     // "ALLOCATED"
std::string_view node_state_compact(NodeState state);  // "alloc"

std::string node_state_long_text(const Node& node);     // sinfo's %T: "idle*", "allocated+", "draining"
std::string node_state_compact_text(const Node& node);  // sinfo's %t: "idle*", "alloc", "drng"

// Base state and flags: {"IDLE", "DRAIN", "NOT_RESPONDING"}; joined by '+' in scontrol show node and StateComplete.
std::vector<std::string> node_state_words(const Node& node);
std::string node_state_complete(const Node& node);  // "IDLE+DRAIN+NOT_RESPONDING"

// Order of `sinfo -S t`: flags count more than the base state.
std::uint32_t node_state_rank(const Node& node);
const char* next_state_name(const Node& node);  // that scontrol reboot asked for: "DOWN", "RESUME"; null: none

bool has_jobs(const Node& node);       // running or completing
bool is_completing(const Node& node);  // jobs that ended are not cleared there, or may not be (NodeCondition::clearing)

// May the node be given to a job at all, whatever is free on it?
bool is_available(const Node& node);

}  // namespace slurmxx
