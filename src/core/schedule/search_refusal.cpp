// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Why a job gets no room, and whether it would on an empty cluster.
#include <algorithm>
#include <ranges>
#include <set>

#include <fmt/ranges.h>

#include "core/hostlist/hostlist.h"
#include "core/model/node_state.h"
#include "core/schedule/boot_features.h"
#include "core/schedule/node_parts.h"
#include "core/schedule/obstacles.h"
#include "core/schedule/search.h"

namespace slurmxx {
namespace {

SharedReason share(Reason reason) { return std::make_shared<const Reason>(std::move(reason)); }

struct Divided {
  const ClusterView& view;
  CpuUnit unit;
  const Topology* topology;
};

const Node* whole_of(const ClusterView& view, NodeIndex node) {
  const auto found = view.parts->whole.find(node);
  return found == view.parts->whole.end() ? view.nodes[node.value] : found->second;
}

// Whether it would have room on its nodes if none of their cores were reserved.
bool fits_undivided(const Divided& cluster, const Candidates& found, const Demand& demand) {
  std::vector<NodeRoom> whole;
  whole.reserve(found.nodes.size());
  std::vector<const NodeRoom*> offered;
  for (const NodeIndex part : found.nodes) {
    const NodeIndex node = cluster.view.parts->node_of(part);
    whole.push_back(NodeSpace::empty(node, *whole_of(cluster.view, node), cluster.unit).room());
    whole.back().available = true;
    offered.push_back(&whole.back());
  }
  const auto chosen = choose(demand, {offered, found.required, nullptr, cluster.topology, found.marks});
  return std::holds_alternative<std::vector<Chosen>>(chosen);
}

Reason short_of(const std::variant<std::vector<Chosen>, Shortage>& chosen) {
  Reason reason{ReasonCode::resources, {}, {}, {}};
  if (const auto* shortage = std::get_if<Shortage>(&chosen)) reason.shortage = *shortage;
  return reason;
}

std::string reservations_of_cores(const NodeParts& parts, const Candidates& found) {
  std::set<std::string> names;
  for (const NodeIndex part : found.nodes)
    if (const auto* all = parts.beside(part))
      for (const NodeIndex other : *all)
        if (other.value >= parts.first)
          names.insert(parts.reservations[other.value - parts.first].begin(),
                       parts.reservations[other.value - parts.first].end());
  return fmt::format("cores that it needs are reserved: {}", fmt::join(names, ", "));
}

}  // namespace

// Of several ways the one that is only a matter of time; else one that could go on other nodes than these.
const Search::Refusal& Search::refusal(const Request& request) {
  Request one = request;
  one.may_boot = view_.boots && view_.boots->may_boot_for(*request.spec);
  const Refusal* possible = nullptr;
  const std::vector<Request> all = ways(one);
  for (const Request& way : all | std::views::reverse) {
    if (way.need == 0 && way.magnet == 0) continue;
    const Refusal& found = refusal_of(way);
    if (found.waits_for_room || found.waits_for_time) return found;
    if (found.reason->code != ReasonCode::bad_constraints) possible = &found;
  }
  const Refusal& first = refusal_of(request);
  return possible && first.reason->code == ReasonCode::bad_constraints ? *possible : first;
}

const Search::Refusal& Search::refusal_of(const Request& request) {
  Shape& shape = shape_of(request);
  if (!shape.refused) shape.refused = refuse(request, shape);
  return *shape.refused;
}

// Whether it could not run on the cluster as it is now, even if no job were there.
Search::Refusal Search::refuse(const Request& request, const Shape& shape) {
  const auto now = choose(shape.demand, offer_of(*shape.pool, nullptr));
  if (fits_empty(request, shape, Availability::open_now)) return {share(short_of(now)), true};
  if (shape.pool->open && fits_empty(request, shape, Availability::up_only))
    return {reserved(request, shape), false, true};
  if (!fits_empty(request, shape, Availability::all)) {
    if (shape.pool->left_out) return {shape.pool->left_out};
    const Candidates& found = shape.pool->found;
    if (view_.parts && fits_undivided({view_, policies_.unit, shape.pool->nodes.topology}, found, shape.demand))
      return {share({ReasonCode::reserved_for_others, {}, {}, reservations_of_cores(*view_.parts, found)})};
    if (is_content_later(request, shape)) return {share(short_of(now)), false, true};
    return {share(never_fits(*request.spec, view_.partitions[request.partition], view_.nodes))};
  }
  return {share({ReasonCode::nodes_not_available, unavailable(shape.pool->found), {}, {}})};
}

// With more leaf switches than it asks for, when it has waited for those for as long as it is to.
bool Search::is_content_later(const Request& request, const Shape& shape) {
  if (shape.demand.arrangement.switches_max == 0) return false;
  Request later = request;
  later.any_switches = true;
  const Refusal& found = refusal_of(later);
  return found.waits_for_room || found.waits_for_time;
}

// Of the nodes that it asks for by name, if it is those.
SharedReason Search::reserved(const Request& request, const Shape& shape) const {
  const Candidates& found = shape.pool->found;
  OpenNodes& open = *shape.pool->open;
  const Reservation* obstacle = nullptr;
  for (std::size_t i = 0; i < found.nodes.size() && (i != found.required || !obstacle); ++i) {
    const OpenNodes::Opening& opening = open.of(found.nodes[i]);
    if (opening.times.front().lasts(0, request.length)) continue;
    const Reservation* one = open.obstacle(opening, request.length);
    if (OpenNodes::tells_more(one, obstacle)) obstacle = one;
  }
  return share(open.reason(obstacle));
}

bool Search::fits_empty(const Request& request, const Shape& shape, Availability availability) {
  const Candidates& found = shape.pool->found;
  std::vector<NodeRoom> opened;  // those that are not available, as if they were
  opened.reserve(found.nodes.size());
  std::vector<const NodeRoom*> offered;
  std::vector<std::uint64_t> marks;
  for (std::size_t i = 0; i < found.nodes.size(); ++i) {
    const std::size_t before = offered.size();
    const NodeRoom& room = empty()[found.nodes[i].value];
    if (availability == Availability::open_now && shape.pool->open &&
        !shape.pool->open->of(found.nodes[i]).times.front().lasts(0, request.length)) {
      if (i < found.required) return false;
    } else if (room.available) {
      offered.push_back(&room);
    } else if (availability == Availability::all) {
      opened.push_back(room);
      opened.back().available = true;
      offered.push_back(&opened.back());
    } else if (i < found.required) {
      return false;
    }
    if (offered.size() > before && !found.marks.empty()) marks.push_back(found.marks[i]);
  }
  const auto chosen = choose(shape.demand, {offered, found.required, nullptr, shape.pool->nodes.topology, marks});
  return std::holds_alternative<std::vector<Chosen>>(chosen);
}

std::string Search::unavailable(const Candidates& found) const {
  std::set<std::string> names;  // parts of a node have one
  for (std::size_t i = 0; i < (found.required > 0 ? found.required : found.nodes.size()); ++i)
    if (const Node& node = *view_.nodes[found.nodes[i].value]; !is_available(node)) names.insert(node.name);
  return fold_hosts_sorted(HostNames(names.begin(), names.end()));
}

}  // namespace slurmxx
