// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which cores of a node are the system's: those of CoreSpecCount in slurm.conf, and those that a job leaves to it with
// --core-spec or --thread-spec. The last cores go first, of one socket after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace slurmxx {

struct NodeShape;

// What a job leaves to the system on each of its nodes, in place of what slurm.conf has it leave.
struct SpecialNeed {
  std::optional<std::uint32_t> cores;
  std::optional<std::uint32_t> threads;
  bool first = false;  // SchedulerParameters=spec_cores_first: the first cores instead

  bool asked() const { return cores || threads; }
};

// Numbers of cores in the order in which they are left.
std::vector<std::uint32_t> special_core_order(std::uint32_t sockets, std::uint32_t cores_per_socket, bool first);

// The CPUs that such a job has of a node whose `system` CPUs (rising) other jobs do not get; rising. Of less than the
// system has it keeps the system's first.
std::vector<std::uint32_t> cpus_but_special(const NodeShape& shape, const std::vector<std::uint32_t>& system,
                                            const SpecialNeed& need);

}  // namespace slurmxx
