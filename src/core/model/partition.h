// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A partition as state keeps it: its name, its nodes and what may change without a new configuration. Every other key
// of slurm.conf stays in the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/units.h"

namespace slurmxx {

enum class PartitionState : std::uint8_t { up = 0, down = 1, drain = 2, inactive = 3 };

// A key of slurm.conf whose value scontrol has put over the file's.
struct PartitionSetting {
  std::string key;
  std::string value;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "key", self.key);
    v(2, "value", self.value);
  }
  bool operator==(const PartitionSetting&) const = default;
};

struct Partition {
  std::string name;
  std::vector<NodeIndex> nodes;  // rising
  PartitionState state = PartitionState::up;
  bool is_default = false;
  TimeLimit time_max;
  std::optional<TimeLimit> time_default;
  std::uint32_t nodes_min = 0;
  Limit<std::uint32_t> nodes_max;
  std::uint32_t priority_tier = 1;
  std::uint32_t priority_job_factor = 1;
  std::vector<std::string> allow_groups;    // empty: all
  std::vector<std::string> allow_accounts;  // empty: all
  bool root_only = false;
  bool hidden = false;
  bool exclusive = false;
  std::string nodes_asked;  // Nodes= as written: ALL and node sets take dynamic nodes in
  std::vector<PartitionSetting> settings;
  std::uint32_t jobs_per_core = 0;  // OverSubscribe=YES:n, FORCE:n; 0: NO or EXCLUSIVE
  bool sharing_forced = false;      // FORCE

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "nodes", self.nodes);
    v(3, "state", self.state);
    v(4, "is_default", self.is_default);
    v(5, "time_max", self.time_max);
    v(6, "time_default", self.time_default);
    v(7, "nodes_min", self.nodes_min);
    v(8, "nodes_max", self.nodes_max);
    v(9, "priority_tier", self.priority_tier);
    v(10, "priority_job_factor", self.priority_job_factor);
    v(11, "allow_groups", self.allow_groups);
    v(12, "allow_accounts", self.allow_accounts);
    v(13, "root_only", self.root_only);
    v(14, "hidden", self.hidden);
    v(15, "exclusive", self.exclusive);
    v(115, "nodes_asked", self.nodes_asked);
    v(116, "settings", self.settings);
    v(145, "jobs_per_core", self.jobs_per_core);
    v(146, "sharing_forced", self.sharing_forced);
  }
  bool operator==(const Partition&) const = default;
};

}  // namespace slurmxx
