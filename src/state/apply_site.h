// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The part of apply() that is about nodes, partitions, reservations and triggers; apply.cpp has the jobs.
#pragma once

#include <algorithm>

#include <fmt/format.h>

#include "state/node_places.h"
#include "state/node_shares.h"
#include "state/state.h"
#include "state/usage.h"

namespace slurmxx {

class SiteApplier {
 public:
  SiteApplier(State& state, const Record& record) : state_(state), at_(record.at) {}

  Status operator()(const EpochBegan& event) {
    if (event.epoch <= state_.epoch_)
      return fail(fmt::format("epoch {} began after epoch {}", event.epoch.value, state_.epoch_.value));
    state_.epoch_ = event.epoch;
    return {};
  }
  Status operator()(const NodeRegistered& event) {
    if (!state_.find(event.node)) return no_node(event.node);
    Node& node = state_.nodes_.change(event.node.value);
    node.registered = event.registration;
    derive_gres(node);
    return {};
  }

  Status operator()(const NodeConditionSet& event) {
    if (!state_.find(event.node)) return no_node(event.node);
    state_.nodes_.change(event.node.value).condition = event.condition;
    return {};
  }

  Status operator()(const NodeChanged& event) {
    if (!state_.find(event.node)) return no_node(event.node);
    Node& node = state_.nodes_.change(event.node.value);
    if (event.weight) node.weight = *event.weight;
    if (event.features_active) node.features_active = *event.features_active;
    if (event.comment) node.comment = *event.comment;
    if (event.extra) node.extra = *event.extra;
    if (event.power) node.power = *event.power;
    if (event.overrides) node.overrides = *event.overrides;
    return {};
  }

  Status operator()(const NodeRebootSet& event) {
    if (!state_.find(event.node)) return no_node(event.node);
    state_.nodes_.change(event.node.value).reboot = event.reboot;
    return {};
  }

  Status operator()(const ReservationChanged& event) {
    for (const NodeIndex node : event.reservation.nodes)
      if (!state_.find(node)) return no_node(node);
    put(state_.reservations_, event.reservation, &Reservation::name);
    return {};
  }

  Status operator()(const ReservationRemoved& event) {
    const auto is_it = [&](const auto& reservation) { return reservation->name == event.name; };
    if (std::erase_if(state_.reservations_, is_it) > 0) return {};
    return fail(Errc::reservation_invalid, fmt::format("reservation {} is not there", event.name));
  }

  Status operator()(const TriggerSet& event) {
    put(state_.triggers_, event.trigger, &Trigger::id);
    state_.next_trigger_ = std::max(state_.next_trigger_, event.trigger.id + 1);
    return {};
  }

  Status operator()(const TriggerRemoved& event) {
    if (std::erase_if(state_.triggers_, [&](const auto& trigger) { return trigger->id == event.id; }) > 0) return {};
    return fail(fmt::format("trigger {} is not there", event.id));
  }

  Status operator()(const UsageRulesSet& event) {
    UsageKeeper(state_, at_).set_rules(event.half_life);
    return {};
  }

  Status operator()(const UsageReset&) {
    UsageKeeper(state_, at_).reset_all();
    return {};
  }

  Status operator()(const PartitionChanged& event) {
    put(state_.partitions_, event.partition, &Partition::name);
    return {};
  }

  Status operator()(const PartitionRemoved& event) {
    const auto is_it = [&](const auto& partition) { return partition->name == event.name; };
    if (std::erase_if(state_.partitions_, is_it) > 0) return {};
    return fail(Errc::invalid_partition, fmt::format("partition {} is not there", event.name));
  }

 protected:
  static Error no_node(NodeIndex node) {
    return fail(Errc::invalid_node_name, fmt::format("node number {} is not there", node.value));
  }

  // In place of the one that has the same key, or behind all others.
  template <class Row, class Key>
  static void put(std::vector<std::shared_ptr<const Row>>& rows, const Row& row, Key Row::*key) {
    for (auto& known : rows)
      if ((*known).*key == row.*key) {
        known = std::make_shared<const Row>(row);
        return;
      }
    rows.push_back(std::make_shared<const Row>(row));
  }

  // A node that has left the configuration has left its reservations too.
  void renumber_reservations(const NodePlaces& moved) {
    for (auto& reservation : state_.reservations_) {
      Reservation after = *reservation;
      after.nodes.clear();
      for (const NodeIndex node : reservation->nodes)
        if (moved[node.value]) after.nodes.push_back(*moved[node.value]);
      std::sort(after.nodes.begin(), after.nodes.end());
      std::erase_if(after.cores, [&](const ReservedCores& cores) { return !moved[cores.node.value]; });
      for (ReservedCores& cores : after.cores) cores.node = *moved[cores.node.value];
      reservation = std::make_shared<const Reservation>(std::move(after));
    }
  }

  State& state_;
  Instant at_;
};

}  // namespace slurmxx
