// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A step of a job: where it runs and what became of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/units.h"
#include "core/model/gres.h"
#include "core/model/usage.h"

namespace slurmxx {

struct ExitCode {
  std::uint32_t status = 0;
  std::uint32_t signal = 0;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "status", self.status);
    v(2, "signal", self.signal);
  }
  bool operator==(const ExitCode&) const = default;
};

// What a job holds on one node.
struct NodeShare {
  NodeIndex node;
  std::uint32_t cpus = 0;  // that it is charged for
  MebiBytes memory;
  std::vector<std::uint32_t> cpu_ids;  // abstract ids, 0..cpus of the node - 1, rising
  std::vector<GresShare> gres;         // in the order of the node's pools

  // Those that it runs on; with --core-spec it is charged for others too.
  std::uint32_t usable_cpus() const { return cpu_ids.empty() ? cpus : static_cast<std::uint32_t>(cpu_ids.size()); }

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "node", self.node);
    v(2, "cpus", self.cpus);
    v(3, "memory", self.memory);
    v(4, "cpu_ids", self.cpu_ids);
    v(5, "gres", self.gres);
  }
  bool operator==(const NodeShare&) const = default;
};

struct Step {
  StepId id;
  std::string name;
  std::uint32_t tasks = 0;
  std::vector<NodeShare> shares;
  Instant started;
  std::optional<Instant> ended;
  ExitCode exit;                      // the highest of its nodes
  std::vector<NodeIndex> unfinished;  // nodes whose tasks are not over
  bool overlap = false;               // other steps may have its CPUs too
  std::optional<StepUsage> usage;     // of the nodes that have told
  std::vector<NodeIndex> untold;      // nodes that had not told of their tasks when the step was over
  std::optional<Instant> limit_at;    // absent: that of the job
  std::string submit_line;            // of srun
  std::string layout;                 // how its tasks were dealt to nodes: "Block", "Cyclic"; empty: unknown
  std::string network;                // --network
  std::string resv_ports;             // of MpiParams=ports: "12000-12003"; the same on all of its nodes

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "name", self.name);
    v(3, "tasks", self.tasks);
    v(4, "shares", self.shares);
    v(5, "started", self.started);
    v(6, "ended", self.ended);
    v(7, "exit", self.exit);
    v(8, "unfinished", self.unfinished);
    v(9, "overlap", self.overlap);
    v(10, "usage", self.usage);
    v(11, "untold", self.untold);
    v(51, "submit_line", self.submit_line);
    v(60, "limit_at", self.limit_at);
    v(245, "layout", self.layout);
    v(272, "network", self.network);
    v(273, "resv_ports", self.resv_ports);
  }
  bool operator==(const Step&) const = default;
};

}  // namespace slurmxx
