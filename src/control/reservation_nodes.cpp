// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which nodes a reservation holds: those that were named, as many as were asked for, those of a partition; and which
// take the place of others later. scontrol(1), RESERVATIONS: Nodes, NodeCnt, REPLACE, REPLACE_DOWN, STATIC_ALLOC.
#include <algorithm>

#include <fmt/format.h>

#include "control/reservations.h"
#include "control/reserved_cores.h"
#include "control/scheduling.h"
#include "core/hostlist/hostlist.h"
#include "core/model/node_state.h"
#include "core/schedule/candidates.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

using Flag = ReservationFlag;

// Both rising.
std::vector<NodeIndex> added_to(const std::vector<NodeIndex>& before, const std::vector<NodeIndex>& nodes) {
  std::vector<NodeIndex> added;
  std::set_difference(nodes.begin(), nodes.end(), before.begin(), before.end(), std::back_inserter(added));
  return added;
}

}  // namespace

Status ReservationKeeper::set_nodes(ReservationDraft& draft, bool creates) const {
  Reservation& made = draft.reservation;
  if (!made.partition.empty() && !c_.state_.find_partition(made.partition)) return fail(Errc::invalid_partition);
  if (made.flags.has(Flag::part_nodes)) {
    const Partition* partition = c_.state_.find_partition(made.partition);
    if (!partition) return fail(Errc::invalid_partition);
    made.nodes = partition->nodes;
    made.flags.set(Flag::spec_nodes);
    return check_free(made, made.nodes);
  }
  if (!creates) ask_again(draft);
  if (draft.node_count_operator != '=') TRY(count_from_there(draft));
  if (draft.nodes && draft.nodes->empty() && !creates) {  // Nodes=: as many as it has, whichever
    if (!draft.node_count) draft.node_count = static_cast<std::uint32_t>(made.nodes.size());
    made.nodes.clear();
    made.cores.clear();
    return choose_nodes(draft);
  }
  if (!draft.nodes && !creates && !draft.node_count && made.flags.has(Flag::spec_nodes)) {  // other parts of them
    made.cores.clear();
    return reserve_cores(draft);
  }
  if (!draft.nodes) return choose_nodes(draft);
  const std::vector<NodeIndex> before = creates ? std::vector<NodeIndex>() : made.nodes;
  TRY(name_nodes(draft));
  if (draft.node_count && *draft.node_count != made.nodes.size()) return as_many_as_counted(draft, before);
  if (draft.has_parts()) return reserve_cores(draft);
  return check_free(made, added_to(before, made.nodes));
}

// NodeCnt+= and NodeCnt-=.
Status ReservationKeeper::count_from_there(ReservationDraft& draft) {
  const auto there = static_cast<std::uint32_t>(draft.reservation.nodes.size()), change = draft.node_count.value_or(0);
  const bool less = draft.node_count_operator == '-';
  if (less && change >= there)
    return fail(Errc::error, fmt::format("scontrol: error: reservation {} has {} nodes: NodeCnt-={} leaves none",
                                         draft.reservation.name, there, change));
  draft.node_count = less ? there - change : there + change;
  draft.node_count_operator = '=';
  return {};
}

// Where Nodes= names more or fewer than NodeCnt=, the count is what matters.
Status ReservationKeeper::as_many_as_counted(ReservationDraft& draft, const std::vector<NodeIndex>& before) const {
  Reservation& made = draft.reservation;
  const std::uint32_t count = *draft.node_count;
  if (made.nodes.size() > count) {
    std::stable_partition(made.nodes.begin(), made.nodes.end(), [&](NodeIndex node) {
      const bool there = std::binary_search(before.begin(), before.end(), node);
      return there || (is_available(*c_.state_.find(node)) && !is_taken(made, node) && !is_busy(made, node));
    });
    made.nodes.resize(count);
    std::sort(made.nodes.begin(), made.nodes.end());
    if (draft.has_parts()) return reserve_cores(draft);
    return check_free(made, added_to(before, made.nodes));
  }
  TRY(check_free(made, added_to(before, made.nodes)));
  TRY(choose_nodes(draft));
  made.flags.set(Flag::spec_nodes);
  return {};
}

Status ReservationKeeper::name_nodes(ReservationDraft& draft) const {
  Reservation& made = draft.reservation;
  std::vector<NodeIndex> named;
  const bool all = equal_ignoring_case(*draft.nodes, "ALL");
  if (all) {
    c_.state_.nodes().for_each(
        [&](std::uint64_t number, const Node&) { named.push_back(NodeIndex(static_cast<std::uint32_t>(number))); });
  } else {
    TRY_ASSIGN(const HostNames names, expand_hostlist(*draft.nodes));
    for (const std::string& name : names) {
      NodeIndex index;
      if (!c_.state_.find_node(name, &index)) return fail(Errc::invalid_node_name);
      named.push_back(index);
    }
  }
  if (draft.nodes_operator == '-')
    std::erase_if(made.nodes, [&](NodeIndex one) { return std::find(named.begin(), named.end(), one) != named.end(); });
  if (draft.nodes_operator == '=') made.nodes.clear();
  if (draft.nodes_operator != '-') made.nodes.insert(made.nodes.end(), named.begin(), named.end());
  std::sort(made.nodes.begin(), made.nodes.end());
  made.nodes.erase(std::unique(made.nodes.begin(), made.nodes.end()), made.nodes.end());
  if (made.nodes.empty()) return fail(Errc::invalid_node_name);
  made.cores.clear();
  made.flags.set(Flag::spec_nodes);
  made.flags.set(Flag::all_nodes, all);
  return {};
}

