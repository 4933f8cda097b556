// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a job may run, and beside whom: sbatch(1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"

namespace slurmxx {

enum class Sharing : std::uint8_t {
  unset = 0,
  exclusive = 1,
  exclusive_user = 2,
  exclusive_mcs = 3,
  oversubscribe = 4,
  exclusive_topo = 5
};

// Limits of a partition that the job's QOS puts aside.
struct PartitionExemption {
  bool nodes_max = false;  // PartitionMaxNodes
  bool nodes_min = false;  // PartitionMinNodes
  bool time = false;       // PartitionTimeLimit

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "nodes_max", self.nodes_max);
    v(2, "nodes_min", self.nodes_min);
    v(3, "time", self.time);
  }
  bool operator==(const PartitionExemption&) const = default;
};

struct BootRequest {
  std::optional<Minutes> delay;  // no node is booted for its features before it has waited so long
  bool first = false;            // its nodes are booted whatever they have (--reboot)
  bool operator==(const BootRequest&) const = default;
};

struct PlacementRequest {
  std::vector<std::string> partitions;  // in the order given; the first that can run the job wins
  std::string nodes_required;           // hostlist, -w
  std::string nodes_excluded;           // hostlist, -x
  std::string features;                 // -C
  std::string prefer;
  Sharing sharing = Sharing::unset;
  bool contiguous = false;
  std::string distribution;
  std::string batch_features;            // --batch
  std::uint32_t switches = 0;            // leaf switches at most; 0: no limit
  std::optional<Seconds> switches_wait;  // for so long; absent: as long as slurm.conf has it
  std::uint32_t segment = 0;             // nodes of a block that belong together; 0: not asked for
  bool spread_segments = false;          // each in a block of its own
  bool spread = false;                   // --spread-job
  bool use_min_nodes = false;
  std::optional<std::uint32_t> core_spec;    // per node
  std::optional<std::uint32_t> thread_spec;  // per node
  BootRequest boot;
  PartitionExemption exempt;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "partitions", self.partitions);
    v(2, "nodes_required", self.nodes_required);
    v(3, "nodes_excluded", self.nodes_excluded);
    v(4, "features", self.features);
    v(5, "prefer", self.prefer);
    v(6, "sharing", self.sharing);
    v(7, "contiguous", self.contiguous);
    v(8, "distribution", self.distribution);
    v(20, "batch_features", self.batch_features);
    v(21, "switches", self.switches);
    v(22, "switches_wait", self.switches_wait);
    v(23, "segment", self.segment);
    v(24, "spread", self.spread);
    v(25, "use_min_nodes", self.use_min_nodes);
    v(26, "core_spec", self.core_spec);
    v(27, "thread_spec", self.thread_spec);
    v(28, "delay_boot", self.boot.delay);
    v(260, "reboot", self.boot.first);
    v(261, "spread_segments", self.spread_segments);
    v(158, "exempt", self.exempt);
  }
  bool operator==(const PlacementRequest&) const = default;
};

}  // namespace slurmxx
