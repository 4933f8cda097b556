// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/health_checks.h"

#include <algorithm>

#include "core/model/node_state.h"

namespace slurmxx {

bool HealthChecks::wanted(const Node& node, const HealthCheckStates& states) {
  if (node.condition.not_responding) return false;
  const NodeState state = node_base_state(node);
  const bool drained = node.condition.drain || node.condition.fail;
  return states.any || (states.alloc && state == NodeState::allocated) || (states.mixed && state == NodeState::mixed) ||
         (states.idle && state == NodeState::idle) || (states.nondrained_idle && state == NodeState::idle && !drained);
}

// CYCLE: as many nodes as the part of the interval that has gone by.
void HealthChecks::order_due() {
  const Seconds interval = c_.config().timeouts.health_check_interval;
  const HealthCheckStates& states = c_.config().launch.health_check_states;
  const bool off = interval == Seconds(0) || c_.config().launch.health_check_program.empty() || states.start_only;
  Controller::HealthTimer& timer = c_.timers_.health;
  if (off) timer = {};
  if (off || !timer.next) {
    if (!off) timer.next = c_.now_.mono + interval;
    return;
  }
  const std::size_t count = c_.state_.nodes().size();
  if (c_.now_.mono >= *timer.next) {
    order_until(count);
    timer.place = 0;
    timer.next = c_.now_.mono + interval;
  } else if (states.cycle) {
    const std::int64_t whole_ms = interval.value * 1000;
    const std::int64_t gone_ms = whole_ms - (*timer.next - c_.now_.mono).value;
    order_until(count * static_cast<std::size_t>(std::max<std::int64_t>(0, gone_ms)) /
                static_cast<std::size_t>(whole_ms));
  }
}

void HealthChecks::order_until(std::size_t place) {
  Controller::HealthTimer& timer = c_.timers_.health;
  for (; timer.place < place; ++timer.place) {
    const NodeIndex index(static_cast<std::uint32_t>(timer.place));
    const Node* node = c_.state_.find(index);
    if (node && wanted(*node, c_.config().launch.health_check_states)) c_.order(index, CheckHealth{});
  }
}

}  // namespace slurmxx