// Its own, or the default one; null: there is none.
const Partition* ReservationKeeper::partition_for(const Reservation& reservation) const {
  if (!reservation.partition.empty()) return c_.state_.find_partition(reservation.partition);
  for (const auto& one : c_.state_.partitions())
    if (one->is_default) return one.get();
  return nullptr;
}

// Light first.
std::vector<NodeIndex> ReservationKeeper::others_of(const Partition& partition,
                                                    const std::vector<NodeIndex>& nodes) const {
  std::vector<NodeIndex> others = added_to(nodes, partition.nodes);
  std::ranges::stable_sort(others, {}, [&](NodeIndex node) { return c_.state_.find(node)->weight; });
  return others;
}

// Those it has stay; the others are of the partition: available, free of jobs and of other reservations, light first.
Status ReservationKeeper::choose_nodes(ReservationDraft& draft) const {
  Reservation& made = draft.reservation;
  const Partition* partition = partition_for(made);
  if (!partition) return fail(Errc::default_partition_not_set);
  made.partition = partition->name;
  std::vector<NodeIndex> order = others_of(*partition, made.nodes);
  order.insert(order.begin(), made.nodes.begin(), made.nodes.end());
  TRY_ASSIGN(Chosen chosen, take_nodes(draft, order));
  std::sort(chosen.nodes.begin(), chosen.nodes.end());
  made.nodes = std::move(chosen.nodes);
  made.cores = std::move(chosen.cores);
  made.flags.set(Flag::spec_nodes, false);
  return {};
}

// Whether these nodes could give the devices if nobody had any.
Status ReservationKeeper::check_declared(const ReservationDraft& draft, const std::vector<NodeIndex>& nodes) const {
  for (const ReservationDraft::Gres& asked : draft.gres) {
    std::uint64_t most = 0, all = 0;
    for (const NodeIndex index : nodes) {
      std::uint64_t here = 0;
      for (const GresPool& pool : c_.state_.find(index)->gres)
        if (pool.name == asked.name && (asked.type.empty() || pool.type == asked.type)) here += pool.count;
      most = std::max(most, here);
      all += here;
    }
    const std::string name = asked.name + (asked.type.empty() ? "" : ":" + asked.type);
    if (asked.of_each && asked.count > most)
      return fail(Errc::error, fmt::format("no node of partition {} has {} of gres/{}: the most is {}",
                                           draft.reservation.partition, asked.count, name, most));
    if (!asked.of_each && asked.count > all)
      return fail(Errc::error,
                  fmt::format("the nodes of partition {} have {} of gres/{} together, and {} are asked for",
                              draft.reservation.partition, all, name, asked.count));
  }
  return {};
}

Result<ReservationKeeper::Chosen> ReservationKeeper::take_nodes(const ReservationDraft& draft,
                                                                const std::vector<NodeIndex>& order) const {
  const Reservation& made = draft.reservation;
  const bool of_each = draft.counts_each || std::ranges::any_of(draft.gres, &ReservationDraft::Gres::of_each);
  const std::uint32_t nodes_wanted = draft.node_count.value_or(of_each ? 1 : 0);
  CoreWish wish(draft, nodes_wanted);
  DeviceWish devices(draft, nodes_wanted);
  Chosen chosen;
  for (const NodeIndex index : order) {
    if (chosen.nodes.size() >= nodes_wanted && wish.is_met() && devices.is_met()) break;
    const Node& node = *c_.state_.find(index);
    TRY_ASSIGN(const bool wanted, has_features(made.features, node.features_active));
    if (!wanted || !is_available(node)) continue;
    auto part = part_of(draft, index, {wish, devices, chosen.nodes.size()});
    if (!part) continue;
    const bool kept = std::binary_search(made.nodes.begin(), made.nodes.end(), index);
    if (part->cpu_ids.empty() && !kept && (is_taken(made, index) || is_busy(made, index))) continue;
    wish.take(node.declared, part->cpu_ids);
    devices.take(part->gres);
    if (!part->cpu_ids.empty()) chosen.cores.push_back(std::move(*part));
    chosen.nodes.push_back(index);
  }
  if (chosen.nodes.size() < nodes_wanted || !wish.is_met() || !devices.is_met()) {
    TRY(check_declared(draft, order));
    return fail(Errc::nodes_busy);
  }
  return chosen;
}

