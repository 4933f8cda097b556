// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Why a job waits, all of it: every gate that is shut, where the nodes are lost on the way to it, who is in its way and
// what the last pass set aside for it. Reads a picture of the cluster and starts nothing. `scontrol explain` prints it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/schedule/plan.h"

namespace slurmxx {

struct Gate {          // that is shut
  std::string reason;  // as squeue's %r names it
  std::string detail;  // one clause; may be empty
  std::string what;    // that was short: needs so many, has so many; empty: nothing
  std::int64_t need = 0;
  std::int64_t have = 0;

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "reason", self.reason);
    v(2, "detail", self.detail);
    v(3, "what", self.what);
    v(4, "need", self.need);
    v(5, "have", self.have);
  }
};

// Where the cluster's nodes are lost for a job, in this order; what is left is free. The sum is all nodes.
struct NodeFunnel {
  std::uint32_t elsewhere = 0;    // not in the partition
  std::uint32_t unavailable = 0;  // down, drained or not there yet
  std::uint32_t unsuitable = 0;   // without its features, its kind of processors, or excluded
  std::uint32_t too_small = 0;    // for even one of its tasks, were they empty
  std::uint32_t busy = 0;         // too much is taken
  std::uint32_t free = 0;

  std::uint32_t sum() const { return elsewhere + unavailable + unsuitable + too_small + busy + free; }
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "elsewhere", self.elsewhere);
    v(2, "unavailable", self.unavailable);
    v(3, "unsuitable", self.unsuitable);
    v(4, "too_small", self.too_small);
    v(5, "busy", self.busy);
    v(6, "free", self.free);
  }
};

struct PartitionExplained {
  std::string name;
  std::vector<Gate> gates;
  NodeFunnel nodes;
  std::uint32_t nodes_needed = 1;   // at least
  std::string unavailable;          // hostlist of those of the partition
  std::vector<JobId> in_the_way;    // they run where it could; those that end first come first, at most ten
  std::uint32_t ahead = 0;          // jobs that are free to start and come before it
  JobId first_ahead;                // of those
  std::uint32_t limit_minutes = 0;  // with no more it could start before others need what is free; 0: no such limit
  std::vector<JobId> preempted;     // they would make room for it
  std::vector<JobId> told_to_go;    // they were preempted, and their time of grace is not over

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "gates", self.gates);
    v(3, "nodes", self.nodes);
    v(4, "nodes_needed", self.nodes_needed);
    v(5, "unavailable", self.unavailable);
    v(6, "in_the_way", self.in_the_way);
    v(7, "ahead", self.ahead);
    v(8, "first_ahead", self.first_ahead);
    v(9, "limit_minutes", self.limit_minutes);
    v(10, "preempted", self.preempted);
    v(90, "told_to_go", self.told_to_go);
  }
};

struct Explanation {
  JobId job;
  std::vector<Gate> gates;  // whatever the partition
  std::vector<PartitionExplained> partitions;
  std::string shown;  // what squeue shows, as of the last pass; empty: none has looked at it
  std::optional<Instant> expected_start;
  std::string expected_nodes;
  std::string name;               // "12_3": as users call the job
  std::optional<Instant> latest;  // its deadline lets it begin no later, which is before it is expected to

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "job", self.job);
    v(2, "gates", self.gates);
    v(3, "partitions", self.partitions);
    v(4, "shown", self.shown);
    v(5, "expected_start", self.expected_start);
    v(6, "expected_nodes", self.expected_nodes);
    v(21, "name", self.name);
    v(22, "latest", self.latest);
  }
};

struct LastPass {
  std::function<const Wait*(JobId)> find;                                   // null: it did not look at the job
  Instant now;                                                              // not of that pass, but of the question
  std::function<bool(const Job&)> shows = [](const Job&) { return true; };  // others are counted, and not named
};

// Of view.pending[place]. A job that nothing holds has no gate: it starts with the next pass.
Explanation explain(const ClusterView& view, const Policies& policies, std::size_t place, const LastPass& last);

}  // namespace slurmxx
