// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "replay/log_workload.h"

#include <algorithm>
#include <numeric>

namespace slurmxx {
namespace {

constexpr Seconds without_limit{10LL * 365 * 86'400};

std::uint32_t cpus_of(const Allocation& allocation) {
  std::uint32_t cpus = 0;
  for (const NodeShare& share : allocation.shares) cpus += share.cpus;
  return cpus;
}

template <class T>
std::vector<T> in_order(std::vector<T> list, const std::vector<std::uint32_t>& order) {
  std::vector<T> sorted;
  sorted.reserve(list.size());
  for (const std::uint32_t place : order) sorted.push_back(std::move(list[place]));
  return sorted;
}

}  // namespace

std::uint32_t LogWorkload::place_of(const std::string& partition) {
  const auto found = std::find(partitions_.begin(), partitions_.end(), partition);
  if (found == partitions_.end()) partitions_.push_back(partition);
  return static_cast<std::uint32_t>(std::find(partitions_.begin(), partitions_.end(), partition) - partitions_.begin());
}

void LogWorkload::started(const Job& job) {
  const auto [known, is_new] = places_.try_emplace(job.id, static_cast<std::uint32_t>(workload_.jobs.size()));
  if (is_new) {
    workload_.jobs.emplace_back();
    played_.emplace_back();
  }
  WorkloadJob& row = workload_.jobs[known->second];
  row.number = job.id.value;
  row.submitted = std::max(job.times.submitted, job.spec->times.begin.value_or(job.times.submitted));
  row.processors = cpus_of(*job.allocation);
  row.asked = job.times.limit_at ? *job.times.limit_at - *job.times.started : without_limit;
  row.user = job.spec->owner.uid;
  row.group = job.spec->owner.gid;
  row.spec = job.spec;
  Played& played = played_[known->second];
  played.fate = Played::Fate::ran;
  played.partition = place_of(job.allocation->partition);
  played.submitted = row.submitted;
  played.started = *job.times.started;
  if (keep_lanes_) played.lanes = lanes_of(*job.allocation);
  running_[job.id] = *job.times.started;
}

void LogWorkload::over(const State& state, JobId id, Instant at) {
  const auto runs = running_.find(id);
  if (runs == running_.end()) {
    const Job* job = state.find(id);
    if (job && is_ended(job->state) && !places_.contains(id)) ++left_out_;
    return;
  }
  WorkloadJob& row = workload_.jobs[places_.at(id)];
  row.run = std::max(Seconds(1), at - runs->second);
  row.asked = std::max(row.asked, row.run);
  running_.erase(runs);
}

void LogWorkload::note(const State& state, const Record& record) {
  const auto remember = [&](const JobSubmitted& one) {
    for (const Dependency& dependency : one.dependencies.list)
      if (dependency.job != JobId()) waited_for_[one.job].push_back(dependency.job);
  };
  if (const auto* submitted = std::get_if<JobSubmitted>(&record.event)) remember(*submitted);
  if (const auto* start = std::get_if<JobStarted>(&record.event)) started(*state.find(start->job));
  if (const auto* end = std::get_if<JobEnded>(&record.event)) over(state, end->job, record.at);
  if (const auto* again = std::get_if<JobRequeued>(&record.event)) over(state, again->job, record.at);
}

// As a replay counts: what is submitted at a moment, and then what starts at it.
std::size_t LogWorkload::longest_queue() const {
  std::vector<std::pair<Instant, int>> changes;
  for (const Played& one : played_) {
    changes.emplace_back(one.submitted, 0);
    changes.emplace_back(one.started, 1);
  }
  std::sort(changes.begin(), changes.end());
  std::size_t queue = 0, longest = 0;
  for (const auto& [at, starts] : changes) {
    queue = starts ? queue - 1 : queue + 1;
    longest = std::max(longest, queue);
  }
  return longest;
}

void LogWorkload::finish(const State& state) {
  const std::map<JobId, Instant> running = running_;
  for (const auto& [id, since] : running) over(state, id, state.at());
  std::vector<std::uint32_t> order(workload_.jobs.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const WorkloadJob &one = workload_.jobs[a], &other = workload_.jobs[b];
    return std::pair(one.submitted, one.number) < std::pair(other.submitted, other.number);
  });
  workload_.jobs = in_order(std::move(workload_.jobs), order);
  played_ = in_order(std::move(played_), order);
  std::map<JobId, std::uint32_t> sorted;
  for (std::uint32_t place = 0; place < workload_.jobs.size(); ++place) {
    WorkloadJob& row = workload_.jobs[place];
    const JobId id(static_cast<std::uint32_t>(row.number));
    if (const auto waited = waited_for_.find(id); waited != waited_for_.end())
      for (const JobId other : waited->second)
        if (const auto known = sorted.find(other); known != sorted.end()) row.after.push_back(known->second);
    sorted.emplace(id, place);
    workload_.processors = std::max(workload_.processors, row.processors);
  }
}

}  // namespace slurmxx
