// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The records of slurm.conf that repeat: nodes, partitions, node sets and DownNodes, one struct per named thing after
// DEFAULT records, ranges and derivations are applied. Plain data; the reader is nodes.cpp and partitions.cpp.
// Ruled by the manual page slurm.conf(5), sections NODE, DOWN NODE, NODESET and PARTITION CONFIGURATION.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/units.h"
#include "core/model/partition.h"

namespace slurmxx {

// What State= of a NodeName or DownNodes record may say. unknown: learnt when slurmd registers.
enum class NodeStartState : std::uint8_t { unknown, down, drain, fail, failing, future, cloud, external };

// Counts are per node and at least 1. sockets is the total over all boards.
struct NodeHardware {
  std::uint32_t cpus = 1;
  std::uint32_t boards = 1;
  std::uint32_t sockets = 1;
  std::uint32_t cores_per_socket = 1;
  std::uint32_t threads_per_core = 1;
  MebiBytes real_memory{1};
  MebiBytes tmp_disk{0};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cpus", self.cpus);
    v(2, "boards", self.boards);
    v(3, "sockets", self.sockets);
    v(4, "cores_per_socket", self.cores_per_socket);
    v(5, "threads_per_core", self.threads_per_core);
    v(6, "real_memory", self.real_memory);
    v(7, "tmp_disk", self.tmp_disk);
  }
  bool operator==(const NodeHardware&) const = default;
};

// What the system keeps for itself.
struct NodeSpecialization {
  std::uint32_t core_spec_count = 0;
  std::string cpu_spec_list;  // as written, empty: none
  MebiBytes mem_spec_limit{0};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "core_spec_count", self.core_spec_count);
    v(2, "cpu_spec_list", self.cpu_spec_list);
    v(3, "mem_spec_limit", self.mem_spec_limit);
  }
  bool operator==(const NodeSpecialization&) const = default;
};

struct NodeConfig {
  std::string name;
  std::string hostname;  // NodeHostname; the name when not given
  std::string address;   // NodeAddr; the hostname when not given
  std::string bcast_address;
  std::uint16_t port = 6818;
  NodeHardware hardware;
  NodeSpecialization specialization;
  std::uint32_t weight = 1;
  std::vector<std::string> features;
  std::string gres;  // as written: "gpu:a100:8,shard:4"; empty: none
  NodeStartState state = NodeStartState::unknown;
  std::string reason;
  std::string cpu_bind;
  std::string extra;
  std::string topology;
  std::string rest_url;
  bool dynamic = false;  // of scontrol create node or slurmd -Z, and not of slurm.conf
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "hostname", self.hostname);
    v(3, "address", self.address);
    v(4, "bcast_address", self.bcast_address);
    v(5, "port", self.port);
    v(6, "hardware", self.hardware);
    v(7, "specialization", self.specialization);
    v(8, "weight", self.weight);
    v(9, "features", self.features);
    v(10, "gres", self.gres);
    v(11, "state", self.state);
    v(12, "reason", self.reason);
    v(13, "cpu_bind", self.cpu_bind);
    v(14, "extra", self.extra);
    v(15, "topology", self.topology);
    v(16, "rest_url", self.rest_url);
    v(20, "dynamic", self.dynamic);
  }
  bool operator==(const NodeConfig&) const = default;
};

struct NodeSetConfig {
  std::string name;
  std::vector<NodeIndex> nodes;  // ascending; Nodes= united with the nodes that have the feature
  std::string feature = {};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "nodes", self.nodes);
    v(102, "feature", self.feature);
  }
  bool operator==(const NodeSetConfig&) const = default;
};

struct DownNodesConfig {
  std::vector<NodeIndex> nodes;  // ascending
  NodeStartState state = NodeStartState::down;
  std::string reason;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "nodes", self.nodes);
    v(2, "state", self.state);
    v(3, "reason", self.reason);
  }
  bool operator==(const DownNodesConfig&) const = default;
};

enum class OverSubscribe : std::uint8_t { no, exclusive, force, yes };
enum class PartitionExclusive : std::uint8_t { no, user, topology };

// Who may use a partition. An empty list of allowed ones means ALL.
struct PartitionAccess {
  std::vector<std::string> alloc_nodes;
  std::vector<std::string> allow_accounts;
  std::vector<std::string> allow_groups;
  std::vector<std::string> allow_qos;
  std::vector<std::string> deny_accounts;
  std::vector<std::string> deny_qos;
  bool disable_root_jobs = false;
  bool root_only = false;
  bool hidden = false;
  bool requires_reservation = false;
  std::string qos;        // empty: none
  std::string alternate;  // partition for jobs while this one drains; empty: none
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "alloc_nodes", self.alloc_nodes);
    v(2, "allow_accounts", self.allow_accounts);
    v(3, "allow_groups", self.allow_groups);
    v(4, "allow_qos", self.allow_qos);
    v(5, "deny_accounts", self.deny_accounts);
    v(6, "deny_qos", self.deny_qos);
    v(7, "disable_root_jobs", self.disable_root_jobs);
    v(8, "root_only", self.root_only);
    v(9, "hidden", self.hidden);
    v(10, "requires_reservation", self.requires_reservation);
    v(11, "qos", self.qos);
    v(12, "alternate", self.alternate);
  }
  bool operator==(const PartitionAccess&) const = default;
};

