// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/tres/share_tres.h"

#include "core/tres/gres_pools.h"

namespace slurmxx {

TresCounts share_tres(std::span<const NodeShare> shares) {
  std::uint64_t cpus = 0;
  std::int64_t memory = 0;
  TresCounts tres;
  for (const NodeShare& share : shares) {
    cpus += share.cpus;
    memory += share.memory.value;
    if (!share.gres.empty()) tres.add(gres_tres(std::span(share.gres)));
  }
  tres.set("cpu", cpus);
  tres.set("node", shares.size());
  if (memory > 0) tres.set("mem", static_cast<std::uint64_t>(memory));
  return tres;
}

}  // namespace slurmxx
