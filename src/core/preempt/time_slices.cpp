// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/preempt/time_slices.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

namespace slurmxx {
namespace {

// The CPUs of those that are in the row so far. Jobs of different partitions run side by side.
class Row {
 public:
  bool admits(const Job& job) const {
    const auto is_free = [&](const NodeShare& share) {
      return std::none_of(share.cpu_ids.begin(), share.cpu_ids.end(), [&](std::uint32_t cpu) {
        return taken_.contains({job.allocation->partition, share.node, cpu});
      });
    };
    return std::all_of(job.allocation->shares.begin(), job.allocation->shares.end(), is_free);
  }
  void add(const Job& job) {
    for (const NodeShare& share : job.allocation->shares)
      for (const std::uint32_t cpu : share.cpu_ids) taken_.insert({job.allocation->partition, share.node, cpu});
  }

 private:
  std::set<std::tuple<std::string, NodeIndex, std::uint32_t>> taken_;
};

}  // namespace

bool takes_turns(const Job& job) {
  if (!job.runs() || job.spec->het || !job.allocation || job.allocation->jobs_per_core <= 1) return false;
  return !job.is_preempted() && (job.state == JobState::running || job.allocation->time_sliced);
}

SliceTurn next_row(std::span<const Job* const> jobs, bool slice_is_over) {
  std::vector<const Job*> order(jobs.begin(), jobs.end());
  const auto rank = [&](const Job& job) {
    const bool waits = job.state == JobState::suspended;
    return std::tuple(waits != slice_is_over, job.times.suspended.value_or(job.times.started.value_or(Instant())),
                      job.id);
  };
  std::sort(order.begin(), order.end(), [&](const Job* a, const Job* b) { return rank(*a) < rank(*b); });
  SliceTurn turn;
  Row row;
  for (const Job* job : order) {
    const bool runs = job->state == JobState::running;
    const bool may = row.admits(*job);
    if (may) row.add(*job);
    if (may && !runs) turn.go_on.push_back(job->id);
    if (!may && runs) turn.stop.push_back(job->id);
  }
  return turn;
}

}  // namespace slurmxx
