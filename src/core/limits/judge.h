// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether limits let a job be submitted, or start now. Order (resource_limits): QOS of the partition, QOS of the job
// (the other way round with OverPartQOS), the user's association, then the accounts above; where a limit is set first,
// it holds, but Grp limits of associations hold at every level.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/fairshare/ledger.h"
#include "core/limits/directory.h"
#include "core/limits/usage.h"

namespace slurmxx {

// What a job asks for in one partition, and who stands behind it.
struct LimitRequest {
  std::vector<const Association*> chain;  // Directory::chain; empty: no association
  const Qos* qos = nullptr;
  const Qos* partition_qos = nullptr;
  std::string user;
  std::string account;
  TresCounts tres;
  TresCounts per_node;                   // the most on any node, or its average until there are nodes
  std::optional<std::uint64_t> minutes;  // time limit; absent: none
  std::uint64_t tasks = 1;
  bool safe = false;  // AccountingStorageEnforce=safe: it starts only if limits of used minutes let it run to its end
};

struct LimitFound {
  std::string reason;  // "QOSMaxCpuPerUserLimit"
  std::string what;    // the limit's name, for a person
  std::uint64_t need = 0;
  std::uint64_t have = 0;
  std::string tres = {};    // that it is about; empty: none
  std::string detail = {};  // of start_obstacles(): "account physics has 8 of 10 cpu in use"
};

// Everyone whose limits count for it.
std::vector<Holder> holders_of(const LimitRequest& request);

class LimitLookup {
 public:
  virtual ~LimitLookup() = default;
  virtual Tally of(const Holder& holder) const = 0;
  // Over time, with what runs.
  virtual UsageAmount used(const Holder&) const { return {}; }
};

// Whether `tasks` more jobs of this kind may grow older now; the rest wait without their age counting.
bool may_accrue(const LimitRequest& request, const LimitLookup& usage);
bool limits_accrual(const LimitRequest& request);  // whether any of its limits is about that

// MaxTRESPerNode, once it is known what `per_node` is to be.
std::optional<LimitFound> node_obstacle(const LimitRequest& request);
bool limits_nodes(const LimitRequest& request);
TresCounts node_limits(const LimitRequest& request);  // what a job may have of each node

// What its use is charged by, in millionths, where that must not exceed limits: with UsageFactorSafe, else 1.
std::uint64_t safe_factor(const Qos* qos);

// Priority below which its job is set no room aside: the highest MinPrioThreshold of the QOS and of the associations.
std::uint64_t priority_threshold(const LimitRequest& request);

// MaxWall in force, in minutes.
std::optional<std::uint64_t> wall_limit(const LimitRequest& request);

std::vector<LimitFound> start_obstacles(const LimitRequest& request, const LimitLookup& usage, Instant now);
std::optional<LimitFound> start_obstacle(const LimitRequest& request, const LimitLookup& usage, Instant now);
// What a job that runs has come to use up: limits of used minutes, which end it.
std::optional<LimitFound> used_up(const LimitRequest& request, const LimitLookup& usage);
// Submit limits; and with a QOS that has DenyOnLimit, all that could never start alone: `alone` is what other
// components of its job would have then.
std::optional<LimitFound> submit_obstacle(const LimitRequest& request, const LimitLookup& usage,
                                          const LimitLookup& alone);

}  // namespace slurmxx
