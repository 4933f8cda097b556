// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/node_state.h"

#include <array>

#include "core/text/words.h"

namespace slurmxx {
namespace {

struct Names {
  std::string_view full;
  std::string_view compact;
};

constexpr std::array<Names, 14> names{{{"UNKNOWN", "unk"},
                                       {"DOWN", "down"},
                                       {"IDLE", "idle"},
                                       {"ALLOCATED", "alloc"},
                                       {"MIXED", "mix"},
                                       {"FUTURE", "futr"},
                                       {"COMPLETING", "comp"},
                                       {"DRAINED", "drain"},
                                       {"DRAINING", "drng"},
                                       {"FAIL", "fail"},
                                       {"FAILING", "failg"},
                                       {"INVAL", "inval"},
                                       {"MAINT", "maint"},
                                       {"RESERVED", "resv"}}};

struct Flag {
  std::string_view word;
  bool (*set)(const Node&);
};

// Also for the sake of a reboot as soon as possible.
bool is_drained(const Node& node) { return node.condition.drain || (node.reboot && node.reboot->asap); }

// In the order in which they are printed; a later one weighs more in sorting.
constexpr Flag flags[] = {
    {"MAINTENANCE", [](const Node& node) { return node.condition.maint; }},
    {"REBOOT_REQUESTED", [](const Node& node) { return node.reboot && !node.reboot->issued; }},
    {"REBOOT_ISSUED", [](const Node& node) { return node.reboot && node.reboot->issued; }},
    {"RESERVED", [](const Node& node) { return node.condition.reserved; }},
    {"CLOUD", [](const Node& node) { return node.power.cloud; }},
    {"DYNAMIC_FUTURE", [](const Node& node) { return node.dynamic_future; }},
    {"DYNAMIC_NORM", [](const Node& node) { return !node.dynamic.empty(); }},
    {"DRAIN", is_drained},
    {"COMPLETING", is_completing},
    {"NOT_RESPONDING", [](const Node& node) { return node.condition.not_responding; }},
    {"FAIL", [](const Node& node) { return node.condition.fail; }},
    {"INVALID_REG", [](const Node& node) { return node.condition.invalid_registration; }},
    {"POWER_DOWN", [](const Node& node) { return node.power.down_asked && node.power.phase != PowerPhase::down; }},
    {"POWERED_DOWN", [](const Node& node) { return node.power.phase == PowerPhase::down; }},
    {"POWERING_DOWN", [](const Node& node) { return node.power.phase == PowerPhase::powering_down; }},
    {"POWERING_UP", [](const Node& node) { return node.power.phase == PowerPhase::powering_up; }},
};

constexpr std::uint32_t first_flag_rank = 16;  // above every base state

}  // namespace

bool has_jobs(const Node& node) { return node.use.jobs > 0 || is_completing(node); }

bool is_completing(const Node& node) {
  const NodeCondition& condition = node.condition;
  const bool clears = condition.clearing && condition.base == NodeBase::up && !condition.not_responding;
  return node.use.completing_jobs > 0 || clears;
}

NodeState node_base_state(const Node& node) {
  switch (node.condition.base) {
    case NodeBase::unknown:
      return NodeState::unknown;
    case NodeBase::down:
      return NodeState::down;
    case NodeBase::future:
      return NodeState::future;
    case NodeBase::up:
      break;
  }
  if (node.use.jobs == 0) return NodeState::idle;
  const bool all_taken = node.use.whole_node_job.has_value() || node.use.cpus >= node.declared.cpus;
  return all_taken ? NodeState::allocated : NodeState::mixed;
}

NodeState node_state(const Node& node) {
  const NodeCondition& condition = node.condition;
  if (condition.base == NodeBase::future) return NodeState::future;
  if (condition.invalid_registration) return NodeState::invalid;
  if (is_drained(node)) return has_jobs(node) ? NodeState::draining : NodeState::drained;
  if (condition.fail) return has_jobs(node) ? NodeState::failing : NodeState::fail;
  const NodeState base = node_base_state(node);
  if (base == NodeState::idle && is_completing(node)) return NodeState::completing;
  if (base == NodeState::idle && condition.maint) return NodeState::maint;
  if (base == NodeState::idle && condition.reserved) return NodeState::reserved;
  return base;
}

std::string_view node_state_name(NodeState state) { return names[static_cast<std::size_t>(state)].full; }
std::string_view node_state_compact(NodeState state) { return names[static_cast<std::size_t>(state)].compact; }

namespace {

// What sinfo puts behind a state: at most one, the first of these.
struct Mark {
  char mark;
  bool (*set)(const Node&);
};

constexpr Mark marks[] = {
    {'$', [](const Node& node) { return node.condition.maint && node_state(node) != NodeState::maint; }},
    {'^', [](const Node& node) { return node.reboot && node.reboot->issued; }},
    {'@', [](const Node& node) { return node.reboot.has_value(); }},
    {'#', [](const Node& node) { return node.power.phase == PowerPhase::powering_up; }},
    {'%', [](const Node& node) { return node.power.phase == PowerPhase::powering_down; }},
    {'~', [](const Node& node) { return node.power.phase == PowerPhase::down; }},
    {'!', [](const Node& node) { return node.power.down_asked; }},
    {'*', [](const Node& node) { return node.condition.not_responding; }},
};

std::string mark_of(const Node& node) {
  for (const Mark& mark : marks)
    if (mark.set(node)) return std::string(1, mark.mark);
  return "";
}

}  // namespace

std::string node_state_long_text(const Node& node) {
  const NodeState state = node_state(node);
  std::string text = lower(node_state_name(state));
  if (state == NodeState::allocated && is_completing(node)) text += '+';
  return text + mark_of(node);
}

std::string node_state_compact_text(const Node& node) {
  std::string text(node_state_compact(node_state(node)));
  return text + mark_of(node);
}

std::vector<std::string> node_state_words(const Node& node) {
  std::vector<std::string> words{std::string(node_state_name(node_base_state(node)))};
  for (const Flag& flag : flags)
    if (flag.set(node)) words.emplace_back(flag.word);
  return words;
}

std::string node_state_complete(const Node& node) { return join(node_state_words(node), "+"); }

std::uint32_t node_state_rank(const Node& node) {
  std::uint32_t rank = static_cast<std::uint32_t>(node_base_state(node));
  std::uint32_t weight = first_flag_rank;
  for (const Flag& flag : flags) {
    if (flag.set(node)) rank += weight;
    weight *= 2;
  }
  return rank;
}

bool is_available(const Node& node) {
  const NodeCondition& condition = node.condition;
  if (node.power.phase == PowerPhase::powering_down || node.power.down_asked) return false;
  if (node.reboot && (node.reboot->issued || node.reboot->asap)) return false;
  // Of a node that is off or boots no sign of life is wanted.
  const bool silent = condition.not_responding && node.power.phase == PowerPhase::on;
  return condition.base == NodeBase::up && !condition.drain && !condition.fail && !condition.invalid_registration &&
         !silent;
}

const char* next_state_name(const Node& node) {
  if (!node.reboot) return nullptr;
  return node.reboot->down_after ? "DOWN" : node.reboot->says_resume ? "RESUME" : nullptr;
}

}  // namespace slurmxx
