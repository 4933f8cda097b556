// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Partitions that an administrator changes, makes or removes while slurmctld runs. slurm.conf decides again when it is
// read anew.
#include <algorithm>

#include "control/update_keys.h"
#include "control/updates.h"
#include "core/hostlist/hostlist.h"
#include "core/text/words.h"

namespace slurmxx {

Status Updates::set_partition_nodes(Partition& draft, const std::vector<KeyValue>& changes) const {
  for (const KeyValue& change : changes) {
    if (!equal_ignoring_case(change.key, "Nodes")) continue;
    draft.nodes.clear();
    draft.nodes_asked = change.value;
    if (equal_ignoring_case(change.value, "ALL")) {
      c_.state_.nodes().for_each([&](std::uint64_t number, const Node&) {
        draft.nodes.push_back(NodeIndex(static_cast<std::uint32_t>(number)));
      });
      continue;
    }
    TRY_ASSIGN(const std::vector<std::string> names, expand_hostlist(change.value));
    for (const std::string& name : names) {
      NodeIndex index;
      if (!c_.state_.find_node(name, &index)) return fail(Errc::invalid_node_name);
      draft.nodes.push_back(index);
    }
    std::sort(draft.nodes.begin(), draft.nodes.end());
    draft.nodes.erase(std::unique(draft.nodes.begin(), draft.nodes.end()), draft.nodes.end());
  }
  return {};
}

// What other tables have to hold; "N/A" is how a partition without a QOS shows itself.
Status Updates::check_partition_names(const std::vector<KeyValue>& changes) const {
  const auto& directory = c_.index_.accounts.directory;
  for (const KeyValue& change : changes) {
    const bool none = change.value.empty() || equal_ignoring_case(change.value, "N/A");
    if (none) continue;
    if (equal_ignoring_case(change.key, "QOS") && directory && !directory->qos(change.value))
      return fail(Errc::invalid_qos);
    if (equal_ignoring_case(change.key, "Topology") && !c_.config().topology.find(change.value))
      return fail(Errc::error, "Requested topology configuration is not available: " + change.value);
  }
  return {};
}

Status Updates::update_partition(const UpdateRequest& request) {
  const bool creates = request.verb == UpdateVerb::create;
  if (request.verb == UpdateVerb::remove) return remove_partition(request.name);
  const Partition* known = c_.state_.find_partition(request.name);
  Partition draft = known ? *known : Partition{};
  if (creates) draft.nodes_min = 1;
  draft.name = request.name;
  for (const KeyValue& change : request.changes) {
    if (!equal_ignoring_case(change.key, "Nodes")) TRY(change_partition(draft, change));
  }
  TRY(check_partition_names(request.changes));
  if (!c_.is_administrator(caller_)) return fail(Errc::user_id_missing);
  const bool usable_name = !request.name.empty() && request.name.find_first_of(", =") == std::string::npos;
  if (creates ? known != nullptr || !usable_name : known == nullptr) return fail(Errc::invalid_partition);
  draft.name = request.name;
  TRY(set_partition_nodes(draft, request.changes));
  if (draft.is_default && !(known && known->is_default))
    for (const auto& other : std::vector(c_.state_.partitions())) {
      if (!other->is_default) continue;
      Partition demoted = *other;
      demoted.is_default = false;
      c_.emit(PartitionChanged{demoted});
    }
  c_.emit(PartitionChanged{draft});
  return {};
}

Status Updates::remove_partition(const std::string& name) {
  if (!c_.is_administrator(caller_)) return fail(Errc::user_id_missing);
  if (!c_.state_.find_partition(name)) return fail(Errc::invalid_partition);
  bool used = false;
  c_.state_.jobs().for_each([&](std::uint64_t, const Job& job) {
    if (is_ended(job.state) && !job.completing()) return;
    const auto& asked = job.spec->placement.partitions;
    used = used || std::find(asked.begin(), asked.end(), name) != asked.end();
    used = used || (job.allocation && job.allocation->partition == name);
  });
  if (used) return fail(Errc::partition_in_use);
  c_.emit(PartitionRemoved{name});
  return {};
}

}  // namespace slurmxx
