// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/priorities.h"

#include <algorithm>

#include "core/licenses/licenses.h"
#include "core/place/gres_room.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {
namespace {

std::uint32_t asked_cpus(const ResourceRequest& asked) {
  const std::uint64_t cpus = std::uint64_t{asked.tasks} * asked.cpus_per_task;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(cpus, std::max(1u, asked.nodes_min), UINT32_MAX));
}

}  // namespace

Priorities::Priorities(const State& state, const ClusterConfig& config, Instant at,
                       std::shared_ptr<const Standings> standings)
    : policy_(priority_policy(config.priority, JobId(config.jobs.first_job_id))),
      at_(at),
      memory_(config.scheduling.memory),
      floors_(std::make_shared<const Floors>()),
      standings_(std::move(standings)) {
  if (standings_) scale_.qos_priority_max = standings_->qos_priority_max;
  if (standings_) scale_.association_priority_max = standings_->association_priority_max;
  scale_.partition_factor_max = 0;
  state.nodes().for_each([&](std::uint64_t, const Node& node) {
    ++scale_.nodes;
    scale_.cpus += node.declared.cpus;
  });
  for (const auto& partition : state.partitions()) {
    PartitionFacts& facts = partitions_[partition->name];
    facts.factor = partition->priority_job_factor;
    if (const PartitionConfig* configured = find_partition(config, partition->name))
      facts.memory = configured->limits.memory;
    scale_.partition_factor_max = std::max(scale_.partition_factor_max, facts.factor);
    if (policy_.tres_weights.empty()) continue;
    for (NodeIndex index : partition->nodes) {
      const NodeShape& shape = state.find(index)->declared;
      facts.tres.add("cpu", shape.cpus);
      facts.tres.add("mem", static_cast<std::uint64_t>(shape.memory.value));
      facts.tres.add("node", 1);
      facts.tres.add(gres_tres(std::span(state.find(index)->gres)));
    }
    if (const auto licenses = parse_license_totals(config.scheduling.licenses))
      for (const LicenseCount& one : *licenses) facts.tres.add("license/" + one.name, one.count);
  }
}

const Priorities::PartitionFacts& Priorities::facts_of(const std::string& partition) const {
  const auto found = partitions_.find(partition);
  return found == partitions_.end() ? unknown_ : found->second;
}

// A job's age stands still once it runs.
std::optional<Seconds> Priorities::waited(const Job& job) const {
  if (job.times.accrual.held && !policy_.flags.accrue_always) return std::nullopt;
  auto since = policy_.flags.accrue_always ? std::optional(job.times.submitted) : job.times.eligible;
  if (!since) return std::nullopt;
  if (job.times.accrual.since) since = std::max(*since, *job.times.accrual.since);
  const bool still = job.state != JobState::pending && !policy_.flags.calculate_running;
  const Instant until = still ? job.times.started.value_or(job.times.ended.value_or(at_)) : at_;
  return std::max(Seconds(0), until - *since);
}

// Lookups that a long queue pays for: only where a weight asks for them.
void Priorities::add_standing(const Job& job, const std::string& partition, PrioritySubject& subject) const {
  if (!standings_) return;
  const auto weighs = [&](PriorityFactor factor) { return policy_.weights[static_cast<std::size_t>(factor)] > 0; };
  const JobSpec& spec = *job.spec;
  if (weighs(PriorityFactor::qos)) subject.qos_priority = standings_->qos_priority(spec.labels.qos);
  if (!weighs(PriorityFactor::fair_share) && !weighs(PriorityFactor::association)) return;
  const Association* own = standings_->directory->find(spec.owner.user_name, spec.labels.account, partition);
  if (!own) return;
  subject.fair_share = standings_->fair_share(own->id);
  if (weighs(PriorityFactor::association)) subject.association_priority = standings_->association_priority(*own);
}

PrioritySubject Priorities::subject_of(const Job& job, const std::string& partition,
                                       const PartitionFacts& facts) const {
  const JobSpec& spec = *job.spec;
  PrioritySubject subject;
  subject.job = job.array ? job.array->array : job.id;
  subject.waited = waited(job);
  subject.nodes = std::max(1u, spec.resources.nodes_min);
  subject.cpus = asked_cpus(spec.resources);
  if (spec.times.limit) subject.time_limit = *spec.times.limit;
  subject.partition_factor = facts.factor;
  subject.nice = spec.policy.nice;
  subject.site = spec.policy.site_factor;
  add_standing(job, partition, subject);
  return subject;
}

