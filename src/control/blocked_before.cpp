// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/blocked_before.h"

#include <utility>

namespace slurmxx {
namespace {

bool blocks(const Reason& reason) {
  return reason.code != ReasonCode::none && reason.code != ReasonCode::resources && reason.code != ReasonCode::priority;
}

}  // namespace

void tell_last_block(const Published& published, JobView& view) {
  const std::string last = std::exchange(view.job.blocked_by, {});
  const bool waits = view.job.state == JobState::pending;
  if (waits && view.job.hold != Hold::none) return;  // as it is
  const Wait* wait = waits ? published.reasons->find(view.job.id) : nullptr;
  if (wait && blocks(*wait->reason))
    view.reason = reason_text(*wait->reason);
  else
    view.reason = last.empty() ? "None" : last;
}

void BlockedBefore::passed(const Reasons::Rows& waits, const Reasons& before, bool whole) {
  Known kept;
  for (const Wait& wait : waits) {
    if (blocks(*wait.reason)) continue;
    const Wait* was = before.find(wait.job);
    const auto known = known_.find(wait.job);
    if (was && blocks(*was->reason))
      kept[wait.job] = was->reason;
    else if (known != known_.end())
      kept.insert(*known);
  }
  if (!whole) kept.insert(known_.begin(), known_.end());
  known_ = std::move(kept);
}

std::string BlockedBefore::of(JobId job, const Reasons& last) const {
  const Wait* wait = last.find(job);
  if (wait && blocks(*wait->reason)) return reason_text(*wait->reason);
  const auto known = known_.find(job);
  return known == known_.end() ? "" : reason_text(*known->second);
}

std::string BlockedBefore::of(const Job& job, const Reasons& last) const {
  const std::string own = of(job.id, last);
  return own.empty() && job.array ? of(job.array->array, last) : own;
}

}  // namespace slurmxx
