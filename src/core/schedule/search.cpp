// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/search.h"

#include "core/hostlist/hostlist.h"
#include "core/model/node_state.h"
#include "core/schedule/shape_key.h"

namespace slurmxx {
namespace {

SharedReason share(Reason reason) { return std::make_shared<const Reason>(std::move(reason)); }

}  // namespace

Search::Search(const ClusterView& view, const Policies& policies) : view_(view), policies_(policies) {
  spaces_.reserve(view.nodes.size());
  for (std::size_t i = 0; i < view.nodes.size(); ++i)
    spaces_.emplace_back(NodeIndex(static_cast<std::uint32_t>(i)), *view.nodes[i], policies.unit);
  for (const Job* job : view.running) note_users(*job);
}

void Search::note_users(const Job& job) {
  if (!job.allocation) return;
  const bool exclusively = job.spec->placement.sharing == Sharing::exclusive_user;
  for (const NodeShare& share : job.allocation->shares)
    spaces_.at(share.node.value).note_user(job.spec->owner.uid, exclusively);
}

Search::Pool Search::make_pool(const JobSpec& spec, const PlanPartition& partition) {
  Pool pool;
  auto found = candidates(view_, partition, spec);
  if (!found) {
    pool.none = share({ReasonCode::bad_constraints, {}, {}, text_of(found.error())});
    return pool;
  }
  if (found->nodes.empty()) pool.none = share({ReasonCode::bad_constraints, {}, {}, "no node has what it asks for"});
  pool.found = std::move(*found);
  for (std::size_t i = 0; i < pool.found.nodes.size(); ++i) {
    NodeSpace& space = spaces_[pool.found.nodes[i].value];
    // A node of --nodelist that is down is offered as it is and refused: the job must wait for it.
    if (is_available(space.node()) || i < pool.found.required) pool.spaces.push_back(&space);
  }
  return pool;
}

const Search::Pool& Search::pool_of(const JobSpec& spec, std::size_t partition) {
  const auto [place, is_new] = pools_.try_emplace(Key(partition, candidates_key(spec)));
  if (is_new) place->second = make_pool(spec, view_.partitions[partition]);
  return place->second;
}

Search::Shape& Search::shape_of(const JobSpec& spec, std::size_t partition) {
  const auto [place, is_new] = shapes_.try_emplace(Key(partition, shape_key(spec)));
  Shape& shape = place->second;
  if (!is_new) return shape;
  shape.pool = &pool_of(spec, partition);
  shape.demand = demand_in(spec, view_.partitions[partition], policies_);
  include_required(shape.demand, spec, shape.pool->found.required);
  if (shape.pool->none) shape.refused = Refusal{shape.pool->none, false};
  return shape;
}

std::variant<Allocation, Search::Refusal> Search::place_job(const JobSpec& spec, std::size_t partition) {
  Shape& shape = shape_of(spec, partition);
  if (shape.refused) return *shape.refused;
  auto placed = place(shape.demand, {shape.pool->spaces, shape.pool->found.required, &shape.cursor});
  if (auto* shares = std::get_if<std::vector<NodeShare>>(&placed))
    return Allocation{view_.partitions[partition].name, std::move(*shares), shape.demand.whole_nodes};
  shape.refused = refuse(shape, std::get<Shortage>(placed));
  return *shape.refused;
}

// The pools point to the nodes where they are.
void Search::undo(Mark mark) {
  std::move(mark.spaces.begin(), mark.spaces.end(), spaces_.begin());
  shapes_ = std::move(mark.shapes);
}

// Whether it could not run on the cluster as it is now, even if no job were there.
Search::Refusal Search::refuse(const Shape& shape, const Shortage& shortage) {
  if (fits_empty(shape, Availability::up_only)) return {share({ReasonCode::resources, {}, shortage, {}}), true};
  if (!fits_empty(shape, Availability::all))
    return {
        share({ReasonCode::partition_config, {}, {}, "it would not fit on the partition's nodes if they were empty"})};
  return {share({ReasonCode::nodes_not_available, unavailable(shape.pool->found), {}, {}})};
}

bool Search::fits_empty(const Shape& shape, Availability availability) {
  for (std::size_t i = empty_.size(); i < view_.nodes.size(); ++i)
    empty_.push_back(NodeSpace::empty(NodeIndex(static_cast<std::uint32_t>(i)), *view_.nodes[i], policies_.unit));
  const Candidates& found = shape.pool->found;
  std::vector<NodeSpace*> offered;
  for (std::size_t i = 0; i < found.nodes.size(); ++i) {
    NodeSpace& space = empty_[found.nodes[i].value];
    const bool counts = availability == Availability::all || is_available(space.node());
    if (counts) offered.push_back(&space);
    if (!counts && i < found.required) return false;
  }
  const auto placed = place(shape.demand, {offered, found.required, nullptr});
  const auto* shares = std::get_if<std::vector<NodeShare>>(&placed);
  if (!shares) return false;
  for (const NodeShare& share : *shares)
    empty_[share.node.value] = NodeSpace::empty(share.node, *view_.nodes[share.node.value], policies_.unit);
  return true;
}

std::string Search::unavailable(const Candidates& found) const {
  HostNames names;
  const std::size_t count = found.required > 0 ? found.required : found.nodes.size();
  for (std::size_t i = 0; i < count; ++i)
    if (const Node& node = *view_.nodes[found.nodes[i].value]; !is_available(node)) names.push_back(node.name);
  return fold_hosts_sorted(std::move(names));
}

}  // namespace slurmxx
