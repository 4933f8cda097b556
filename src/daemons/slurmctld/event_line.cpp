// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/event_line.h"

#include <fmt/format.h>

#include "core/hostlist/hostlist.h"
#include "core/model/job_state.h"
#include "core/model/node_state.h"

namespace slurmxx {
namespace {

using Line = std::optional<std::string>;

std::string name_of(NodeIndex index, const State& state) {
  const Node* node = state.find(index);
  return node ? node->name : fmt::format("number {}", index.value);
}

Line line(const JobSubmitted& event, const State&) {
  return fmt::format("job {} is submitted by {}({})", event.job.value, event.spec->owner.user_name,
                     event.spec->owner.uid.value);
}

Line line(const HetJobSubmitted& event, const State&) {
  const JobOwner& owner = event.components.front().spec->owner;
  return fmt::format("job {} of {} components is submitted by {}({})", event.job.value, event.components.size(),
                     owner.user_name, owner.uid.value);
}

Line line(const JobStarted& event, const State& state) {
  std::vector<std::string> names;
  for (const NodeShare& share : event.allocation.shares) names.push_back(name_of(share.node, state));
  return fmt::format("job {} starts on {} in partition {}", event.job.value, fold_hosts(names),
                     event.allocation.partition);
}

Line line(const JobEnded& event, const State&) {
  return fmt::format("job {} ends as {}, exit code {}:{}{}{}", event.job.value, state_name(event.state),
                     event.exit.status, event.exit.signal, event.reason.empty() ? "" : ", ", event.reason);
}

Line line(const JobRequeued& event, const State&) {
  return fmt::format("job {} goes back to the queue{}{}", event.job.value, event.reason.empty() ? "" : ": ",
                     event.reason);
}

Line line(const NodeConditionSet& event, const State& state) {
  const Node* known = state.find(event.node);
  if (!known) return std::nullopt;
  Node node = *known;
  node.condition = event.condition;
  const auto& reason = event.condition.reason;
  return fmt::format("node {} is {}{}{}", node.name, node_state_complete(node), reason ? ": " : "",
                     reason ? reason->text : "");
}

template <class Other>
Line line(const Other&, const State&) {
  return std::nullopt;
}

}  // namespace

std::optional<std::string> event_line(const Event& event, const State& state) {
  return std::visit([&](const auto& one) { return line(one, state); }, event);
}

}  // namespace slurmxx
