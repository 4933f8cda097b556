// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The priority of a job: priority/multifactor as a sum of weighted factors, one row of a registry each, and
// priority/basic. Pure: the same facts at the same instant give the same terms, so what sprio shows is what the planner
// used. Every weighted term is a whole number, and the terms sum exactly to the priority (which is held between 1 and
// 4294967295). Ruled by priority_multifactor and slurm.conf(5), Priority*.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/units.h"
#include "core/config/settings.h"
#include "core/tres/tres.h"
#include "core/tres/tres_weights.h"

namespace slurmxx {

constexpr std::uint32_t highest_priority = UINT32_MAX - 2;  // --priority=TOP, as slurm-wlm shows it

enum class PriorityFactor : std::uint8_t {
  age = 0,
  association = 1,
  fair_share = 2,
  job_size = 3,
  partition = 4,
  qos = 5
};
inline constexpr std::size_t priority_factor_count = 6;

struct PriorityFlags {
  bool accrue_always = false;
  bool calculate_running = false;
  bool depth_oblivious = false;
  bool fair_tree = true;
  bool increase_only = false;
  bool max_tres = false;
  bool max_tres_gres = false;
  bool normal_association = true;
  bool normal_partition = true;
  bool normal_qos = true;
  bool normal_tres = true;
  bool small_relative_to_time = false;
};

// slurm.conf as the factors read it.
struct PriorityPolicy {
  bool multifactor = true;
  std::array<std::uint32_t, priority_factor_count> weights{};
  std::vector<TresWeight> tres_weights;
  PriorityFlags flags;
  bool favor_small = false;
  Seconds max_age{7 * 86400};
  JobId first_job{1};

  bool ages() const { return multifactor && weights[static_cast<std::size_t>(PriorityFactor::age)] > 0; }
};

// What is wrong with the settings is added to `problems`, a clause each; it counts as not written.
PriorityPolicy priority_policy(const PrioritySettings& settings, JobId first_job,
                               std::vector<std::string>* problems = nullptr);

// What the factors are measured against.
struct PriorityScale {
  std::uint32_t nodes = 0;  // of the cluster
  std::uint32_t cpus = 0;
  std::uint32_t partition_factor_max = 1;
  std::uint32_t qos_priority_max = 0;
  std::uint32_t association_priority_max = 0;
};

// A job in one partition.
struct PrioritySubject {
  JobId job;
  std::optional<Seconds> waited;  // since it was eligible; absent: its age does not count yet
  std::uint32_t nodes = 1;
  std::uint32_t cpus = 1;
  TimeLimit time_limit;
  std::uint32_t partition_factor = 1;
  std::uint32_t qos_priority = 0;
  std::uint32_t association_priority = 0;
  double fair_share = 0;
  const TresCounts* tres = nullptr;  // asked for, and what the partition has; null: no TRES counts
  const TresCounts* tres_of_partition = nullptr;
  std::int64_t site = 0;
  std::int64_t nice = 0;
};

// Factors travel and are shown in billionths.
inline constexpr std::int64_t billion = 1'000'000'000;

struct PriorityTerm {
  std::int64_t factor_billionths = 0;
  std::int64_t weighted = 0;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "factor_billionths", self.factor_billionths);
    v(2, "weighted", self.weighted);
  }
  bool operator==(const PriorityTerm&) const = default;
};

struct TresTerm {
  std::string name;
  PriorityTerm term;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "term", self.term);
  }
  bool operator==(const TresTerm&) const = default;
};

struct PriorityTerms {
  std::uint32_t priority = 0;
  std::vector<PriorityTerm> factors;  // by PriorityFactor; empty: the priority was set by hand
  std::vector<TresTerm> tres;
  std::int64_t site = 0;
  std::int64_t nice = 0;  // taken off

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "priority", self.priority);
    v(2, "factors", self.factors);
    v(3, "tres", self.tres);
    v(4, "site", self.site);
    v(5, "nice", self.nice);
  }
  bool operator==(const PriorityTerms&) const = default;
};

// The registry: a row a factor, in the order in which sprio shows them.
struct PriorityFactorRow {
  PriorityFactor factor;
  const char* heading;
  std::uint32_t PrioritySettings::*weight;
  double (*value)(const PriorityPolicy&, const PriorityScale&, const PrioritySubject&);
};
std::span<const PriorityFactorRow> priority_factors();

PriorityTerms priority_terms(const PriorityPolicy& policy, const PriorityScale& scale, const PrioritySubject& subject);
// The same number without the terms.
std::uint32_t priority_value(const PriorityPolicy& policy, const PriorityScale& scale, const PrioritySubject& subject);

}  // namespace slurmxx
