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
    if (event.dynamic_future) node.dynamic_future = *event.dynamic_future;
    if (event.power) node.power = *event.power;
    if (event.overrides) {
      node.overrides = *event.overrides;
      derive_gres(node);
    }
    return {};
  }

  Status operator()(const NodeAdded& event) {
    const Node& node = event.node;
    if (state_.find_node(node.name)) return fail(fmt::format("node {} is there already", node.name));
    for (const std::string& name : event.partitions)
      if (!state_.find_partition(name)) return no_partition(name);
    const NodeIndex index(static_cast<std::uint32_t>(state_.nodes_.size()));
    state_.nodes_.insert(index.value, node);
    for (const std::string& name : event.partitions) {
      Partition partition = *state_.find_partition(name);
      partition.nodes.push_back(index);
      put(state_.partitions_, partition, &Partition::name);
    }
    return {};
  }

  Status operator()(const NodeRemoved& event) {
    const Node* leaving = state_.find(event.node);
    if (!leaving) return no_node(event.node);
    if (holds_jobs(*leaving)) return fail(Errc::nodes_busy, fmt::format("node {} holds jobs", leaving->name));
    NodePlaces moved(state_.nodes_.size());
    PagedTable<Node> nodes;
    for (std::uint32_t i = 0; i < moved.size(); ++i) {
      if (i == event.node.value) continue;
      moved[i] = NodeIndex(static_cast<std::uint32_t>(nodes.size()));
      nodes.insert(nodes.size(), *state_.find(NodeIndex(i)));
    }
    state_.nodes_ = std::move(nodes);
    renumber_jobs(moved);
    renumber_reservations(moved);
    renumber_partitions(moved);
    return {};
  }

  Status operator()(const CrontabSet& event) {
    if (!event.crontab.text.empty()) {
      put(state_.crontabs_, event.crontab, &Crontab::user);
      return {};
    }
    std::erase_if(state_.crontabs_, [&](const auto& crontab) { return crontab->user == event.crontab.user; });
    return {};
  }

  Status operator()(const SettingsChanged& event) {
    state_.settings_ = event.settings;
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
    state_.last_reservation_ = std::max(state_.last_reservation_, event.reservation.number);
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
    return no_partition(event.name);
  }

 protected:
  static Error no_partition(const std::string& name) {
    return fail(Errc::invalid_partition, fmt::format("partition {} is not there", name));
  }
  static Error no_node(NodeIndex node) {
    return fail(Errc::invalid_node_name, fmt::format("node number {} is not there", node.value));
  }

  static bool is_held(const Job& job, NodeIndex node) {
    return std::find(job.unfinished.begin(), job.unfinished.end(), node) != job.unfinished.end();
  }
  static Error unfit(JobId job, std::string_view why) {
    return fail(Errc::invalid_job_id, fmt::format("job {} {}", job.value, why));
  }
  Status shrink(JobId id, const Allocation& smaller) {
    const Job& known = *state_.find(id);
    if (known.state != JobState::running) return unfit(id, "does not run, and has nothing to give back");
    if (smaller.shares.empty()) return unfit(id, "would keep no node");
    const auto has = [](const Allocation& of, NodeIndex node) {
      return std::ranges::find(of.shares, node, &NodeShare::node) != of.shares.end();
    };
    for (const NodeShare& share : smaller.shares)
      if (!has(*known.allocation, share.node)) return unfit(id, "cannot keep a node that it does not have");
    Job& job = state_.jobs_.change(id.value);
    UsageKeeper(state_, at_).charge(job);
    for (const NodeShare& share : job.allocation->shares)
      if (!has(smaller, share.node) && is_held(job, share.node))
        give_share_back(state_.nodes_.change(share.node.value), share, job, at_);
    std::erase_if(job.unfinished, [&](NodeIndex node) { return !has(smaller, node); });
    job.allocation = smaller;
    job.times.resized = at_;
    job.times.ran_until_resized = run_time(job.times, job.without_cpus(), at_);
    return {};
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

  void renumber_jobs(const NodePlaces& moved) {
    std::vector<std::uint64_t> with_nodes;
    bool changed = false;
    for (std::size_t i = 0; i < moved.size(); ++i) changed = changed || !moved[i] || moved[i]->value != i;
    if (!changed) return;
    state_.jobs_.for_each([&](std::uint64_t number, const Job& job) {
      if (job.allocation) with_nodes.push_back(number);
    });
    for (std::uint64_t number : with_nodes) renumber(state_.jobs_.change(number), moved);
  }

  void renumber_partitions(const NodePlaces& moved) {
    for (auto& partition : state_.partitions_) {
      Partition after = *partition;
      after.nodes.clear();
      for (const NodeIndex node : partition->nodes)
        if (moved[node.value]) after.nodes.push_back(*moved[node.value]);
      partition = std::make_shared<const Partition>(std::move(after));
    }
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
