// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "replay/replay.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "control/configure.h"
#include "control/priorities.h"
#include "control/scheduling.h"
#include "core/schedule/plan.h"

namespace slurmxx {
namespace {

// The limit that users would write: minutes. The planner counts with the seconds (PendingJob::length).
TimeLimit limit_of(Seconds asked) {
  constexpr std::int64_t minute = 60;
  return TimeLimit::of(Minutes((asked.value + minute - 1) / minute));
}

}  // namespace

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

Replay::Replay(const ClusterConfig& config, const Workload& workload, ReplayOptions options)
    : config_(config),
      workload_(workload),
      options_(std::move(options)),
      policies_(policies_of(config)),
      played_(workload.jobs.size()) {}

Status Replay::add(Event event) {
  return apply(state_, Record{LogPosition(state_.position().value + 1), now_, RequestId(), std::move(event)});
}

Status Replay::begin() {
  const PartitionConfig* partition = default_partition(config_);
  if (!partition) return fail("no partition is the default one: the jobs go there; set Default=YES");
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
  for (const auto& one : state_.partitions()) {
    if (one->name == partition->name) chosen_.by_default = static_cast<std::uint32_t>(partitions_.size());
    partitions_.push_back(plan_partition_with_defaults(*one, config_, &topologies));
  }
  for (const PlanPartition& one : partitions_) shares_cores_ = shares_cores_ || one.jobs_per_core > 1;
  for (std::uint32_t place = 0; place < workload_.jobs.size(); ++place) {
    const WorkloadJob& job = workload_.jobs[place];
    for (const std::uint32_t before : job.after) chains_.waits_for[before].push_back(place);
    if (!job.after.empty()) chains_.open[place] = {job.after.size(), job.submitted};
  }
  skip_who_waits();
  return choose_partitions();
}

std::vector<std::string> Replay::partition_names() const {
  std::vector<std::string> names;
  for (const PlanPartition& one : partitions_) names.push_back(one.name);
  return names;
}

Status Replay::choose_partitions() {
  const bool by_queue = options_.partitions.by == PartitionChoice::By::queue;
  const auto choose = [&](std::uint32_t number, const std::string& name) {
    for (std::uint32_t i = 0; i < partitions_.size(); ++i)
      if (partitions_[i].name == name) chosen_.others.emplace(number, i);
    return chosen_.others.contains(number);
  };
  for (const auto& [number, name] : options_.partitions.names)
    if (!choose(number, name)) return fail(fmt::format("--map={}={}: slurm.conf has no such partition", number, name));
  for (const auto& [number, name] : by_queue ? workload_.queues : workload_.partitions)
    if (!chosen_.others.contains(number)) choose(number, name);
  return {};
}

std::uint32_t Replay::partition_of(const WorkloadJob& job) const {
  const bool by_queue = options_.partitions.by == PartitionChoice::By::queue;
  const auto found = chosen_.others.find(by_queue ? job.queue : job.partition);
  return found == chosen_.others.end() ? chosen_.by_default : found->second;
}

// They come when the others have ended.
void Replay::skip_who_waits() {
  while (next_ < workload_.jobs.size() && !workload_.jobs[next_].after.empty()) ++next_;
}

// Of a job that is over, or never will run: who waited for it alone now comes.
void Replay::release(std::uint32_t place, Instant over) {
  const auto waiting = chains_.waits_for.find(place);
  if (waiting == chains_.waits_for.end()) return;
  for (const std::uint32_t one : waiting->second) {
    auto& [count, last] = chains_.open.at(one);
    const WorkloadJob& job = workload_.jobs[one];
    last = job.think ? over : std::max(last, over);
    if (--count == 0) chains_.arrivals.push({last + job.think.value_or(Seconds(0)), one});
  }
  chains_.waits_for.erase(waiting);
}

Result<bool> Replay::step() {
  std::optional<Instant> next;
  const auto consider = [&](Instant at) { next = std::min(next.value_or(at), at); };
  if (next_ < workload_.jobs.size()) consider(workload_.jobs[next_].submitted);
  if (!ends_.empty()) consider(ends_.top().at);
  if (!chains_.arrivals.empty()) consider(chains_.arrivals.top().at);
  if (!next) return false;
  now_ = std::max(now_, *next);
  for (; !ends_.empty() && ends_.top().at <= now_; ends_.pop()) TRY(end(ends_.top().job));
  for (; next_ < workload_.jobs.size() && workload_.jobs[next_].submitted <= now_; skip_who_waits())
    TRY(submit(next_++));
  while (!chains_.arrivals.empty() && chains_.arrivals.top().at <= now_) {
    const std::uint32_t place = chains_.arrivals.top().job;
    chains_.arrivals.pop();
    TRY(submit(place));
  }
  counts_.longest_queue = std::max(counts_.longest_queue, queue_.size());
  if (!queue_.empty() && (shares_cores_ || cpus_taken_ < cpus_)) TRY(pass());
  return true;
}

JobSpec Replay::plain_spec(const WorkloadJob& job) const {
  JobSpec spec;
  spec.placement.partitions = {partitions_[partition_of(job)].name};
  spec.resources.tasks = job.processors;
  spec.resources.tasks_set = true;
  spec.times.limit = limit_of(job.asked);
  spec.owner.uid = job.user;
  spec.owner.gid = job.group;
  return spec;
}

// In those of its partitions that are there. What it waited for, it waits for by its place in the workload.
JobSpec Replay::recorded_spec(const WorkloadJob& job) const {
  JobSpec spec = *job.spec;
  const auto unknown = [&](const std::string& name) {
    return std::none_of(partitions_.begin(), partitions_.end(), [&](const auto& one) { return one.name == name; });
  };
  std::erase_if(spec.placement.partitions, unknown);
  if (spec.placement.partitions.empty()) spec.placement.partitions = {partitions_[chosen_.by_default].name};
  spec.array.reset();
  spec.het.reset();
  spec.times.begin.reset();
  spec.times.deadline.reset();
  spec.labels.reservation.clear();
  return spec;
}

const Replay::Request& Replay::request_of(const WorkloadJob& job) {
  const std::uint32_t partition = job.spec ? 0 : partition_of(job);
  Request& known = requests_[{job.spec.get(), job.processors, job.asked, job.user, job.group, partition}];
  if (known.spec) return known;
  JobSpec spec = job.spec ? recorded_spec(job) : plain_spec(job);
  known.fits = check_submission(view(), policies_, spec).ok();
  known.spec = std::make_shared<const JobSpec>(std::move(spec));
  return known;
}

Status Replay::submit(std::uint32_t place) {
  played_[place].submitted = now_;
  const Request& request = request_of(workload_.jobs[place]);
  if (!request.fits) {
    played_[place].fate = Played::Fate::refused;
    release(place, now_);
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
  release(place, now_);
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
  view.licenses = Scheduling::licenses(config_, view.running);
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
  const auto in = [&](const PlanPartition& one) { return one.name == allocation.partition; };
  played.partition =
      static_cast<std::uint32_t>(std::find_if(partitions_.begin(), partitions_.end(), in) - partitions_.begin());
  if (options_.keep_lanes) played.lanes = lanes_of(allocation);
  for (const NodeShare& share : allocation.shares) cpus_taken_ += share.cpus;
  running_.push_back(place);
  ends_.push({now_ + job.run, place});
  return add(JobStarted{id_of(place), std::move(allocation), now_ + job.asked});
}

}  // namespace slurmxx
