// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/node_parts.h"

#include <algorithm>
#include <set>

#include "core/reserve/reserve.h"
#include "core/schedule/calendar.h"

namespace slurmxx {
namespace {

using Holders = std::vector<std::string>;  // names, rising

const ReservedCores* cores_of(const Reservation& reservation, NodeIndex node) {
  for (const ReservedCores& some : reservation.cores)
    if (some.node == node) return &some;
  return nullptr;
}

class Divider {
 public:
  Divider(const ClusterView& view, Instant now, Seconds window) : view_(view), now_(now), window_(window) {}

  std::optional<ClusterView> run() {
    find_divided();
    if (held_.empty()) return {};
    ClusterView divided = view_;
    divided.system.resize(view_.nodes.size());
    parts_->first = static_cast<std::uint32_t>(view_.nodes.size());
    for (const auto& [node, cpus] : held_) divide(divided, node, cpus);
    for (PlanPartition& partition : divided.partitions) add_parts(partition.nodes);
    for (const Reservation*& reservation : divided.reservations) change(reservation);
    for (const Job*& job : divided.running) change(job);
    divided.parts = parts_;
    return divided;
  }

 private:
  // What begins later than any job of the queue could end divides nothing yet: until then the nodes are whole.
  void find_divided() {
    const Seconds reach = longest_job() + window_;
    for (const Reservation* r : view_.reservations) {
      const auto when = r->cores.empty() ? std::nullopt : occurrence(*r, now_, now_);
      if (!when || when->start > now_ + reach) continue;
      for (const ReservedCores& some : r->cores) hold(some, r->name);
      if (r->flags.has(ReservationFlag::magnetic) && when->covers(now_)) parts_->magnets.emplace(r->name, r);
    }
  }

  void hold(const ReservedCores& some, const std::string& name) {
    for (const std::uint32_t cpu : some.cpu_ids) held_[some.node][cpu].push_back(name);
    for (const GresShare& share : some.gres)
      for (const std::uint32_t index : share.indexes)
        devices_[some.node].push_back({share.name, share.type, index, name});
  }

  Seconds longest_job() const {
    Seconds longest(0);
    for (const PendingJob& pending : view_.pending)
      for (const std::string& name : pending.job->spec->placement.partitions) {
        const PlanPartition* partition = view_.find_partition(name);
        const TimeLimit limit = partition ? time_limit_in(*pending.job->spec, *partition) : TimeLimit();
        longest = std::max(longest, limit.unlimited ? Seconds(without_limit) : to_seconds(limit.value));
      }
    return longest;
  }

  static void leave(SystemShare& share, std::set<std::uint32_t> cpus) {
    cpus.insert(share.cpus.begin(), share.cpus.end());
    share.cpus.assign(cpus.begin(), cpus.end());
    share.divided = true;
  }

  void divide(ClusterView& divided, NodeIndex node, const std::map<std::uint32_t, Holders>& cpus) {
    std::map<Holders, std::set<std::uint32_t>> groups;
    std::set<std::uint32_t> reserved;
    for (auto [cpu, holders] : cpus) {
      std::sort(holders.begin(), holders.end());
      groups[holders].insert(cpu);
      reserved.insert(cpu);
    }
    const SystemShare whole = divided.system[node.value];
    std::vector<NodeIndex>& all = parts_->of_node[node];
    all.push_back(node);
    leave(divided.system[node.value], reserved);
    parts_->whole.emplace(node, view_.nodes[node.value]);
    divided.nodes[node.value] = with_devices_of(node, {});
    for (const auto& [holders, own] : groups) {
      std::set<std::uint32_t> others;
      for (std::uint32_t cpu = 0; cpu < view_.nodes[node.value]->declared.cpus; ++cpu)
        if (!own.contains(cpu)) others.insert(cpu);
      all.push_back(NodeIndex(static_cast<std::uint32_t>(divided.nodes.size())));
      divided.nodes.push_back(with_devices_of(node, holders));
      divided.system.push_back(whole);
      leave(divided.system.back(), others);
      parts_->of.push_back(node);
      parts_->reservations.push_back(holders);
      parts_->cpus.push_back(own.size());
      for (const std::uint32_t cpu : own) part_of_[{node, cpu}] = all.back();
    }
  }

  // Of GRES that its holders have reserved those devices, and of others what nobody has.
  const Node* with_devices_of(NodeIndex node, const Holders& holders) {
    const auto held = devices_.find(node);
    if (held == devices_.end()) return view_.nodes[node.value];
    Node part = *view_.nodes[node.value];
    for (GresPool& pool : part.gres) {
      // Of a gpu its parts (shard, mps) too.
      const auto is_of = [&](const HeldDevice& one) {
        return (one.name == pool.name && one.type == pool.type) || (pool.is_shared() && one.name == "gpu");
      };
      const auto is_own = [&](const HeldDevice& one) { return std::ranges::binary_search(holders, one.holder); };
      const bool own_alone = std::ranges::any_of(
          held->second, [&](const HeldDevice& one) { return (one.name == pool.name || is_of(one)) && is_own(one); });
      const std::size_t before = pool.devices.size();
      std::erase_if(pool.devices, [&](const GresDevice& device) {
        const auto is_it = [&](const HeldDevice& one) { return is_of(one) && one.index == device.index; };
        const bool any = std::ranges::any_of(held->second, is_it);
        const bool its = std::ranges::any_of(held->second, [&](const HeldDevice& h) { return is_it(h) && is_own(h); });
        return own_alone ? !its : any;
      });
      if (pool.devices.size() == before) continue;
      pool.count = 0;
      for (const GresDevice& device : pool.devices) pool.count += device.count;
    }
    std::erase_if(part.gres, [](const GresPool& pool) { return pool.count == 0; });
    parts_->nodes.push_back(std::make_shared<const Node>(std::move(part)));
    return parts_->nodes.back().get();
  }