bool ReservationKeeper::is_taken(const Reservation& draft, NodeIndex node) const {
  if (shares_nodes(draft)) return false;
  return std::any_of(c_.state_.reservations().begin(), c_.state_.reservations().end(), [&](const auto& other) {
    const bool there = std::binary_search(other->nodes.begin(), other->nodes.end(), node);
    return there && other->name != draft.name && !shares_nodes(*other) && overlap_in_time(draft, *other, c_.now_.wall);
  });
}

bool ReservationKeeper::keeps_busy(const Reservation& draft, const Job& job, NodeIndex node) const {
  if (draft.flags.has(Flag::ignore_jobs) || draft.flags.has(Flag::time_float)) return false;
  const bool there = std::find(job.unfinished.begin(), job.unfinished.end(), node) != job.unfinished.end();
  if (!there || asks_for(*job.spec, draft.name)) return false;
  const auto when = occurrence(draft, c_.now_.wall, c_.now_.wall);
  constexpr Seconds a_year(365 * 24 * 3600);  // of a job without a time limit
  const Instant end = job.times.limit_at.value_or(job.times.started.value_or(c_.now_.wall) + a_year);
  return !when || end > when->start;
}

bool ReservationKeeper::is_busy(const Reservation& draft, NodeIndex node) const {
  return std::any_of(c_.active_.begin(), c_.active_.end(),
                     [&](JobId id) { return keeps_busy(draft, *c_.state_.find(id), node); });
}

Status ReservationKeeper::check_free(const Reservation& draft, const std::vector<NodeIndex>& nodes) const {
  for (const NodeIndex node : nodes)
    if (is_taken(draft, node)) return fail(Errc::reservation_overlap);
  for (const NodeIndex node : nodes)
    if (is_busy(draft, node)) return fail(Errc::nodes_busy);
  return {};
}

// Of what it has of the node nothing is in use.
bool ReservationKeeper::is_unused(const Reservation& reservation, NodeIndex index) const {
  const auto some = std::ranges::find(reservation.cores, index, &ReservedCores::node);
  if (some == reservation.cores.end()) return !has_jobs(*c_.state_.find(index));
  const auto meets = [&](const NodeShare& share) {
    return share.node == index && std::ranges::find_first_of(share.cpu_ids, some->cpu_ids) != share.cpu_ids.end();
  };
  return std::ranges::none_of(c_.active_, [&](JobId id) {
    const Job& job = *c_.state_.find(id);
    return job.allocation && std::ranges::any_of(job.allocation->shares, meets);
  });
}

bool ReservationKeeper::is_replaced(const Reservation& reservation, NodeIndex index) const {
  if (!is_available(*c_.state_.find(index))) return true;
  return reservation.flags.has(Flag::replace) && !is_unused(reservation, index);
}

// Of nodes that were chosen and not named; STATIC_ALLOC keeps them.
bool ReservationKeeper::may_replace(const Reservation& reservation) {
  const ReservationFlags& flags = reservation.flags;
  if (flags.has(Flag::spec_nodes) || flags.has(Flag::part_nodes) || flags.has(Flag::all_nodes)) return false;
  return !flags.has(Flag::static_alloc) && !reservation.nodes.empty();
}

// PART_NODES: what becomes of the partition becomes of it.
void ReservationKeeper::follow_partition(const Reservation& reservation) {
  const Partition* partition = c_.state_.find_partition(reservation.partition);
  if (!partition || partition->nodes.empty() || partition->nodes == reservation.nodes) return;
  Reservation changed = reservation;
  changed.nodes = partition->nodes;
  c_.emit(ReservationChanged{std::move(changed)});
}

// Rather a node that may come back than none.
void ReservationKeeper::replace_nodes(const Reservation& reservation) {
  Reservation changed = reservation;
  for (const NodeIndex node : reservation.nodes)
    if (is_replaced(reservation, node)) replace_node(changed, node);
  if (changed != reservation) c_.emit(ReservationChanged{std::move(changed)});
}

// By another with as many CPUs and devices, if there is one.
void ReservationKeeper::replace_node(Reservation& reservation, NodeIndex lost) const {
  const Partition* partition = partition_for(reservation);
  if (!partition) return;
  ReservationDraft draft{reservation};
  draft.node_count = 1;
  std::erase(draft.reservation.nodes, lost);
  const auto some = std::ranges::find(draft.reservation.cores, lost, &ReservedCores::node);
  if (some != draft.reservation.cores.end()) {
    draft.core_counts = {static_cast<std::uint32_t>(some->cpu_ids.size())};
    draft.counts_cpus = draft.counts_each = true;
    for (const GresShare& share : some->gres)
      draft.gres.push_back({share.name, share.type, static_cast<std::uint32_t>(share.indexes.size()), true});
    draft.reservation.cores.erase(some);
  }
  auto chosen = take_nodes(draft, others_of(*partition, reservation.nodes));
  if (!chosen) return;
  reservation.nodes = std::move(draft.reservation.nodes);
  reservation.cores = std::move(draft.reservation.cores);
  reservation.nodes.insert(std::ranges::upper_bound(reservation.nodes, chosen->nodes.front()), chosen->nodes.front());
  reservation.cores.insert(reservation.cores.end(), chosen->cores.begin(), chosen->cores.end());
}

}  // namespace slurmxx
