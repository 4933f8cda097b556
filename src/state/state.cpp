// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "state/state.h"

namespace slurmxx {

const Node* State::find_node(std::string_view name, NodeIndex* index) const {
  const Node* found = nullptr;
  nodes_.for_each([&](std::uint64_t number, const Node& node) {
    if (found || node.name != name) return;
    found = &node;
    if (index) *index = NodeIndex(static_cast<std::uint32_t>(number));
  });
  return found;
}

const Partition* State::find_partition(std::string_view name) const {
  for (const auto& partition : partitions_)
    if (partition->name == name) return partition.get();
  return nullptr;
}

const Reservation* State::find_reservation(std::string_view name) const {
  for (const auto& reservation : reservations_)
    if (reservation->name == name) return reservation.get();
  return nullptr;
}

const Crontab* State::find_crontab(Uid user) const {
  for (const auto& crontab : crontabs_)
    if (crontab->user == user) return crontab.get();
  return nullptr;
}

}  // namespace slurmxx