  void add_parts(std::vector<NodeIndex>& nodes) const {
    const std::size_t count = nodes.size();
    for (std::size_t i = 0; i < count; ++i)
      if (const auto* all = parts_->beside(nodes[i])) nodes.insert(nodes.end(), all->begin() + 1, all->end());
    std::sort(nodes.begin(), nodes.end());
  }

  // One of all of a node has its parts too; one of some cores has those in place of it.
  void change(const Reservation*& reservation) {
    Reservation changed = *reservation;
    add_parts(changed.nodes);
    std::erase_if(changed.nodes, [&](NodeIndex part) {
      const NodeIndex node = parts_->node_of(part);
      if (!cores_of(*reservation, node) || !parts_->beside(part)) return false;
      if (part == node) return true;
      const Holders& holders = parts_->reservations[part.value - parts_->first];
      return !std::binary_search(holders.begin(), holders.end(), reservation->name);
    });
    if (changed.nodes == reservation->nodes) return;
    parts_->changed.push_back(std::make_shared<const Reservation>(std::move(changed)));
    reservation = parts_->changed.back().get();
  }

  // It has its CPUs in the parts that they are in, and its memory and GRES in all of them.
  void change(const Job*& job) {
    const auto in_parts = [&](const NodeShare& share) { return parts_->beside(share.node) != nullptr; };
    if (!job->allocation || std::ranges::none_of(job->allocation->shares, in_parts)) return;
    Job changed = *job;
    changed.allocation->shares.clear();
    for (const NodeShare& share : job->allocation->shares) {
      const auto* all = parts_->beside(share.node);
      for (const NodeIndex part : all ? *all : std::vector{share.node}) {
        NodeShare own = share;
        own.node = part;
        if (all) {
          std::erase_if(own.cpu_ids, [&](std::uint32_t cpu) { return part_with(share.node, cpu) != part; });
          own.cpus = static_cast<std::uint32_t>(own.cpu_ids.size());
        }
        changed.allocation->shares.push_back(std::move(own));
      }
    }
    add_parts(changed.unfinished);
    parts_->jobs.push_back(std::make_shared<const Job>(std::move(changed)));
    job = parts_->jobs.back().get();
  }

  NodeIndex part_with(NodeIndex node, std::uint32_t cpu) const {
    const auto found = part_of_.find({node, cpu});
    return found == part_of_.end() ? node : found->second;
  }

  const ClusterView& view_;
  Instant now_;
  Seconds window_;  // of backfill
  std::map<NodeIndex, std::map<std::uint32_t, Holders>> held_;
  std::map<std::pair<NodeIndex, std::uint32_t>, NodeIndex> part_of_;
  struct HeldDevice {
    std::string name, type;
    std::uint32_t index;
    std::string holder;
  };
  std::map<NodeIndex, std::vector<HeldDevice>> devices_;
  std::shared_ptr<NodeParts> parts_ = std::make_shared<NodeParts>();
};

}  // namespace

namespace {

bool names_several(const std::string& hosts) { return hosts.find_first_of(",[") != std::string::npos; }

// That a job of several nodes has on each at least.
std::uint64_t cpus_of_each(const ResourceRequest& asked) {
  const std::uint64_t all = std::uint64_t{asked.tasks} * asked.cpus_per_task;
  const std::uint64_t nodes = std::max({1u, asked.nodes_min, asked.nodes_max.value_or(1)});
  return std::max({(all + nodes - 1) / nodes, std::uint64_t{asked.cpus_per_task},
                   std::uint64_t{asked.cpus_per_node_min.value_or(1)}});
}

}  // namespace

bool sees_all_parts(const JobSpec& spec) {
  const ResourceRequest& asked = spec.resources;
  const bool on_one = asked.nodes_max == 1u || (asked.tasks <= 1 && asked.nodes_min <= 1 && !asked.nodes_max);
  return on_one && !names_several(spec.placement.nodes_required) && asked.gres.per_job.empty();
}

bool sees_part(const NodeParts& parts, const JobSpec& spec, NodeIndex part) {
  const auto* all = parts.beside(part);
  if (!all || sees_all_parts(spec)) return true;
  const auto is_its = [&](NodeIndex one) {
    if (one.value < parts.first) return false;
    const Holders& holders = parts.reservations[one.value - parts.first];
    return std::ranges::any_of(holders, [&](const std::string& name) {
      if (asks_for(spec, name)) return true;
      const auto magnet = parts.magnets.find(name);
      return magnet != parts.magnets.end() && draws_in(*magnet->second, spec) &&
             parts.cpus[one.value - parts.first] >= cpus_of_each(spec.resources);
    });
  };
  const auto found = std::ranges::find_if(*all, is_its);
  return part == (found == all->end() ? all->front() : *found);
}

std::string parts_key(const NodeParts& parts, const JobSpec& spec) {
  if (sees_all_parts(spec)) return "\5";
  return parts.magnets.empty() ? "" : "\7" + std::to_string(cpus_of_each(spec.resources));
}

std::optional<ClusterView> divided_view(const ClusterView& view, const Policies& policies, Instant now) {
  const auto has_cores = [](const Reservation* reservation) { return !reservation->cores.empty(); };
  if (std::ranges::none_of(view.reservations, has_cores)) return {};
  return Divider(view, now, policies.backfill ? policies.backfill->window : Seconds(0)).run();
}

}  // namespace slurmxx
