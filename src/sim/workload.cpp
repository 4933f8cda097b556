// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "sim/workload.h"

#include "core/model/node_state.h"

namespace slurmxx::sim {
namespace {

constexpr std::size_t jobs_max = 150;

const Caller alice{Uid(1000), Gid(1000), "alice", "users", {}, "login"};
const Caller root{Uid(0), Gid(0), "root", "root", {}, "head"};

}  // namespace

void Workload::begin() {
  pace_ = Millis(kernel_.rng.between(300, 3000));
  kernel_.after(Millis(500), [this] { act(); });
}

void Workload::act() {
  if (ended_) return;
  Rng& rng = kernel_.rng;
  const std::int64_t kind = rng.between(known_.size() < jobs_max ? 0 : 62, 99);
  if (kind < 50)
    submit_batch();
  else if (kind < 56)
    start_srun();
  else if (kind < 62)
    submit_allocation();
  else if (kind < 88)
    use_verb();
  else
    administer();
  kernel_.after(Millis(rng.between(1, pace_.value * 2)), [this] { act(); });
}

std::string Workload::script() {
  Rng& rng = kernel_.rng;
  const std::int64_t seconds = rng.percent(70) ? rng.between(1, 20) : rng.between(20, 200);
  const std::vector<int> exits{0, 0, 0, 0, 0, 0, 1, 7, 8};
  return fmt::format("sleep {} exit {} signal {}{}", seconds * 1000 + rng.between(0, 3), rng.pick(exits),
                     rng.percent(4) ? 11 : 0, rng.percent(15) ? " stubborn" : "");
}

void Workload::ask_for_gres(ResourceRequest& want) {
  Rng& rng = kernel_.rng;
  const std::vector<std::string> lists{"gpu:1", "gpu:2", "gpu:a:1", "gpu:b:1,nic:2", "shard:1", "shard:2", "nic:1"};
  const std::int64_t form = rng.between(0, 5);
  if (form == 0)
    want.gres.per_job = fmt::format("gpu:{}", rng.between(want.nodes_min, 8));
  else if (form == 1)
    want.gres.per_task = "gpu:1";
  else
    want.gres.per_node = rng.pick(lists);
  if (rng.percent(20)) want.gres.cpus_per_gpu = static_cast<std::uint32_t>(rng.between(1, 2));
  if (rng.percent(20)) want.gres.flags = "enforce-binding";
}

SubmitRequest Workload::job() {
  Rng& rng = kernel_.rng;
  SubmitRequest request;
  JobSpec& spec = request.spec;
  ResourceRequest& want = spec.resources;
  if (rng.percent(35)) {
    want.nodes_set = true;
    want.nodes_min = static_cast<std::uint32_t>(rng.between(1, 3));
    want.nodes_max = want.nodes_min;
    want.tasks = want.nodes_min;
  } else {
    want.tasks_set = true;
    want.tasks = static_cast<std::uint32_t>(rng.between(1, 12));
  }
  if (rng.percent(30)) want.cpus_per_task = static_cast<std::uint32_t>(rng.between(1, 4));
  if (rng.percent(30)) want.memory_per_node = MebiBytes(rng.between(1, 8) * 500);
  if (rng.percent(12)) spec.placement.sharing = Sharing::exclusive;
  if (rng.percent(20)) spec.placement.sharing = Sharing::oversubscribe;
  if (rng.percent(25)) ask_for_gres(want);
  if (rng.percent(12)) spec.placement.features = "fast";
  if (rng.percent(15)) spec.placement.partitions = {"small"};
  if (rng.percent(10)) spec.placement.partitions = {"small", "main"};
  spec.times.limit = TimeLimit::of(Minutes(rng.between(1, 4)));
  if (rng.percent(8)) spec.times.begin = kernel_.wall() + Seconds(rng.between(5, 120));
  if (rng.percent(10)) spec.times.signal = {10, Seconds(30), rng.percent(50)};
  if (rng.percent(40)) spec.policy.requeue = rng.percent(70);
  spec.policy.kill_on_node_fail = !rng.percent(10);
  spec.policy.hold = rng.percent(5);
  if (rng.percent(4)) spec.labels.reservation = rng.percent(50) ? "r1" : "r2";
  spec.labels.name = "job";
  return request;
}

void Workload::submit_batch() {
  SubmitRequest request = job();
  request.script = script();
  const std::vector<std::string> arrays{"0-3", "1,5,9", "0-7%2", "2-9:3%1"};
  if (kernel_.rng.percent(12)) request.array = kernel_.rng.pick(arrays);
  request.environment = {"HOME=/home/alice", fmt::format("N={}", kernel_.rng.between(0, 3))};
  clients_.ask(alice, std::move(request), [this](const ClientReply& reply) {
    const auto* submitted = std::get_if<SubmitReply>(&reply);
    if (!submitted) return;
    known_.push_back(submitted->job);
    if (kernel_.rng.percent(10))
      clients_.ask(alice, WaitRequest{submitted->job, false}, [](const ClientReply& over) {
        const auto* wait = std::get_if<WaitReply>(&over);
        if (wait && !is_ended(wait->job.job.state)) violated("sbatch --wait was told of an end that is none");
      });
  });
}

void Workload::submit_allocation() {
  SubmitRequest request = job();
  request.spec.policy.batch = false;
  if (kernel_.rng.percent(20)) request.spec.policy.immediate = Seconds(10);
  clients_.ask(alice, std::move(request), [this](const ClientReply& reply) {
    const auto* submitted = std::get_if<SubmitReply>(&reply);
    if (!submitted) return;
    known_.push_back(submitted->job);
    clients_.ask(alice, WaitRequest{submitted->job, true}, [this](const ClientReply& started) {
      const auto* wait = std::get_if<WaitReply>(&started);
      if (wait && wait->job.job.state == JobState::running)
        take_steps(wait->job.job.id, static_cast<int>(kernel_.rng.between(0, 3)));
    });
  });
}

void Workload::start_srun() {
  SubmitRequest request = job();
  request.spec.policy.batch = false;
  request.spec.policy.held_by = HeldBy::srun;
  request.spec.policy.hold = false;
  request.spec.times.begin.reset();
  request.spec.times.limit = TimeLimit::of(Minutes(19));  // not what ends it
  request.step.emplace();
  request.step->command.arguments = {script()};
  if (kernel_.rng.percent(20)) request.step->tasks = 1;
  sruns_.start(alice, std::move(request));
}

void Workload::take_steps(JobId job, int left) {
  if (kernel_.rng.percent(5)) return;  // the command dies; the time limit ends its allocation
  if (left == 0) return finish(job);
  StepRequest step;
  step.job = job;
  step.command.arguments = {script()};
  step.overlap = kernel_.rng.percent(20);
  if (kernel_.rng.percent(40)) step.tasks = static_cast<std::uint32_t>(kernel_.rng.between(1, 4));
  clients_.ask(alice, std::move(step), [this, job, left](const ClientReply& reply) {
    if (!std::holds_alternative<StepReply>(reply)) return finish(job);
    kernel_.after(Millis(kernel_.rng.between(10, 30'000)), [this, job, left] { take_steps(job, left - 1); });
  });
}

void Workload::finish(JobId job) {
  FinishRequest request;
  request.job = job;
  if (kernel_.rng.percent(20)) request.exit = {3, 0};
  clients_.ask(alice, request, nullptr);
}

JobId Workload::some_job() {
  if (known_.empty()) return JobId(1);
  const std::size_t recent = std::min<std::size_t>(known_.size(), 25);
  return known_[known_.size() - 1 - kernel_.rng.next() % recent];
}

void Workload::use_verb() {
  Rng& rng = kernel_.rng;
  if (rng.percent(15)) return change_job();
  if (rng.percent(12)) return stop_and_go();
  JobVerbRequest verb;
  verb.job = some_job();
  const std::vector<JobVerb> verbs{JobVerb::cancel,       JobVerb::cancel,    JobVerb::cancel,
                                   JobVerb::hold,         JobVerb::release,   JobVerb::requeue,
                                   JobVerb::requeue_hold, JobVerb::user_hold, JobVerb::requeue};
  verb.verb = rng.pick(verbs);
  const std::vector<std::string> tasks{"0-3", "1", "2,5", "0-1000"};
  if (rng.percent(10)) verb.tasks = *parse_indices(rng.pick(tasks), UINT32_MAX);
  if (verb.verb == JobVerb::cancel && rng.percent(40)) {
    const std::vector<std::uint32_t> signals{9, 10, 15};
    verb.signal = rng.pick(signals);
    verb.batch_only = rng.percent(30);
    verb.full = rng.percent(30);
    if (rng.percent(40)) verb.step = StepId{static_cast<std::int32_t>(rng.between(0, 1))};
  }
  clients_.ask(rng.percent(30) ? root : alice, verb, nullptr);
}

void Workload::ask_root(ClientRequest request) { clients_.ask(root, std::move(request), nullptr); }

void Workload::change_job() {
  Rng& rng = kernel_.rng;
  const std::vector<KeyValue> changes{{"TimeLimit", std::to_string(rng.between(1, 6))},
                                      {"Priority", "5"},
                                      {"Features", "fast"},
                                      {"NumTasks", "2"},
                                      {"Nice", "10"},
                                      {"Requeue", "1"}};
  ask_root(UpdateRequest{"job", std::to_string(some_job().value), {rng.pick(changes)}});
}

void Workload::administer() {
  Rng& rng = kernel_.rng;
  const std::int64_t kind = rng.between(0, 99);
  if (kind < 60) return change_node();
  if (kind < 68) return change_partition();
  if (kind < 78) return change_reservation();
  if (kind < 95) {
    head_.next_config();
    return ask_root(DaemonRequest{DaemonVerb::reconfigure});
  }
  ask_root(DaemonRequest{DaemonVerb::shutdown});
}

void Workload::change_node() {
  Rng& rng = kernel_.rng;
  const std::vector<std::string> states{"DRAIN",  "DRAIN", "RESUME",  "RESUME", "RESUME",
                                        "RESUME", "DOWN",  "UNDRAIN", "FAIL",   "IDLE"};
  const std::string node = fmt::format("n{}", rng.between(1, 6));
  ask_root(UpdateRequest{"node", node, {{"State", rng.pick(states)}, {"Reason", "because"}}});
}

void Workload::stop_and_go() {
  const JobVerb verb = kernel_.rng.percent(50) ? JobVerb::suspend : JobVerb::resume;
  ask_root(JobVerbRequest{verb, some_job(), {}, 0, false, false});
}

// Two names: they overlap, are made twice, and go while jobs wait for them.
void Workload::change_reservation() {
  Rng& rng = kernel_.rng;
  const std::string name = rng.percent(50) ? "r1" : "r2";
  if (rng.percent(30)) return ask_root(UpdateRequest{"reservation", name, {}, UpdateVerb::remove});
  const Instant start = kernel_.wall() + Seconds(rng.between(-30, 200));
  const std::vector<std::string> flags{"OVERLAP", "MAINT,IGNORE_JOBS", "IGNORE_JOBS", "PURGE_COMP=00:01:00", "FLEX"};
  ask_root(UpdateRequest{"reservation",
                         name,
                         {{"StartTime", std::to_string(start.seconds)},
                          {"Duration", std::to_string(rng.between(1, 5))},
                          {"Users", rng.percent(50) ? "alice" : "root"},
                          {"NodeCnt", std::to_string(rng.between(1, 2))},
                          {"Flags", rng.pick(flags)}},
                         rng.percent(80) ? UpdateVerb::create : UpdateVerb::change});
}

void Workload::change_partition() {
  const bool down = kernel_.rng.percent(40);
  ask_root(UpdateRequest{"partition", kernel_.rng.percent(50) ? "small" : "main", {{"State", down ? "DOWN" : "UP"}}});
}

void Workload::clean_up() {
  for (const auto& partition : oracle_.truth().partitions())
    if (partition->state != PartitionState::up)
      ask_root(UpdateRequest{"partition", partition->name, {{"State", "UP"}}});
  oracle_.truth().nodes().for_each([&](std::uint64_t, const Node& node) {
    if (node.condition.drain || node.condition.fail || node.condition.base == NodeBase::down)
      ask_root(UpdateRequest{"node", node.name, {{"State", "RESUME"}}});
  });
  for (const auto& reservation : oracle_.truth().reservations())
    ask_root(UpdateRequest{"reservation", reservation->name, {}, UpdateVerb::remove});
  oracle_.truth().jobs().for_each([&](std::uint64_t, const Job& job) {
    if (job.state == JobState::suspended) ask_root(JobVerbRequest{JobVerb::resume, job.id, {}, 0, false, false});
    if (job.state != JobState::pending) return;
    if (job.hold != Hold::none) ask_root(JobVerbRequest{JobVerb::release, job.id, {}, 0, false, false});
    const std::string why = head_.reason_of(job);  // some can never run
    if (why == "PartitionConfig" || why == "PartitionNodeLimit" || why == "BadConstraints")
      ask_root(JobVerbRequest{JobVerb::cancel, job.id, {}, 0, false, false});
  });
}

}  // namespace slurmxx::sim