TresCounts Priorities::asked_tres(const Job& job, const PrioritySubject& subject,
                                  const PartitionFacts& partition) const {
  TresCounts tres{{"cpu", subject.cpus}, {"node", subject.nodes}};
  const bool own = partition.memory.default_per_cpu || partition.memory.default_per_node;
  tres.add("mem", requested_memory(job.spec->resources, own ? partition.memory : memory_, subject.nodes, subject.cpus));
  tres.add(requested_gres(job.spec->resources, subject.nodes));
  if (const auto request = parse_license_request(job.spec->labels.licenses))
    for (const LicenseCount& one : request->counts) tres.add("license/" + one.name, one.count);
  return tres;
}

PriorityTerms Priorities::terms(const Job& job, const std::string& partition) const {
  PriorityTerms terms;
  if (job.hold != Hold::none) return terms;
  if (job.is_expediting()) {
    terms.priority = highest_priority;
    return terms;
  }
  if (job.priority) {
    terms.priority = *job.priority;
    return terms;
  }
  const PartitionFacts& facts = facts_of(partition);
  PrioritySubject subject = subject_of(job, partition, facts);
  TresCounts tres;
  if (!policy_.tres_weights.empty()) {
    tres = asked_tres(job, subject, facts);
    subject.tres = &tres;
    subject.tres_of_partition = &facts.tres;
  }
  terms = priority_terms(policy_, scale_, subject);
  const auto floor = floors_->find({job.id, partition});
  if (floor != floors_->end()) terms.priority = std::max(terms.priority, floor->second);
  return terms;
}

std::uint32_t Priorities::in(const Job& job, const std::string& partition) const {
  if (job.hold != Hold::none) return 0;
  if (job.is_expediting()) return highest_priority;
  if (job.priority) return *job.priority;
  const bool plain = policy_.tres_weights.empty() && floors_->empty();
  if (!plain) return terms(job, partition).priority;
  return priority_value(policy_, scale_, subject_of(job, partition, facts_of(partition)));
}

std::uint64_t requested_memory(const ResourceRequest& asked, const MemoryPolicy& defaults, std::uint64_t nodes,
                               std::uint64_t cpus) {
  const auto value = [](MebiBytes size) { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, size.value)); };
  if (asked.memory_per_node) return value(*asked.memory_per_node) * nodes;
  if (asked.memory_per_cpu) return value(*asked.memory_per_cpu) * cpus;
  if (asked.gres.memory_per_gpu) return value(*asked.gres.memory_per_gpu) * requested_gres(asked, nodes)["gres/gpu"];
  if (defaults.default_per_cpu) return value(*defaults.default_per_cpu) * cpus;
  if (defaults.default_per_node) return value(*defaults.default_per_node) * nodes;
  return 0;
}

std::vector<std::uint32_t> Priorities::by_partition(const Job& job) const {
  const auto& names = job.spec->placement.partitions;
  if (names.size() < 2 || job.hold != Hold::none || job.priority || job.is_expediting() || !policy_.multifactor)
    return {};
  std::vector<std::uint32_t> priorities;
  for (const std::string& name : names) priorities.push_back(in(job, name));
  return priorities;
}

std::uint32_t Priorities::of(const Job& job) const {
  if (job.state != JobState::pending && job.allocation) return in(job, job.allocation->partition);
  const std::vector<std::uint32_t> several = by_partition(job);
  if (!several.empty()) return *std::max_element(several.begin(), several.end());
  const auto& names = job.spec->placement.partitions;
  return in(job, names.empty() ? std::string() : names.front());
}

bool Priorities::shows(const Job& job) const {
  if (policy_.flags.calculate_running && job.runs()) return true;
  const Instant since = std::max(job.spec->times.begin.value_or(at_), job.times.eligible.value_or(at_));
  return job.state == JobState::pending && job.hold == Hold::none && job.dependencies.list.empty() && since <= at_;
}

void Priorities::keep_floors(const Priorities& before, const State& state) {
  if (!policy_.flags.increase_only || !policy_.multifactor) return;
  Floors floors;
  state.jobs().for_each([&](std::uint64_t, const Job& job) {
    if (job.state != JobState::pending || job.priority || job.hold != Hold::none) return;
    for (const std::string& name : job.spec->placement.partitions)
      floors[{job.id, name}] = std::max(before.in(job, name), in(job, name));
  });
  floors_ = std::make_shared<const Floors>(std::move(floors));
}

}  // namespace slurmxx
