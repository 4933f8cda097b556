// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Generic resources (GRES) as state keeps them: what a node found, what it has, and what a job or step holds of it.
// Devices of one name have indexes from 0 on, over all types, in the order of gres.conf; resources without devices are
// counted only. A shared resource (shard) is counted on the devices of the gpus. Documents: gres.conf(5), slurm.conf(5)
// Gres=. How text becomes these: core/tres/gres.h, core/config/gres_conf.h; who gets what: core/place/gres_choice.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "core/model/index_set.h"

namespace slurmxx {

// What slurmd found for one line of gres.conf.
struct GresFound {
  std::string name;
  std::string type;  // empty: untyped
  std::uint64_t count = 0;
  std::vector<std::string> files;  // one device each, in the order of their indexes; empty: counted only
  IndexSet cores;                  // near the devices; empty: all
  std::string links;               // as written
  std::string flags;               // lower case, by commas: nvidia_gpu_env, ...

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "type", self.type);
    v(3, "count", self.count);
    v(4, "files", self.files);
    v(5, "cores", self.cores);
    v(6, "links", self.links);
    v(7, "flags", self.flags);
  }
  bool operator==(const GresFound&) const = default;
};

struct GresDevice {
  std::uint32_t index = 0;  // among those of the name
  std::uint64_t count = 1;  // of a shared resource: what the device holds of it
  IndexSet cores;
  std::vector<std::int32_t> links = {};  // to the devices of index 0, 1, ...; empty: not known

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "index", self.index);
    v(2, "count", self.count);
    v(3, "cores", self.cores);
    v(282, "links", self.links);
  }
  bool operator==(const GresDevice&) const = default;
};

// What a node has of one name and type.
struct GresPool {
  std::string name;
  std::string type;
  std::uint64_t count = 0;
  bool consumed = true;             // no_consume: whoever asks may have all of it
  std::vector<GresDevice> devices;  // by index; empty: counted only

  bool is_shared() const { return name == "shard" || name == "mps"; }  // of the gpus of the same indexes
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "type", self.type);
    v(3, "count", self.count);
    v(4, "consumed", self.consumed);
    v(5, "devices", self.devices);
  }
  bool operator==(const GresPool&) const = default;
};

// What a job or step holds of one pool of one node, or all jobs together.
struct GresShare {
  std::string name;
  std::string type;
  std::uint64_t count = 0;
  std::vector<std::uint32_t> indexes;  // rising; empty: counted only
  std::vector<std::uint64_t> counts;   // of a shared resource: on each of `indexes`

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "type", self.type);
    v(3, "count", self.count);
    v(4, "indexes", self.indexes);
    v(5, "counts", self.counts);
  }
  bool operator==(const GresShare&) const = default;
};

// What a job or step asks for: lists in the form of --gres, checked and in full ("gpu:a100:2,nic:1"). Empty or absent:
// not asked for.
struct GresOptions {
  std::string per_node;    // --gres, --gpus-per-node
  std::string per_job;     // --gpus
  std::string per_socket;  // --gpus-per-socket
  std::string per_task;    // --gpus-per-task, --tres-per-task
  std::optional<std::uint32_t> cpus_per_gpu;
  std::optional<MebiBytes> memory_per_gpu;
  std::optional<std::uint32_t> tasks_per_gpu;
  std::string flags;  // --gres-flags, lower case
  std::string gpu_bind;
  std::string gpu_freq;
  std::string tres_bind;
  std::string gpus_per_node;      // what of per_node was given as --gpus-per-node
  std::string licenses_per_task;  // "matlab:1,ansys:2", of --tres-per-task

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "per_job", self.per_job);
    v(2, "per_socket", self.per_socket);
    v(3, "per_task", self.per_task);
    v(4, "cpus_per_gpu", self.cpus_per_gpu);
    v(5, "memory_per_gpu", self.memory_per_gpu);
    v(6, "tasks_per_gpu", self.tasks_per_gpu);
    v(7, "flags", self.flags);
    v(8, "gpu_bind", self.gpu_bind);
    v(9, "gpu_freq", self.gpu_freq);
    v(10, "tres_bind", self.tres_bind);
    v(11, "gpus_per_node", self.gpus_per_node);
    v(12, "per_node", self.per_node);
    v(278, "licenses_per_task", self.licenses_per_task);
  }
  bool operator==(const GresOptions&) const = default;
};

}  // namespace slurmxx
