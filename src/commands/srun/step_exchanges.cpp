// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/step_exchanges.h"

#include <algorithm>

#include <fmt/format.h>

namespace slurmxx {

Error StepExchanges::waits_for(std::uint32_t node) const {
  return fail(fmt::format("MPI: {} has left the step, and other nodes wait for it", names_[node]));
}

Result<std::optional<StepExchanges::Complete>> StepExchanges::add(std::uint32_t node, const StepExchange& part) {
  if (!open_.contains(part.id) && open_.size() >= step_exchanges_open_max)
    return fail(fmt::format("MPI: more than {} exchanges between nodes at once", step_exchanges_open_max));
  std::vector<std::uint32_t> nodes = part.nodes;
  const bool everybody = nodes.empty();
  for (std::uint32_t i = 0; everybody && i < names_.size(); ++i) nodes.push_back(i);
  Open& open = open_[part.id];
  if (open.nodes.empty()) open.nodes = nodes;
  const bool known = std::all_of(open.nodes.begin(), open.nodes.end(), [&](auto i) { return i < names_.size(); });
  const bool agreed = nodes == open.nodes;
  const bool invited = std::find(open.nodes.begin(), open.nodes.end(), node) != open.nodes.end();
  if (!known || !agreed || !invited || open.parts.contains(node))
    return fail(fmt::format("MPI: {} and other nodes disagree about exchange {}", names_[node], part.id));
  open.bytes += part.bytes.size();
  if (open.bytes > step_exchange_bytes_max)
    return fail(fmt::format("MPI: the tasks exchange more than {} MiB at once", step_exchange_bytes_max >> 20));
  for (const std::uint32_t other : open.nodes)
    if (gone_.contains(other) && !open.parts.contains(other)) return waits_for(other);
  open.parts[node] = part.bytes;
  if (open.parts.size() < open.nodes.size()) return std::optional<Complete>();
  Complete complete{{part.id, {}}, std::move(open.nodes)};
  for (const std::uint32_t other : complete.nodes) complete.all.parts.push_back(std::move(open.parts[other]));
  open_.erase(part.id);
  return std::optional(std::move(complete));
}

Status StepExchanges::left(std::uint32_t node) {
  gone_.insert(node);
  for (const auto& [id, open] : open_) {
    const bool invited = std::find(open.nodes.begin(), open.nodes.end(), node) != open.nodes.end();
    if (invited && !open.parts.contains(node)) return waits_for(node);
  }
  return {};
}

}  // namespace slurmxx