// Memory a job gets or may ask for, per CPU or per node. At most one default and one maximum is set in a record.
struct MemoryPolicy {
  std::optional<MebiBytes> default_per_cpu;
  std::optional<MebiBytes> default_per_node;
  std::optional<MebiBytes> default_per_gpu;
  std::optional<MebiBytes> max_per_cpu;
  std::optional<MebiBytes> max_per_node;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "default_per_cpu", self.default_per_cpu);
    v(2, "default_per_node", self.default_per_node);
    v(3, "default_per_gpu", self.default_per_gpu);
    v(4, "max_per_cpu", self.max_per_cpu);
    v(5, "max_per_node", self.max_per_node);
  }
  bool operator==(const MemoryPolicy&) const = default;
};

struct PartitionLimits {
  TimeLimit time_max = TimeLimit::none();
  std::optional<TimeLimit> time_default;     // absent: time_max
  std::optional<TimeLimit> over_time_limit;  // absent: the cluster's
  Limit<std::uint32_t> nodes_max = Limit<std::uint32_t>::none();
  std::uint32_t nodes_min = 0;
  Limit<std::uint32_t> cpus_per_node_max = Limit<std::uint32_t>::none();
  Limit<std::uint32_t> cpus_per_socket_max = Limit<std::uint32_t>::none();
  MemoryPolicy memory;
  std::optional<std::uint32_t> default_cpus_per_gpu;
  Seconds grace_time{0};
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "time_max", self.time_max);
    v(2, "time_default", self.time_default);
    v(3, "over_time_limit", self.over_time_limit);
    v(4, "nodes_max", self.nodes_max);
    v(5, "nodes_min", self.nodes_min);
    v(6, "cpus_per_node_max", self.cpus_per_node_max);
    v(7, "cpus_per_socket_max", self.cpus_per_socket_max);
    v(8, "memory", self.memory);
    v(9, "default_cpus_per_gpu", self.default_cpus_per_gpu);
    v(10, "grace_time", self.grace_time);
  }
  bool operator==(const PartitionLimits&) const = default;
};

// How a partition's nodes are shared and ordered.
struct PartitionPolicy {
  std::uint32_t priority_job_factor = 1;
  std::uint32_t priority_tier = 1;
  OverSubscribe over_subscribe = OverSubscribe::no;
  std::uint32_t jobs_per_resource_max = 1;  // 4 for OverSubscribe=FORCE (its default count) or YES
  PartitionExclusive exclusive = PartitionExclusive::no;
  bool least_loaded_nodes = false;
  std::string preempt_mode;            // as written in capitals; empty: the cluster's
  std::string select_type_parameters;  // CR_Core ...; empty: the cluster's
  std::string cpu_bind;
  std::string job_defaults;
  std::string tres_billing_weights;
  std::string topology;
  bool power_down_on_idle = false;
  std::optional<Seconds> resume_timeout;
  std::optional<Seconds> suspend_timeout;
  std::optional<Limit<Seconds>> suspend_time;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "priority_job_factor", self.priority_job_factor);
    v(2, "priority_tier", self.priority_tier);
    v(3, "over_subscribe", self.over_subscribe);
    v(4, "jobs_per_resource_max", self.jobs_per_resource_max);
    v(5, "exclusive", self.exclusive);
    v(6, "least_loaded_nodes", self.least_loaded_nodes);
    v(7, "preempt_mode", self.preempt_mode);
    v(8, "select_type_parameters", self.select_type_parameters);
    v(9, "cpu_bind", self.cpu_bind);
    v(10, "job_defaults", self.job_defaults);
    v(11, "tres_billing_weights", self.tres_billing_weights);
    v(12, "topology", self.topology);
    v(13, "power_down_on_idle", self.power_down_on_idle);
    v(14, "resume_timeout", self.resume_timeout);
    v(15, "suspend_timeout", self.suspend_timeout);
    v(16, "suspend_time", self.suspend_time);
  }
  bool operator==(const PartitionPolicy&) const = default;
};

struct PartitionConfig {
  std::string name;
  std::string nodes_text;        // Nodes= as `scontrol show partition` prints it: "n[1-4]"; empty: no nodes
  std::vector<NodeIndex> nodes;  // ascending, ALL and node sets resolved
  bool is_default = false;
  PartitionState state = PartitionState::up;
  PartitionAccess access;
  PartitionLimits limits;
  PartitionPolicy policy;
  std::string nodes_asked;  // Nodes= as written
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "nodes_text", self.nodes_text);
    v(3, "nodes", self.nodes);
    v(4, "is_default", self.is_default);
    v(5, "state", self.state);
    v(6, "access", self.access);
    v(7, "limits", self.limits);
    v(8, "policy", self.policy);
    v(108, "nodes_asked", self.nodes_asked);
  }
  bool operator==(const PartitionConfig&) const = default;
};

}  // namespace slurmxx
