// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/dynamic_nodes.h"

#include <algorithm>

#include <fmt/format.h>

#include "control/configure.h"
#include "control/node_life.h"
#include "control/triggers.h"
#include "core/config/dynamic_nodes.h"
#include "core/hostlist/hostlist.h"
#include "core/text/words.h"
#include "state/node_places.h"

namespace slurmxx {
namespace {

std::string node_line(const UpdateRequest& request) {
  std::string line = "NodeName=" + request.name;
  for (const KeyValue& one : request.changes) line += fmt::format(" {}=\"{}\"", one.key, one.value);
  return line;
}

NodeHardware hardware_of(const NodeShape& shape) {
  return {shape.cpus,   shape.boards,  shape.sockets, shape.cores_per_socket, shape.threads_per_core,
          shape.memory, shape.tmp_disk};
}

bool may_be_created(const NodeConfig& node) {
  return node.state == NodeStartState::cloud || node.state == NodeStartState::future ||
         node.state == NodeStartState::external;
}

bool same_layout(const NodeShape& a, const NodeShape& b) {
  return a.boards == b.boards && a.sockets == b.sockets && a.cores_per_socket == b.cores_per_socket &&
         a.threads_per_core == b.threads_per_core;
}

}  // namespace

// MaxNodeCount says how many nodes there may be; without it those of slurm.conf are all.
Status DynamicNodes::check_room(std::size_t more) const {
  std::size_t most = c_.options_.file->nodes.size();
  bool said = false;
  for (const GlobalValue& value : c_.config().globals) {
    if (value.name != "MaxNodeCount") continue;
    if (const auto number = parse_natural(value.value)) most = *number, said = true;
  }
  const std::size_t now = c_.state_.nodes().size();
  if (now + more <= most) return {};
  return fail(Errc::error, fmt::format("{} nodes are there and {} are the most: {} MaxNodeCount in slurm.conf", now,
                                       most, said ? "raise" : "set"));
}

NodeIndex DynamicNodes::add(const NodeConfig& node) {
  NodeAdded event{configured_node(c_.state_, dynamic_row(node)), {}};
  for (const auto& partition : c_.state_.partitions())
    if (takes_in(partition->nodes_asked, node, c_.config().node_sets)) event.partitions.push_back(partition->name);
  const NodeIndex index(static_cast<std::uint32_t>(c_.state_.nodes().size()));
  c_.emit(std::move(event));
  return index;
}

Status DynamicNodes::create(const UpdateRequest& request) {
  if (equal_ignoring_case(c_.config().scheduling.select_type, "select/linear")) return fail(Errc::not_supported);
  TRY_ASSIGN(const std::vector<NodeConfig> nodes, read_node_line(node_line(request), c_.config().identity.slurmd_port));
  for (const NodeConfig& node : nodes) {
    if (!may_be_created(node)) return fail(Errc::invalid_node_state);
    if (c_.state_.find_node(node.name)) return fail(Errc::error, fmt::format("node {} is there already", node.name));
  }
  TRY(check_room(nodes.size()));
  for (const NodeConfig& node : nodes) add(node);
  return {};
}

Status DynamicNodes::check_removable(NodeIndex index) const {
  const Node& node = *c_.state_.find(index);
  if (node.dynamic.empty()) return fail(Errc::invalid_node_state);
  if (holds_jobs(node)) return fail(Errc::nodes_busy);
  for (const auto& reservation : c_.state_.reservations())
    if (std::find(reservation->nodes.begin(), reservation->nodes.end(), index) != reservation->nodes.end())
      return fail(Errc::nodes_busy);
  return {};
}

void DynamicNodes::remove(NodeIndex node) {
  std::vector<std::string> names;
  c_.state_.nodes().for_each([&](std::uint64_t, const Node& one) { names.push_back(one.name); });
  c_.order(node, TurnedAway{fmt::format("node {} was deleted: start slurmd again to bring it back", names[node.value]),
                            true});
  c_.emit(NodeRemoved{node});
  NodeLife(c_).renumber(names);
  Triggers(c_).happened(TriggerEvent::reconfig);
}

// Each that can go goes; the first refusal is told.
Status DynamicNodes::remove(const std::string& names) {
  TRY_ASSIGN(const std::vector<std::string> listed, expand_hostlist(names));
  Status outcome;
  for (const std::string& name : listed) {
    NodeIndex index;
    Status may = c_.state_.find_node(name, &index) ? check_removable(index) : Status(fail(Errc::invalid_node_name));
    if (may)
      remove(index);
    else if (outcome)
      outcome = may;
  }
  return outcome;
}

Result<NodeIndex> DynamicNodes::take_future(const NodeHello& hello, std::string_view feature) {
  std::optional<NodeIndex> found;
  const std::vector<NodeConfig>& configured = c_.config().nodes;
  c_.state_.nodes().for_each([&](std::uint64_t number, const Node& node) {
    const NodeIndex index(static_cast<std::uint32_t>(number));
    if (node.dynamic_future && node.overrides.host_name == hello.name) found = index;  // it was here before
    if (found || node.condition.base != NodeBase::future || !same_layout(node.declared, hello.registration.shape))
      return;
    const auto& features = configured[number].features;
    if (!feature.empty() && std::find(features.begin(), features.end(), feature) == features.end()) return;
    found = index;
  });
  if (!found) return fail(fmt::format("no node of State=FUTURE in its slurm.conf has the layout of {}", hello.name));
  const Node& node = *c_.state_.find(*found);
  if (node.dynamic_future) return *found;
  NodeChanged change{*found};
  change.overrides = node.overrides;
  change.overrides->host_name = hello.name;
  change.overrides->address = hello.name;
  change.dynamic_future = true;
  c_.emit(std::move(change));
  NodeCondition next = c_.state_.find(*found)->condition;
  next.base = NodeBase::unknown;
  NodeLife(c_).set(*found, next);
  return *found;
}

Result<NodeIndex> DynamicNodes::join(const NodeHello& hello) {
  if (hello.dynamic.empty()) return fail(fmt::format("there is no NodeName={} in its slurm.conf", hello.name));
  if (hello.dynamic.starts_with("-F")) return take_future(hello, std::string_view(hello.dynamic).substr(2));
  TRY(check_room(1));
  TRY_ASSIGN(const NodeConfig node, read_own_node(hello.name, hardware_of(hello.registration.shape), hello.dynamic,
                                                  c_.config().identity.slurmd_port));
  return add(node);
}

}  // namespace slurmxx
