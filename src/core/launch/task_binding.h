// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which CPUs and memory each task of a step is bound to on one node: srun(1), --cpu-bind, --mem-bind, --hint. Pure:
// from the node's shape, the CPUs that the step has there and what was asked for. CPUs are counted socket by socket,
// core by core, thread by thread, except in map_cpu and mask_cpu, which name them as the operating system does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/launch/bind_options.h"
#include "core/launch/distribution.h"

namespace slurmxx {

struct NodeTopology {
  std::uint32_t sockets = 1;
  std::uint32_t cores_per_socket = 1;
  std::uint32_t threads_per_core = 1;
  // The operating system's number of CPU 0, 1, ... as counted here; empty: the same numbers.
  std::vector<std::uint32_t> system_ids;

  std::uint32_t cpus() const { return sockets * cores_per_socket * threads_per_core; }

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "sockets", self.sockets);
    v(2, "cores_per_socket", self.cores_per_socket);
    v(3, "threads_per_core", self.threads_per_core);
    v(4, "system_ids", self.system_ids);
  }
};

struct BindRequest {
  std::string cpu_bind;      // as given; empty: automatic
  std::string mem_bind;      // as given; empty: unset
  std::string hint;          // --hint
  std::string distribution;  // --distribution; its second level counts here
  std::string default_bind;  // TaskPluginParam=autobind=: "threads", "cores", "sockets"; empty: none
  std::uint32_t cpus_per_task = 1;
  std::optional<std::uint32_t> threads_per_core;  // use no more of each core
  bool per_core = false;                          // --ntasks-per-core was given
  bool per_socket = false;                        // --ntasks-per-socket was given

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cpu_bind", self.cpu_bind);
    v(2, "mem_bind", self.mem_bind);
    v(3, "hint", self.hint);
    v(4, "distribution", self.distribution);
    v(5, "default_bind", self.default_bind);
    v(6, "cpus_per_task", self.cpus_per_task);
    v(7, "threads_per_core", self.threads_per_core);
    v(8, "per_core", self.per_core);
    v(9, "per_socket", self.per_socket);
  }
  bool operator==(const BindRequest&) const = default;
};

struct CpuBinding {
  std::string word;           // in the line of --cpu-bind=verbose: "MASK"
  std::string type;           // SLURM_CPU_BIND_TYPE: "mask_cpu:"
  std::string list;           // SLURM_CPU_BIND_LIST
  bool verbose = false;       // SLURM_CPU_BIND_VERBOSE
  std::vector<CpuSet> masks;  // of task 0, 1, ... of the node, in the system's numbers; empty: not bound
};

// `cpus`: what the step has on the node, as counted here. Error: cannot be satisfied, and why.
Result<CpuBinding> bind_cpus(const BindRequest& request, const NodeTopology& node,
                             const std::vector<std::uint32_t>& cpus, std::uint32_t tasks);

struct MemBinding {
  MemBind asked;
  std::string word;           // "RANK"
  std::string type;           // "map_mem:"
  std::string list;           // SLURM_MEM_BIND_LIST
  std::vector<CpuSet> nodes;  // memory nodes of task 0, 1, ...; empty: not bound
};

// `memory_nodes`: how many the node has. Numbers beyond them wrap round.
Result<MemBinding> bind_memory(const BindRequest& request, std::uint32_t memory_nodes, std::uint32_t tasks);

// "cpu-bind=MASK - n1, task  0  0 [4711]: mask 0x1 set"
struct BoundTask {
  std::string node;
  std::uint32_t id = 0;
  std::uint32_t local = 0;
  std::uint32_t pid = 0;
  bool failed = false;  // the system refused it
};
std::string bind_line(const CpuBinding& binding, const BoundTask& task);
std::string bind_line(const MemBinding& binding, const BoundTask& task);

}  // namespace slurmxx
