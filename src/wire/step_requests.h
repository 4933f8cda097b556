// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What srun, sbcast and sattach ask slurmctld for, and what they get: the place and the secret of a step. Alternatives
// of ClientRequest and ClientReply (wire/client_messages.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wire/step_messages.h"

namespace slurmxx {

// What a step insists on, within its job.
struct StepTerms {
  std::uint32_t relative = 0;  // the allocation's first nodes that are left out
  bool immediate = false;      // refused when it would have to wait
  bool overcommit = false;
  bool exact = false;  // only the CPUs that its tasks need
  std::optional<MebiBytes> memory_per_cpu;
  std::optional<Minutes> time_limit;
  std::string network;
  std::optional<std::uint32_t> resv_ports;  // absent: as many as is usual
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "relative", self.relative);
    v(2, "immediate", self.immediate);
    v(3, "overcommit", self.overcommit);
    v(4, "exact", self.exact);
    v(5, "memory_per_cpu", self.memory_per_cpu);
    v(6, "time_limit", self.time_limit);
    v(274, "network", self.network);
    v(275, "resv_ports", self.resv_ports);
  }
};

// srun: a step in an allocation that runs. Absent values: what the allocation has.
struct StepRequest {
  JobId job;
  std::string name;
  std::optional<std::uint32_t> tasks;
  std::optional<std::uint32_t> nodes;
  std::optional<std::uint32_t> tasks_per_node;
  std::optional<std::uint32_t> cpus_per_task;
  std::string nodes_required;  // hostlist
  std::string nodes_excluded;
  bool overlap = false;
  bool interactive = false;
  std::optional<MebiBytes> memory_per_node;
  StepCommand command;
  std::optional<std::uint32_t> nodes_max;  // absent: as many as `nodes`
  BindRequest bind;                        // how tasks are dealt to nodes and CPUs
  std::optional<std::uint32_t> tasks_per_socket;
  std::optional<std::uint32_t> tasks_per_core;
  std::vector<std::string> hosts;  // arbitrary distribution: the node of task 0, 1, ...
  StepTerms terms;
  GresOptions gres;  // nothing asked for: all that the job has; per_node may be "none"
  std::string submit_line;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "name", self.name);
    v(3, "tasks", self.tasks);
    v(4, "nodes", self.nodes);
    v(5, "tasks_per_node", self.tasks_per_node);
    v(6, "cpus_per_task", self.cpus_per_task);
    v(7, "nodes_required", self.nodes_required);
    v(8, "nodes_excluded", self.nodes_excluded);
    v(10, "overlap", self.overlap);  // 9 was used before the first release
    v(11, "interactive", self.interactive);
    v(12, "memory_per_node", self.memory_per_node);
    v(13, "command", self.command);
    v(14, "nodes_max", self.nodes_max);
    v(15, "terms", self.terms);
    v(20, "bind", self.bind);
    v(21, "tasks_per_socket", self.tasks_per_socket);
    v(22, "tasks_per_core", self.tasks_per_core);
    v(25, "hosts", self.hosts);
    v(26, "gres", self.gres);
    v(66, "submit_line", self.submit_line);
  }
};

// srun --het-group, or with ':': one application over components of a heterogeneous job. A step of one number in each,
// all or none; tasks are numbered on from component to component. Answered by one StepReply.
inline constexpr std::size_t step_components_max = 128;
struct HetStepRequest {
  std::vector<StepRequest> components;  // in the order of their tasks
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "components", self.components);
  }
};

// sbcast: a receiver of files on every node of the job, or of one of its steps. Answered by a StepReply; nothing of it
// is in the log.
struct BroadcastRequest {
  JobId job;
  std::optional<StepId> step;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "step", self.step);
  }
};

// sattach: a step's streams. Answered by a StepReply with the step's nodes; the layout is theirs to tell (StepFacts).
struct AttachRequest {
  JobId job;
  StepId step;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "step", self.step);
  }
};

struct NodeAddress {
  std::string name;
  std::string address;
  std::uint32_t port = 0;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "address", self.address);
    v(3, "port", self.port);
  }
};

struct StepReply {
  StepKey key;
  StepLayout layout;
  std::vector<NodeAddress> addresses;  // in the layout's order
  std::string secret;
  std::uint32_t cpus_per_task = 1;
  std::string reader;         // to AttachRequest: as AttachStep::reader
  std::vector<StepKey> keys;  // to HetStepRequest: of each node; else all have `key`
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "key", self.key);
    v(2, "layout", self.layout);
    v(3, "addresses", self.addresses);
    v(4, "secret", self.secret);
    v(5, "cpus_per_task", self.cpus_per_task);
    v(6, "reader", self.reader);
    v(7, "keys", self.keys);
  }
};

}  // namespace slurmxx
