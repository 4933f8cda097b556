// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/oracle.h"

#include <algorithm>
#include <tuple>

#include "core/model/gres_use.h"
#include "core/reserve/reserve.h"
#include "core/tres/gres_pools.h"
#include "state/codec.h"
#include "state/journal_format.h"

namespace slurmxx::sim {

void Oracle::committed() {
  for (const Record& record : attempted_) take(record);
  attempted_.clear();
}

void Oracle::take(const Record& record) {
  ++kernel_.counts().records;
  if (const auto* event = std::get_if<JobSubmitted>(&record.event)) check_submitted(record, *event);
  if (const auto* event = std::get_if<HetJobSubmitted>(&record.event)) {
    check_submitted(record, event->components.front());
    for (std::size_t i = 1; i < event->components.size(); ++i) check_new(event->components[i].job);
  }
  if (const auto* event = std::get_if<ArraySplit>(&record.event)) check_split(*event);
  if (const auto* event = std::get_if<JobLeftNode>(&record.event)) check_left(*event);
  if (const auto* event = std::get_if<JobStarted>(&record.event)) check_started(record, *event);
  if (const auto* event = std::get_if<JobPurged>(&record.event)) check_purged(record, *event);
  if (const auto* event = std::get_if<JobKillOrdered>(&record.event);
      event && event->order.end_state == JobState::preempted)
    check_preempted(event->job);
  if (const auto* event = std::get_if<JobSuspended>(&record.event); event && event->stands_aside)
    check_preempted(event->job);
  if (const auto* event = std::get_if<JobResumed>(&record.event)) resumed_.insert(event->job);
  if (record.request != RequestId()) {
    auto [last, fresh] = last_of_request_.emplace(record.request, record.position);
    if (!fresh && last->second.value + 1 != record.position.value)
      violated(fmt::format("request {} was done twice: records {} and {}", record.request.value, last->second.value,
                           record.position.value));
    last->second = record.position;
  }
  log_.push_back(encode(record));
  if (const Status applied = apply(truth_, record); !applied)
    violated(fmt::format("record {} does not fit the log: {}", record.position.value, text_of(applied.error())));
  requests_.apply(record);
  if (const auto* event = std::get_if<JobPurged>(&record.event)) purged_.insert(event->job);
}

void Oracle::check_new(JobId job) {
  if (!ever_.insert(job).second) violated(fmt::format("job id {} is used again", job.value));
}

void Oracle::check_submitted(const Record& record, const JobSubmitted& event) {
  check_new(event.job);
  if (record.request == RequestId()) violated(fmt::format("job {} was submitted by nobody", event.job.value));
  if (!submitted_.emplace(record.request, event.job).second)
    violated(fmt::format("request {} made two jobs", record.request.value));
}

void Oracle::check_split(const ArraySplit& event) {
  if (event.part != event.job) check_new(event.part);
  const Job* job = truth_.find(event.job);
  if (!job || !event.is_task) return;
  const std::uint32_t index = event.tasks.front();
  if (!tasks_.insert({job->array->array, index}).second)
    violated(fmt::format("task {} of array {} became a job twice", index, job->array->array.value));
}

// No job runs into a reservation that does not let it in, and one that asks for some begins within.
void Oracle::check_started(const Record& record, const JobStarted& event) const {
  const Job* job = truth_.find(event.job);
  if (!job) return;
  for (const auto& r : truth_.reservations()) {
    if (r->flags.has(ReservationFlag::flex) && asks_for(*job->spec, r->name)) return;
    const bool asks = asks_for(*job->spec, r->name);
    const bool meets = record.at < r->times.end && (!event.limit_at || *event.limit_at > r->times.start);
    const bool within = r->times.start <= record.at && record.at < r->times.end;
    for (const NodeShare& share : event.allocation.shares) {
      const bool there = std::find(r->nodes.begin(), r->nodes.end(), share.node) != r->nodes.end();
      if (there && meets && !asks && job->spec->labels.reservation.empty())
        violated(fmt::format("job {} runs into reservation {}", event.job.value, r->name));
      const bool placed = there || r->nodes.empty();  // one of licences, or whose nodes left the configuration
      if (asks && job->spec->labels.reservation == r->name && !(placed && within))
        violated(fmt::format("job {} runs outside of its reservation {}", event.job.value, r->name));
    }
  }
}

// Nobody makes room but for a job that waits, of a higher tier.
void Oracle::check_preempted(JobId victim) const {
  const Job* job = truth_.find(victim);
  const Partition* own = job && job->allocation ? truth_.find_partition(job->allocation->partition) : nullptr;
  bool any = false;
  truth_.jobs().for_each([&](std::uint64_t, const Job& other) {
    if (other.state != JobState::pending || other.hold != Hold::none) return;
    for (const std::string& name : other.spec->placement.partitions)
      if (const Partition* partition = truth_.find_partition(name); partition && own)
        any = any || partition->priority_tier > own->priority_tier;
  });
  if (!any) violated(fmt::format("job {} is preempted, and no job of a higher tier waits", victim.value));
}

// A node is given back when nothing of the job is left there, or when it was declared DOWN.
void Oracle::check_left(const JobLeftNode& event) {
  const Node* node = truth_.find(event.node);
  const Job* job = truth_.find(event.job);
  if (node && job && node->condition.base == NodeBase::down)
    written_off_.insert({node->name, {event.job, job->life_on_nodes(), StepId::batch()}});
  auto [first, last] = running_.equal_range(event.job);
  for (auto life = first; life != last; ++life) {
    if (!node || life->second.node != node->name || life->second.written_off) continue;
    if (node->condition.base != NodeBase::down)
      violated(fmt::format("job {} is said to have left {}, and its script runs there", event.job.value, node->name));
    life->second.written_off = true;
  }
}

void Oracle::check_purged(const Record& record, const JobPurged& event) const {
  const Job* job = truth_.find(event.job);
  if (!job || !job->times.ended || *job->times.ended + Seconds(60) > record.at)
    violated(fmt::format("job {} was purged before MinJobAge", event.job.value));
}

void Oracle::recovered(const Recovered& found) {
  const LogPosition durable = truth_.position();
  const LogPosition reached = found.state.position();
  if (reached < durable)
    violated(fmt::format("the log ends at {} after a restart, and {} was durable", reached.value, durable.value));
  for (const Record& record : std::exchange(attempted_, {}))
    if (record.position <= reached) take(record);
  if (truth_.position() != reached) violated(fmt::format("the log has a record {} that nobody wrote", reached.value));
  if (reached == LogPosition()) return;
  if (found.log != uuid_) violated("the log has another UUID after a restart");
  if (encode_snapshot(uuid_, found.state, found.requests) != encode_snapshot(uuid_, truth_, requests_))
    violated(fmt::format("the state after a restart at {} is not the fold of the log", reached.value));
}

void Oracle::check_replay() const {
  State state;
  RequestLog requests;
  for (const std::string& bytes : log_) {
    Result<Record> record = decode<Record>(bytes);
    if (!record) violated("a record cannot be read back: " + text_of(record.error()));
    if (const Status applied = apply(state, *record); !applied)
      violated("a record cannot be replayed: " + text_of(applied.error()));
    requests.apply(*record);
  }
  if (encode_snapshot(uuid_, state, requests) != encode_snapshot(uuid_, truth_, requests_))
    violated("a replay of the whole log gives another state");
}

bool Oracle::promised(const StepKey& key) const {
  const Job* job = truth_.find(key.job);
  if (!job) return purged_.contains(key.job);  // an order that was long on the way
  return job->restarts >= key.restarts;
}

void Oracle::script_starts(const std::string& node, const StepKey& key) {
  ++kernel_.counts().runs;
  if (!promised(key)) violated(fmt::format("job {} runs and is not in the log", key.job.value));
  if (over_.contains(key))
    violated(
        fmt::format("job {} life {} ran to its end and is started again on {}", key.job.value, key.restarts, node));
  const bool late =
      written_off_.contains({node, key});  // by an order that was on the way when its node was declared DOWN
  auto [first, last] = running_.equal_range(key.job);
  for (auto life = first; life != last; ++life) {
    const bool apart = life->second.node != node && (life->second.written_off || late);
    if (!apart)
      violated(fmt::format("job {} runs twice at once: life {} on {} and life {} on {}", key.job.value,
                           life->second.restarts, life->second.node, key.restarts, node));
  }
  for (const auto& [job, life] : running_)
    if (life.node == node && job != key.job && life.written_off != late)
      violated(fmt::format("job {} life {} runs on {} beside job {} life {}, and one of them was given up there",
                           key.job.value, key.restarts, node, job.value, life.restarts));
  running_.emplace(key.job, Life{node, key.restarts, late});
}

void Oracle::script_ends(const std::string& node, const StepKey& key, bool by_itself) {
  if (by_itself) over_.insert(key);
  auto [first, last] = running_.equal_range(key.job);
  for (auto life = first; life != last; ++life)
    if (life->second.node == node && life->second.restarts == key.restarts) {
      running_.erase(life);
      return;
    }
}

std::optional<JobId> Oracle::job_of(RequestId submission) const {
  const auto found = submitted_.find(submission);
  return found == submitted_.end() ? std::nullopt : std::optional(found->second);
}

bool Oracle::without_srun(JobId job) const {
  return std::any_of(ended_sruns_.begin(), ended_sruns_.end(), [&](RequestId ended) { return job_of(ended) == job; });
}

void Oracle::acknowledged(RequestId request, JobId job) {
  ++kernel_.counts().jobs;
  const auto known = submitted_.find(request);
  if (known == submitted_.end() || known->second != job)
    violated(fmt::format("job {} was acknowledged to request {} and is not in the log", job.value, request.value));
  for (const auto& [earlier, its_job] : acknowledged_)
    if (its_job == job && earlier != request) violated(fmt::format("job id {} was acknowledged twice", job.value));
  acknowledged_[request] = job;
}

void Oracle::check_promises() const {
  for (const auto& [request, job] : acknowledged_)
    if (!truth_.find(job) && !purged_.contains(job)) violated(fmt::format("acknowledged job {} is lost", job.value));
}

namespace {

struct Sum {
  std::uint32_t cpus = 0;
  std::int64_t memory = 0;
  std::uint32_t jobs = 0;
  bool whole = false;
  bool resumed = false;  // one of them was suspended
  std::uint32_t on_cpus = 0;
  std::vector<std::optional<JobId>> taken;
  std::vector<GresShare> gres;
  std::map<std::uint32_t, std::map<std::string, std::uint32_t>> lent;  // each CPU that is shared: jobs by partition
};

// So many jobs as the partition says, and no more, have a CPU that they share.
void check_sharing(Sum& sum, const Job& job, NodeIndex node, std::uint32_t cpu) {
  const std::uint32_t most = job.allocation->jobs_per_core;
  if (most <= 1) return;
  if (++sum.lent[cpu][job.allocation->partition] > most && !sum.resumed)
    violated(fmt::format("CPU {} of node {} is given to more than {} jobs", cpu, node.value, most));
}

void add_share(Sum& sum, const Job& job, const NodeShare& share, const Node& node) {
  sum.memory += share.memory.value;
  ++sum.jobs;
  if (!gres_are_free(node.gres, sum.gres, share.gres))
    violated(fmt::format("GRES of node {} are given to job {} and another, or are not there", node.name, job.id.value));
  add_gres(sum.gres, share.gres);
}

// A suspended job holds none; one that was resumed may share CPUs with who has got them meanwhile.
void add_cpus(Sum& sum, const Job& job, const NodeShare& share, bool resumed) {
  sum.cpus += share.cpus;
  sum.whole = sum.whole || job.allocation->whole_nodes;
  sum.resumed = sum.resumed || resumed;
  ++sum.on_cpus;
  for (std::uint32_t id : share.cpu_ids) {
    if (sum.taken.size() <= id) sum.taken.resize(id + 1);
    if (sum.taken[id]) {
      if (!sum.resumed && !(job.allocation->jobs_per_core > 1 && sum.lent.contains(id)))
        violated(fmt::format("CPU {} of node {} is given to job {} and to job {}", id, share.node.value, job.id.value,
                             sum.taken[id]->value));
      --sum.cpus;
    }
    sum.taken[id] = job.id;
    check_sharing(sum, job, share.node, id);
  }
}

// Steps that run side by side share nothing that they did not ask to share.
void check_steps(const Job& job) {
  if (!job.runs()) return;
  for (const NodeShare& share : job.allocation->shares) {
    std::vector<GresShare> left = share.gres;
    for (const Step& step : job.steps)
      for (const NodeShare& part : step.shares)
        if (!step.ended && !step.overlap && step.id.value >= 0 && part.node == share.node)
          for (const GresShare& gres : part.gres)
            for (const std::uint32_t index : gres.indexes)
              for (GresShare& of_job : left)
                if (of_job.name == gres.name && of_job.type == gres.type && gres.counts.empty() &&
                    std::erase(of_job.indexes, index) == 0)
                  violated(fmt::format("{} {} of job {} is given to two steps", gres.name, index, job.id.value));
  }
}

bool same_gres(std::vector<GresShare> a, std::vector<GresShare> b) {
  const auto order = [](const GresShare& x, const GresShare& y) {
    return std::tie(x.name, x.type) < std::tie(y.name, y.type);
  };
  std::sort(a.begin(), a.end(), order);
  std::sort(b.begin(), b.end(), order);
  return a == b;
}

}  // namespace

void Oracle::note_resumed(const std::vector<Record>& records) {
  for (const Record& record : records)
    if (const auto* event = std::get_if<JobResumed>(&record.event)) resumed_.insert(event->job);
}

void Oracle::check_resources(const State& state) const {
  std::map<NodeIndex, Sum> sums;
  state.jobs().for_each([&](std::uint64_t, const Job& job) {
    for (NodeIndex node : job.unfinished)
      for (const NodeShare& share : job.allocation->shares)
        if (share.node == node) {
          add_share(sums[node], job, share, *state.find(node));
          if (!job.without_cpus()) add_cpus(sums[node], job, share, resumed_.contains(job.id) || job.times.suspended);
        }
    check_steps(job);
  });
  state.nodes().for_each([&](std::uint64_t number, const Node& node) {
    const Sum& sum = sums[NodeIndex(static_cast<std::uint32_t>(number))];
    const NodeUse& use = node.use;
    if (sum.cpus != use.cpus || sum.memory != use.memory.value ||
        sum.jobs != use.jobs + use.completing_jobs + use.suspended_jobs)
      violated(fmt::format("node {} says cpus={} memory={} jobs={}, its jobs hold {} {} {}", node.name, use.cpus,
                           use.memory.value, use.jobs + use.completing_jobs + use.suspended_jobs, sum.cpus, sum.memory,
                           sum.jobs));
    if (sum.cpus > node.declared.cpus || sum.memory > node.declared.memory.value)
      violated(fmt::format("node {} is given away more than it has", node.name));
    if (!same_gres(sum.gres, use.gres))
      violated(fmt::format("node {} says GRES {}, its jobs hold {}", node.name, gres_shares_text(use.gres),
                           gres_shares_text(sum.gres)));
    if (sum.whole && sum.on_cpus > 1 && !sum.resumed)
      violated(fmt::format("node {} holds another job beside a whole-node job", node.name));
  });
}

}  // namespace slurmxx::sim
