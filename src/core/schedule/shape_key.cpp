// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Numbers have a fixed width and texts carry their length, so no two requests share a key by accident.
#include "core/schedule/shape_key.h"

#include <type_traits>

namespace slurmxx {
namespace {

class Key {
 public:
  template <class... T>
  Key& add(const T&... parts) {
    (one(parts), ...);
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  void number(std::uint64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void one(const std::string& text) {
    number(text.size());
    bytes_ += text;
  }
  void one(const GresOptions& o) {
    add(o.per_node, o.per_job, o.per_socket, o.per_task, o.cpus_per_gpu, o.memory_per_gpu, o.tasks_per_gpu, o.flags);
  }
  void one(MebiBytes size) { number(static_cast<std::uint64_t>(size.value)); }
  template <class T>
  void one(const std::optional<T>& value) {
    bytes_.push_back(value ? '1' : '0');
    if (value) one(*value);
  }
  template <class T>
  requires std::is_integral_v<T> || std::is_enum_v<T>
  void one(T value) { number(static_cast<std::uint64_t>(value)); }

  std::string bytes_;
};

void add_candidates(Key& key, const JobSpec& spec) {
  const PlacementRequest& p = spec.placement;
  const ResourceRequest& r = spec.resources;
  key.add(p.nodes_required, p.nodes_excluded, p.features, p.prefer, p.batch_features, r.tmp_disk_per_node);
  key.add(r.sockets_per_node, r.cores_per_socket, r.threads_per_core);
  key.add(p.contiguous, p.spread, p.switches, p.segment, p.spread_segments, p.boot.first);
}

}  // namespace

std::string candidates_key(const JobSpec& spec) {
  Key key;
  add_candidates(key, spec);
  return key.take();
}

std::string shape_key(const JobSpec& spec, bool by_owner) {
  const ResourceRequest& r = spec.resources;
  Key key;
  add_candidates(key, spec);
  key.add(r.nodes_min, r.nodes_max, r.tasks, r.tasks_set, r.nodes_set, r.cpus_per_task, r.tasks_per_node);
  key.add(r.tasks_per_socket, r.tasks_per_core, r.cpus_per_node_min, r.memory_per_node, r.memory_per_cpu);
  key.add(r.gres, r.cpus_per_task_set, r.overcommit, spec.placement.sharing);
  key.add(by_owner ? std::optional(spec.owner.uid.value) : std::nullopt, by_owner ? spec.labels.mcs_label : "");
  key.add(spec.placement.use_min_nodes, spec.placement.core_spec, spec.placement.thread_spec);
  key.add(spec.placement.exempt.nodes_max, spec.placement.exempt.nodes_min, spec.labels.mcs_label.empty(),
          spec.placement.distribution);
  return key.take();
}

}  // namespace slurmxx
