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

constexpr std::uint64_t whole_factor = 1'000'000;

TresCounts limited_of(const CountedJob& job) {
  TresCounts counts = counted(job.tres);
  counts.set("wall", 1);
  return counts;
}

TresCounts until_of(const CountedJob& job) {
  const auto second = static_cast<std::uint64_t>(std::max<std::int64_t>(0, job.limit_at->seconds));
  return counted(limited_of(job).times(second));
}

std::uint64_t minutes_left(const TresCounts& until, const TresCounts& limited, std::string_view name, Instant now) {
  const std::uint64_t passed = limited[name] * static_cast<std::uint64_t>(std::max<std::int64_t>(0, now.seconds));
  return until[name] > passed ? (until[name] - passed) / 60 : 0;
}

FactoredTally& of_factor(Tally& tally, std::uint64_t factor) {
  const auto place = std::ranges::lower_bound(tally.factored, factor, {}, &FactoredTally::factor);
  if (place != tally.factored.end() && place->factor == factor) return *place;
  return *tally.factored.insert(place, {factor, {}, {}});
}

}  // namespace

std::uint64_t Tally::run_minutes(std::string_view name, Instant now) const {
  return minutes_left(until, limited, name, now);
}

std::uint64_t Tally::charged_minutes(std::string_view name, Instant now) const {
  auto minutes = static_cast<double>(run_minutes(name, now));
  for (const FactoredTally& one : factored)
    minutes += static_cast<double>(minutes_left(one.until, one.limited, name, now)) *
               (static_cast<double>(one.factor) / static_cast<double>(whole_factor) - 1);
  return static_cast<std::uint64_t>(std::max(0.0, minutes));
}

void Tally::add_running(const Tally& more) {
  running += more.running;
  tres.add(more.tres);
  until.add(more.until);
  limited.add(more.limited);
  for (const FactoredTally& one : more.factored) {
    FactoredTally& own = of_factor(*this, one.factor);
    own.until.add(one.until);
    own.limited.add(one.limited);
  }
}

void add_to(Tally& tally, const CountedJob& job) {
  tally.submitted += job.tasks;
  if (job.accrues) tally.accruing += job.tasks;
  if (!job.runs) return;
  tally.running += job.tasks;
  tally.tres.add(counted(job.tres));
  if (!job.limit_at) return;
  tally.until.add(until_of(job));
  tally.limited.add(limited_of(job));
  if (job.factor == whole_factor) return;
  FactoredTally& own = of_factor(tally, job.factor);
  own.until.add(until_of(job));
  own.limited.add(limited_of(job));
}

void subtract_from(Tally& tally, const CountedJob& job) {
  tally.submitted -= job.tasks;
  if (job.accrues) tally.accruing -= job.tasks;
  if (!job.runs) return;
  tally.running -= job.tasks;
  tally.tres.subtract(counted(job.tres));
  if (!job.limit_at) return;
  tally.until.subtract(until_of(job));
  tally.limited.subtract(limited_of(job));
  if (job.factor == whole_factor) return;
  FactoredTally& own = of_factor(tally, job.factor);
  own.until.subtract(until_of(job));
  own.limited.subtract(limited_of(job));
  std::erase_if(tally.factored, [](const FactoredTally& one) { return one.limited == TresCounts(); });
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

Tally LimitUsage::without(JobId id, const Holder& holder) const {
  Tally tally = of(holder);
  const auto job = jobs_.find(id);
  if (job != jobs_.end() && std::ranges::count(job->second.holders, holder) > 0) subtract_from(tally, job->second);
  return tally;
}

void LimitUsage::subtract(const CountedJob& job) {
  for (const Holder& holder : job.holders) {
    const auto found = tallies_.find(holder);
    subtract_from(found->second, job);
    if (found->second == Tally()) tallies_.erase(found);
  }
}

}  // namespace slurmxx
