// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a job's start and end do to the use of a node.
#pragma once

#include "base/check.h"
#include "core/model/gres_use.h"
#include "core/model/job.h"
#include "core/model/node.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {

inline void derive_gres(Node& node) {
  const bool known = node.registered.has_value();
  node.gres = gres_pools(node.gres_declared,
                         known ? std::span(std::as_const(node.registered->gres)) : std::span<const GresFound>());
}

inline void take_share(Node& node, const NodeShare& share, Instant at) {
  node.use.cpus += share.cpus;
  node.use.memory += share.memory;
  ++node.use.jobs;
  node.use.last_busy = at;
  node.use.cpu_taken.resize(node.declared.cpus);
  for (const std::uint32_t id : share.cpu_ids) node.use.cpu_taken[id] = true;
  add_gres(node.use.gres, share.gres);
}

// `ended`: the job was completing, not running.
inline void give_share_back(Node& node, const NodeShare& share, bool ended, Instant at) {
  NodeUse& use = node.use;
  SLURMXX_CHECK(use.cpus >= share.cpus && use.memory >= share.memory);
  SLURMXX_CHECK((ended ? use.completing_jobs : use.jobs) > 0);
  use.cpus -= share.cpus;
  use.memory -= share.memory;
  --(ended ? use.completing_jobs : use.jobs);
  use.last_busy = at;
  use.whole_node_job.reset();  // a whole-node job is alone there
  for (const std::uint32_t id : share.cpu_ids) use.cpu_taken[id] = false;
  subtract_gres(use.gres, share.gres);
}

}  // namespace slurmxx
