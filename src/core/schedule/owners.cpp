// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/owners.h"

#include <algorithm>

#include "core/schedule/demand.h"

namespace slurmxx {

ViewOwners::ViewOwners(const ClusterView& view) : view_(view) {
  any_exclusive_ = std::ranges::any_of(view.partitions, &PlanPartition::one_user);
  for (const Job* job : view.running) note(*job->spec);
  for (const PendingJob& pending : view.pending) note(*pending.job->spec);
}

void ViewOwners::note(const JobSpec& spec) {
  any_exclusive_ = any_exclusive_ || is_for_one_user(spec) || is_for_one_label(spec, view_.labels);
  const std::string& label = spec.labels.mcs_label;
  if (!label.empty()) labels_.try_emplace(label, static_cast<std::uint32_t>(labels_.size() + 1));
}

std::uint32_t ViewOwners::label_of(const JobSpec& spec) const {
  return spec.labels.mcs_label.empty() ? 0 : labels_.at(spec.labels.mcs_label);
}

void ViewOwners::add_label(const JobSpec& spec, RoomOwner& owner) const {
  owner.label = label_of(spec);
  owner.only_label = is_for_one_label(spec, view_.labels);
}

RoomOwner ViewOwners::of(const Job& job) const {
  const PlanPartition* partition = view_.find_partition(job.allocation->partition);
  const bool only_user = is_for_one_user(*job.spec) || (partition && partition->one_user);
  return {job.spec->owner.uid, only_user, is_for_one_label(*job.spec, view_.labels), label_of(*job.spec)};
}

}  // namespace slurmxx
