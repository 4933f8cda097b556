// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/job_tres.h"

#include <algorithm>

#include "core/licenses/licenses.h"
#include "core/place/gres_room.h"
#include "core/tres/share_tres.h"

namespace slurmxx {

// Of several of which one will do it is not known yet.
void add_licenses(const JobSpec& spec, TresCounts& tres) {
  if (spec.labels.licenses.empty()) return;
  const auto asked = parse_license_request(spec.labels.licenses);
  if (!asked || asked->any_of) return;
  for (const LicenseCount& one : asked->counts) tres.add("license/" + one.name, one.count);
}

TresCounts requested_tres(const JobSpec& spec, const Demand& demand) {
  const std::uint64_t nodes = std::max(1u, demand.nodes_min);
  const std::uint64_t tasks = demand.overcommit ? nodes : demand.tasks;
  const std::uint64_t cpus = std::max(tasks * demand.cpus_per_task, nodes * demand.cpus_per_node_min);
  TresCounts tres{{"cpu", cpus}, {"node", nodes}};
  const auto size = [](MebiBytes memory) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, memory.value));
  };
  if (demand.memory_per_node) tres.set("mem", size(*demand.memory_per_node) * nodes);
  if (demand.memory_per_cpu) tres.set("mem", size(*demand.memory_per_cpu) * cpus);
  const TresCounts gres = requested_gres(spec.resources, nodes);
  if (demand.gres.memory_per_gpu) tres.set("mem", size(*demand.gres.memory_per_gpu) * gres["gres/gpu"]);
  tres.add(gres);
  add_licenses(spec, tres);
  return tres;
}

TresCounts allocated_tres(const Job& job) {
  TresCounts tres = share_tres(job.allocation->shares);
  add_licenses(*job.spec, tres);
  const auto& charge = job.allocation->charge;
  tres.set("billing", charge ? static_cast<std::uint64_t>(charge->billing) : tres["cpu"]);
  return tres;
}

TresCounts per_node(const TresCounts& tres) {
  const std::uint64_t nodes = std::max<std::uint64_t>(1, tres["node"]);
  TresCounts share;
  for (const TresCount& entry : tres.entries()) share.set(entry.name, (entry.count + nodes - 1) / nodes);
  return share;
}

}  // namespace slurmxx
