// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "replay/replay.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "control/configure.h"
#include "control/priorities.h"
#include "core/schedule/plan.h"

namespace slurmxx {
namespace {

// The limit that users would write: minutes. The planner counts with the seconds (PendingJob::length).
TimeLimit limit_of(Seconds asked) {
  constexpr std::int64_t minute = 60;
  return TimeLimit::of(Minutes((asked.value + minute - 1) / minute));
}

std::vector<Lanes> lanes_of(const Allocation& allocation) {
  std::vector<Lanes> lanes;
  for (const NodeShare& share : allocation.shares) {
    for (const std::uint32_t cpu : share.cpu_ids) {
      const bool follows =
          !lanes.empty() && lanes.back().node == share.node && lanes.back().first + lanes.back().count == cpu;
      if (follows)
        ++lanes.back().count;
      else
        lanes.push_back({share.node, cpu, 1});
    }
  }
  return lanes;
}

}  // namespace

Replay::Replay(const ClusterConfig& config, const Workload& workload, bool keep_lanes)
    : config_(config),
      workload_(workload),
      keep_lanes_(keep_lanes),
      policies_(policies_of(config)),
      played_(workload.jobs.size()) {}

Status Replay::add(Event event) {
  return apply(state_, Record{LogPosition(state_.position().value + 1), now_, RequestId(), std::move(event)});
}

Status Replay::begin() {
  const PartitionConfig* partition = default_partition(config_);
  if (!partition) return fail("no partition is the default one: the jobs go there; set Default=YES");
  partition_ = partition->name;
  now_ = workload_.jobs.empty() ? Instant() : workload_.jobs.front().submitted;
  TRY(add(configured_event(config_)));
  for (std::uint32_t i = 0; i < config_.nodes.size(); ++i) {
    NodeCondition up;
    up.base = NodeBase::up;
    TRY(add(NodeConditionSet{NodeIndex(i), up}));
    cpus_ += config_.nodes[i].hardware.cpus;
  }
  std::vector<std::string> names;
  for (const NodeConfig& node : config_.nodes) names.push_back(node.name);
  const Topologies topologies(config_, names);
  for (const auto& one : state_.partitions())
    partitions_.push_back(plan_partition_with_defaults(*one, config_, &topologies));
  for (const PlanPartition& one : partitions_) shares_cores_ = shares_cores_ || one.jobs_per_core > 1;
  return {};
}

Result<bool> Replay::step() {
  const bool more = next_ < workload_.jobs.size();
  if (!more && ends_.empty()) return false;
  now_ = more ? workload_.jobs[next_].submitted : ends_.top().at;
  if (!ends_.empty()) now_ = std::min(now_, ends_.top().at);
  for (; !ends_.empty() && ends_.top().at <= now_; ends_.pop()) TRY(end(ends_.top().job));
  for (; next_ < workload_.jobs.size() && workload_.jobs[next_].submitted <= now_; ++next_) TRY(submit(next_));
  counts_.longest_queue = std::max(counts_.longest_queue, queue_.size());
  if (!queue_.empty() && (shares_cores_ || cpus_taken_ < cpus_)) TRY(pass());
  return true;
}

const Replay::Request& Replay::request_of(const WorkloadJob& job) {
  Request& known = requests_[{job.processors, job.asked, job.user, job.group}];
  if (known.spec) return known;
  JobSpec spec;
  spec.placement.partitions = {partition_};
  spec.resources.tasks = job.processors;
  spec.resources.tasks_set = true;
  spec.times.limit = limit_of(job.asked);
  spec.owner.uid = job.user;
  spec.owner.gid = job.group;
  known.fits = check_submission(view(), policies_, spec).ok();
  known.spec = std::make_shared<const JobSpec>(std::move(spec));
  return known;
}

Status Replay::submit(std::uint32_t place) {
  const Request& request = request_of(workload_.jobs[place]);
  if (!request.fits) {
    played_[place].fate = Played::Fate::refused;
    return {};
  }
  queue_.push_back(place);
  return add(JobSubmitted{id_of(place), request.spec});
}

Status Replay::end(std::uint32_t place) {
  const JobId id = id_of(place);
  TRY(add(JobEnded{id}));
  const std::vector<NodeIndex> nodes = state_.find(id)->unfinished;
  for (const NodeShare& share : state_.find(id)->allocation->shares) cpus_taken_ -= share.cpus;
  for (const NodeIndex node : nodes) TRY(add(JobLeftNode{id, node}));
  running_.erase(std::find(running_.begin(), running_.end(), place));
  ++ended_;
  return add(JobPurged{id});
}

ClusterView Replay::view() const {
  ClusterView view;
  state_.nodes().for_each([&](std::uint64_t, const Node& node) { view.nodes.push_back(&node); });
  view.partitions = partitions_;
  view.longest_wait = state_.longest_wait();
  return view;
}

Status Replay::pass() {
  ClusterView view = this->view();
  for (const std::uint32_t place : running_) view.running.push_back(state_.find(id_of(place)));
  const Priorities priorities(state_, config_, now_);
  view.pending.reserve(queue_.size());
  for (const std::uint32_t place : queue_) {
    const Job* job = state_.find(id_of(place));
    view.pending.push_back({job, priorities.of(*job)});
    view.pending.back().length = workload_.jobs[place].asked;
  }
  ++counts_.passes;
  counts_.looks += queue_.size();
  for (Decision& decision : plan(view, policies_, now_))
    if (Start* one = std::get_if<Start>(&decision)) TRY(start(place_of(one->job), std::move(one->allocation)));
  std::erase_if(queue_, [&](std::uint32_t place) { return played_[place].fate == Played::Fate::ran; });
  return {};
}

Status Replay::start(std::uint32_t place, Allocation allocation) {
  const WorkloadJob& job = workload_.jobs[place];
  Played& played = played_[place];
  played.fate = Played::Fate::ran;
  played.started = now_;
  if (keep_lanes_) played.lanes = lanes_of(allocation);
  for (const NodeShare& share : allocation.shares) cpus_taken_ += share.cpus;
  running_.push_back(place);
  ends_.push({now_ + job.run, place});
  return add(JobStarted{id_of(place), std::move(allocation), now_ + job.asked});
}

}  // namespace slurmxx
