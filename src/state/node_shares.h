// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What the start, the suspension and the end of a job do to the use of a node.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/check.h"
#include "core/model/gres_use.h"
#include "core/model/job.h"
#include "core/model/node.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {

inline void derive_gres(Node& node) {
  const bool known = node.registered.has_value();
  node.gres = gres_pools(node.overrides.gres.value_or(node.gres_declared),
                         known ? std::span(std::as_const(node.registered->gres)) : std::span<const GresFound>());
}

// Whether who has that CPU shares it: how many of a partition may is the planner's to say.
inline bool is_lent(const NodeUse& use, std::uint32_t id) {
  return std::binary_search(use.cpus_lent.begin(), use.cpus_lent.end(), id);
}

// Why the node cannot give that share out.
inline std::optional<std::string> share_obstacle(const Node& node, const NodeShare& share,
                                                 const Allocation& allocation) {
  const NodeUse& use = node.use;
  const std::uint32_t sharing = allocation.jobs_per_core;
  if (use.whole_node_job || (allocation.whole_nodes && use.jobs + use.completing_jobs > 0) ||
      share.cpus > node.declared.cpus || (sharing <= 1 && use.cpus + share.cpus > node.declared.cpus) ||
      use.memory + share.memory > node.declared.memory)
    return "does not fit on " + node.name;
  const auto is_free = [&](std::uint32_t id) {
    return id >= use.cpu_taken.size() || !use.cpu_taken[id] || (sharing > 1 && is_lent(use, id));
  };
  for (const std::uint32_t id : share.cpu_ids)
    if (id >= node.declared.cpus || !is_free(id))
      return fmt::format("wants CPU {} of {}, which is taken or not there", id, node.name);
  if (!gres_are_free(node.gres, use.gres, share.gres))
    return fmt::format("wants generic resources of {} that are taken or not there", node.name);
  return std::nullopt;
}

// A CPU that is in use already (by who has got it while this job was suspended, or by others that share it) counts
// once. It is lent from the first job that shares it to the last that has it.
inline void take_cpus(Node& node, const NodeShare& share, bool shares) {
  NodeUse& use = node.use;
  use.cpus += share.cpus;
  use.cpu_taken.resize(node.declared.cpus);
  for (const std::uint32_t id : share.cpu_ids) {
    const auto lent = std::lower_bound(use.cpus_lent.begin(), use.cpus_lent.end(), id);
    const bool is_lent = lent != use.cpus_lent.end() && *lent == id;
    if (shares && !is_lent) use.cpus_lent.insert(lent, id);
    if (use.cpu_taken[id]) {
      use.cpus_shared.push_back(id);
      --use.cpus;
    }
    use.cpu_taken[id] = true;
  }
}

inline void give_cpus_back(Node& node, JobId job, const NodeShare& share) {
  NodeUse& use = node.use;
  std::uint32_t still_used = 0;
  for (const std::uint32_t id : share.cpu_ids) {
    const auto other = std::find(use.cpus_shared.begin(), use.cpus_shared.end(), id);
    if (other != use.cpus_shared.end()) {
      use.cpus_shared.erase(other);
      ++still_used;
    } else {
      use.cpu_taken[id] = false;
      std::erase(use.cpus_lent, id);
    }
  }
  SLURMXX_CHECK(use.cpus >= share.cpus - still_used);
  use.cpus -= share.cpus - still_used;
  if (use.whole_node_job == job) use.whole_node_job.reset();
}

inline void take_share(Node& node, const NodeShare& share, Instant at, bool shares) {
  take_cpus(node, share, shares);
  node.use.memory += share.memory;
  ++node.use.jobs;
  node.use.last_busy = at;
  add_gres(node.use.gres, share.gres);
}

// Of a job that leaves the node, in whatever state.
inline void give_share_back(Node& node, const NodeShare& share, const Job& job, Instant at) {
  NodeUse& use = node.use;
  std::uint32_t& count = job.state == JobState::suspended ? use.suspended_jobs
                         : job.runs()                     ? use.jobs
                                                          : use.completing_jobs;
  SLURMXX_CHECK(use.memory >= share.memory && count > 0);
  use.memory -= share.memory;
  --count;
  use.last_busy = at;
  subtract_gres(use.gres, share.gres);
  if (!job.without_cpus()) give_cpus_back(node, job.id, share);
}

inline void suspend_share(Node& node, const Job& job, const NodeShare& share, bool keeps_cpus) {
  SLURMXX_CHECK(node.use.jobs > 0);
  if (!keeps_cpus) give_cpus_back(node, job.id, share);
  --node.use.jobs;
  ++node.use.suspended_jobs;
}

inline void resume_share(Node& node, const Job& job, const NodeShare& share, Instant at) {
  SLURMXX_CHECK(node.use.suspended_jobs > 0);
  if (job.without_cpus()) take_cpus(node, share, job.allocation->jobs_per_core > 1);
  --node.use.suspended_jobs;
  ++node.use.jobs;
  node.use.last_busy = at;
}

}  // namespace slurmxx
