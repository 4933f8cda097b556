// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What readers get: rows of the published snapshot with what is derived from it (reason, priority, names). Commands and
// REST print these; nothing here is kept in state. All names are resolved, so that a command needs no other table.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/model/job.h"
#include "core/model/node.h"
#include "core/model/partition.h"
#include "core/model/reservation.h"
#include "core/model/trigger.h"

namespace slurmxx {

struct JobView {
  Job job;
  std::string reason;         // "None", "Resources", "JobHeldUser", ...
  std::string reason_detail;  // what would change it, need and have
  std::uint32_t priority = 0;
  std::string partition;  // of the allocation, else the ones asked for, by commas
  std::string nodes;      // hostlist; empty while pending
  std::string batch_host;
  std::optional<Instant> expected_start;
  std::string requested_tres;
  std::string allocated_tres;
  std::uint32_t node_count = 0;
  std::uint32_t cpu_count = 0;
  TimeLimit time_limit;
  MebiBytes default_memory_per_cpu;         // DefMemPerCPU in force where the job asks for none
  bool preparing = false;                   // it runs, and its user is to wait for a prolog
  std::string expected_nodes;               // hostlist, of a job that waits with room set aside
  std::optional<Instant> preemptible_from;  // absent: never
  bool shares_cores = false;                // as its partition has it (OverSubscribe=FORCE:2), or it asks to
  MebiBytes default_memory_per_node;        // DefMemPerNode, where that acts
  Sharing sharing = Sharing::unset;         // as it asks, else as its partition has it (ExclusiveUser and its like)

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "reason", self.reason);
    v(3, "reason_detail", self.reason_detail);
    v(4, "priority", self.priority);
    v(5, "partition", self.partition);
    v(6, "nodes", self.nodes);
    v(7, "batch_host", self.batch_host);
    v(8, "expected_start", self.expected_start);
    v(9, "requested_tres", self.requested_tres);
    v(10, "allocated_tres", self.allocated_tres);
    v(11, "node_count", self.node_count);
    v(12, "cpu_count", self.cpu_count);
    v(13, "time_limit", self.time_limit);
    v(14, "default_memory_per_cpu", self.default_memory_per_cpu);
    v(15, "preparing", self.preparing);
    v(16, "expected_nodes", self.expected_nodes);
    v(17, "preemptible_from", self.preemptible_from);
    v(147, "shares_cores", self.shares_cores);
    v(162, "default_memory_per_node", self.default_memory_per_node);
    v(163, "sharing", self.sharing);
  }
};

struct NodeView {
  Node node;
  NodeIndex index;
  std::string address;
  std::string host_name;
  std::uint32_t port = 0;
  std::string features;  // available
  std::string gres;
  std::vector<std::string> partitions;  // in slurm.conf order
  std::uint32_t load_hundredths = 0;    // load average x 100, from the last heartbeat
  std::optional<MebiBytes> free_memory;
  std::string tracked_gres;  // of AccountingStorageTRES, by commas; where the node has any
  // Kept for the system.
  std::uint32_t cores_special = 0;
  std::string cpus_special;  // "6-7"
  MebiBytes memory_special;
  std::uint32_t cpus_kept = 0;
  std::string mcs_label;  // of the jobs that hold it
  std::string topology;   // where slurm.conf or scontrol puts it on the network, as Topology= has it

  std::uint32_t cpus_effective() const { return node.declared.cpus - std::min(cpus_kept, node.declared.cpus); }

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "node", self.node);
    v(2, "index", self.index);
    v(3, "address", self.address);
    v(4, "host_name", self.host_name);
    v(5, "port", self.port);
    v(6, "features", self.features);
    v(7, "gres", self.gres);
    v(8, "partitions", self.partitions);
    v(9, "load_hundredths", self.load_hundredths);
    v(10, "free_memory", self.free_memory);
    v(11, "tracked_gres", self.tracked_gres);
    v(218, "cores_special", self.cores_special);
    v(219, "cpus_special", self.cpus_special);
    v(220, "memory_special", self.memory_special);
    v(221, "cpus_kept", self.cpus_kept);
    v(321, "mcs_label", self.mcs_label);
    v(322, "topology", self.topology);
  }
};

struct KeyValue {
  std::string key;
  std::string value;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "key", self.key);
    v(2, "value", self.value);
  }
  bool operator==(const KeyValue&) const = default;
};

struct PartitionView {
  Partition partition;
  std::string nodes;               // hostlist as slurm.conf has it
  std::vector<KeyValue> settings;  // every key of the partition as configured or defaulted

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "partition", self.partition);
    v(2, "nodes", self.nodes);
    v(3, "settings", self.settings);
  }
};

struct ReservationView {
  Reservation reservation;  // its times: those of the next or present occurrence
  std::string nodes;        // hostlist
  std::uint32_t node_count = 0;
  std::uint32_t core_count = 0;
  std::string tres;
  bool active = false;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reservation", self.reservation);
    v(2, "nodes", self.nodes);
    v(3, "node_count", self.node_count);
    v(4, "core_count", self.core_count);
    v(5, "tres", self.tres);
    v(6, "active", self.active);
  }
};

}  // namespace slurmxx
