// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/limits/usage.h"

#include <algorithm>

namespace slurmxx {
namespace {

// Counts of 0 are left out, so that what comes and goes leaves no trace.
TresCounts counted(const TresCounts& tres) {
  TresCounts counts;
  for (const TresCount& entry : tres.entries())
    if (entry.count > 0) counts.set(entry.name, entry.count);
  return counts;
}

TresCounts until_of(const CountedJob& job) {
  const auto second = static_cast<std::uint64_t>(std::max<std::int64_t>(0, job.limit_at->seconds));
  return counted(job.tres.times(second));
}

}  // namespace

std::uint64_t Tally::run_minutes(std::string_view name, Instant now) const {
  const std::uint64_t passed = limited[name] * static_cast<std::uint64_t>(std::max<std::int64_t>(0, now.seconds));
  return until[name] > passed ? (until[name] - passed) / 60 : 0;
}

void add_to(Tally& tally, const CountedJob& job) {
  tally.submitted += job.tasks;
  if (!job.runs) return;
  tally.running += job.tasks;
  tally.tres.add(counted(job.tres));
  if (!job.limit_at) return;
  tally.until.add(until_of(job));
  tally.limited.add(counted(job.tres));
}

void LimitUsage::note(JobId id, CountedJob job) {
  const auto known = jobs_.find(id);
  if (known != jobs_.end() && known->second == job) return;
  if (known != jobs_.end()) subtract(known->second);
  add(job);
  jobs_.insert_or_assign(id, std::move(job));
}

void LimitUsage::forget(JobId id) {
  const auto known = jobs_.find(id);
  if (known == jobs_.end()) return;
  subtract(known->second);
  jobs_.erase(known);
}

void LimitUsage::clear() {
  jobs_.clear();
  tallies_.clear();
}

const Tally& LimitUsage::of(const Holder& holder) const {
  static const Tally nothing;
  const auto found = tallies_.find(holder);
  return found == tallies_.end() ? nothing : found->second;
}

void LimitUsage::add(const CountedJob& job) {
  for (const Holder& holder : job.holders) add_to(tallies_[holder], job);
}

void LimitUsage::subtract(const CountedJob& job) {
  for (const Holder& holder : job.holders) {
    const auto found = tallies_.find(holder);
    Tally& tally = found->second;
    tally.submitted -= job.tasks;
    if (job.runs) {
      tally.running -= job.tasks;
      tally.tres.subtract(counted(job.tres));
      if (job.limit_at) {
        tally.until.subtract(until_of(job));
        tally.limited.subtract(counted(job.tres));
      }
    }
    if (tally == Tally()) tallies_.erase(found);
  }
}

}  // namespace slurmxx
