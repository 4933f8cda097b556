// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The priorities of jobs as one picture of the cluster gives them. Never in the log: they follow from state,
// configuration and the instant of the last pass, so that the planner, squeue and sprio always name the same number.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/standings.h"
#include "core/config/cluster_config.h"
#include "core/priority/priority.h"
#include "state/state.h"

namespace slurmxx {

// In MiB, of a request for so many nodes and CPUs; 0: all of the nodes' memory.
std::uint64_t requested_memory(const ResourceRequest& asked, const MemoryPolicy& defaults, std::uint64_t nodes,
                               std::uint64_t cpus);

class Priorities {
 public:
  // INCR_ONLY: the highest that a job has had in a partition.
  using Floors = std::map<std::pair<JobId, std::string>, std::uint32_t>;

  // As of `at`: ages count up to it. Without standings nobody has fairshare, QOS or association.
  Priorities(const State& state, const ClusterConfig& config, Instant at,
             std::shared_ptr<const Standings> standings = nullptr);

  // Of a job in its partition, or in the best of those it asks for. 0: it is held.
  std::uint32_t of(const Job& job) const;
  std::uint32_t in(const Job& job, const std::string& partition) const;
  // Beside the partitions asked for; empty where they do not differ.
  std::vector<std::uint32_t> by_partition(const Job& job) const;
  PriorityTerms terms(const Job& job, const std::string& partition) const;

  const PriorityPolicy& policy() const { return policy_; }
  const std::shared_ptr<const Standings>& standings() const { return standings_; }
  Instant at() const { return at_; }
  std::optional<Seconds> waited(const Job& job) const;
  bool shows(const Job& job) const;  // in sprio: what may start and waits; with CALCULATE_RUNNING also what runs

  // Keeps what the jobs had before this picture, if PriorityFlags=INCR_ONLY.
  void keep_floors(const Priorities& before, const State& state);

 private:
  struct PartitionFacts {
    std::uint32_t factor = 1;
    MemoryPolicy memory;
    TresCounts tres;  // where TRES have weights
  };
  PrioritySubject subject_of(const Job& job, const std::string& partition, const PartitionFacts& facts) const;
  void add_standing(const Job& job, const std::string& partition, PrioritySubject& subject) const;
  TresCounts asked_tres(const Job& job, const PrioritySubject& subject, const PartitionFacts& partition) const;
  const PartitionFacts& facts_of(const std::string& partition) const;

  PriorityPolicy policy_;
  PriorityScale scale_;
  Instant at_;
  MemoryPolicy memory_;
  std::map<std::string, PartitionFacts> partitions_;
  PartitionFacts unknown_;
  std::shared_ptr<const Floors> floors_;
  std::shared_ptr<const Standings> standings_;
};

}  // namespace slurmxx
