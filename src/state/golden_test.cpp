// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// tests/golden keeps a journal of every kind of event as an earlier build wrote it, and what it leads to. It must be
// read for ever, and lead to the same. A new event gets a new pair of files (SLURMXX_WRITE_GOLDEN=1 writes the newest
// pair); the old ones stay as they are.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/model/job_state.h"
#include "core/tres/gres_pools.h"
#include "state/codec.h"
#include "state/journal_format.h"

using namespace slurmxx;

namespace {

const LogUuid uuid{7, 7, 7};

std::string golden_path(const std::string& name) {
  std::filesystem::path here = std::filesystem::current_path();
  while (!std::filesystem::exists(here / "tests/golden") && here != here.root_path()) here = here.parent_path();
  return (here / "tests/golden" / name).string();
}

std::string read_golden(const std::string& name) {
  std::stringstream text;
  text << std::ifstream(golden_path(name), std::ios::binary).rdbuf();
  return text.str();
}

Reservation reserved() {
  Reservation r;
  r.name = "r";
  r.number = 1;
  r.times.start = Instant(1100);
  r.times.end = Instant(4700);
  r.flags.set(ReservationFlag::maint);
  r.access.users.names = {"alice"};
  r.nodes = {NodeIndex(0)};
  r.cores = {{NodeIndex(0), {0, 1}}};
  r.partition = "main";
  return r;
}

ClusterConfigured configured() {
  ClusterConfigured event;
  event.text = "ClusterName=golden\n";
  for (const char* name : {"n1", "n2"}) {
    ClusterConfigured::NodeRow row;
    row.name = name;
    row.shape.cpus = 4;
    row.shape.memory = MebiBytes(1000);
    row.features = "fast";
    event.nodes.push_back(row);
  }
  Partition partition;
  partition.name = "main";
  partition.nodes = {NodeIndex(0), NodeIndex(1)};
  partition.is_default = true;
  partition.time_max = TimeLimit::of(Minutes(60));
  event.partitions.push_back(partition);
  event.first_job_id = JobId(10);
  return event;
}

std::shared_ptr<const JobSpec> spec(const std::string& name) {
  JobSpec spec;
  spec.owner = {Uid(1000), Gid(1000), "alice", "users", {Gid(1000), Gid(20)}};
  spec.labels.name = name;
  spec.placement.partitions = {"main"};
  spec.resources.memory_per_node = MebiBytes(100);
  spec.times.limit = TimeLimit::of(Minutes(5));
  spec.launch.work_dir = "/home/alice";
  spec.launch.script_hash = std::string(32, 'a');
  return std::make_shared<const JobSpec>(spec);
}

JobStarted started(std::uint32_t job, std::vector<std::uint32_t> nodes) {
  Allocation allocation{"main", {}, false};
  for (std::uint32_t node : nodes) allocation.shares.push_back({NodeIndex(node), 1, MebiBytes(100), {job % 4}});
  return {JobId(job), allocation, Instant(2000)};
}

JobStarted prepared_by_the_controller(JobStarted event) {
  event.preparing = true;
  return event;
}

JobSubmitted component(std::uint32_t leader, std::uint32_t offset) {
  JobSpec one = *spec("component");
  one.het = HetPlace{JobId(leader), offset, 2};
  return {JobId(leader + offset), std::make_shared<const JobSpec>(one), Hold::none};
}

JobSubmitted array(std::uint32_t id) {
  JobSpec one = *spec("array");
  one.array = ArrayRequest{IndexSet({{0, 6, 2}}), 2};
  return {JobId(id), std::make_shared<const JobSpec>(one), Hold::none};
}

ClusterConfigured configured_with_gpus() {
  ClusterConfigured event = configured();
  event.nodes[1].gres = "gpu:a:2,shard:4";
  return event;
}

NodeRegistration registered_with_gpus() {
  NodeRegistration registration;
  registration.shape.cpus = 4;
  registration.version = "25.11";
  registration.gres = {{"gpu", "a", 2, {"/dev/g0", "/dev/g1"}, IndexSet(1), "", "nvidia_gpu_env"}};
  return registration;
}

JobSubmitted asks_for_gpus(std::uint32_t id) {
  JobSpec one = *spec("gpus");
  one.resources.gres.per_node = "gpu:a:1";
  one.resources.gres.cpus_per_gpu = 1;
  return {JobId(id), std::make_shared<const JobSpec>(one), Hold::none};
}

JobStarted started_with(std::uint32_t job, GresShare gres) {
  JobStarted event = started(job, {1});
  event.allocation.shares.front().gres = {std::move(gres)};
  return event;
}

JobStarted charged(JobStarted start) {
  start.allocation.charge = Charge{3, 1, 0, 2.5};
  start.blocked_by = "JobHeldUser";
  return start;
}

Step on_the_first(StepId id) {
  Step step{id, "measured", 1, {{NodeIndex(0), 1, MebiBytes(50), {2}}}, Instant(1040), {}, {}, {NodeIndex(0)}};
  return step;
}

Step limited(Step step) {
  step.limit_at = Instant(2000);
  return step;
}

StepUsage measured(std::uint64_t cpu_ms) {
  StepUsage usage;
  usage.user_us = cpu_ms * 1000;
  usage.add_task(0, {cpu_ms, 1 << 20, 1 << 22, 3, 100, 50});
  usage.set_node(NodeIndex(0));
  return usage;
}

Node dynamic_node(const std::string& name) {
  Node node;
  node.name = name;
  node.declared.cpus = 2;
  node.dynamic = "as encoded";
  node.condition.base = NodeBase::up;
  return node;
}

// Every kind of event, so that none can change unseen.
std::vector<Event> events() {
  Partition closed = configured().partitions.front();
  closed.state = PartitionState::down;
  Partition added = closed;
  added.name = "added";
  Step step{StepId{0}, "hostname", 2, {{NodeIndex(0), 1, MebiBytes(50), {2}}}, Instant(1010), {}, {}, {NodeIndex(0)}};
  Step second = step;
  second.id = StepId{1};
  NodeCondition drained;
  drained.base = NodeBase::up;
  drained.drain = true;
  drained.reason = NodeReason{"fan", Uid(0), Instant(1005)};
  NodeRegistration registration;
  registration.shape.cpus = 4;
  registration.version = "25.11";
  JobChanged changed{JobId(11)};
  changed.hold = Hold::user;
  changed.priority = 77;
  NodeChanged weight{NodeIndex(1)};
  weight.weight = 9;
  weight.comment = "slow disk";
  const KillOrder kill{JobState::cancelled, Uid(1000), Instant(1030)};
  return {EpochBegan{Epoch(1), "head"},
          configured(),
          NodeRegistered{NodeIndex(0), registration},
          NodeConditionSet{NodeIndex(1), drained},
          weight,
          JobSubmitted{JobId(10), spec("first"), Hold::none},
          JobSubmitted{JobId(11), spec("held"), Hold::none},
          changed,
          started(10, {0, 1}),
          StepStarted{JobId(10), step},
          StepStarted{JobId(10), second},
          StepLeftNode{JobId(10), StepId{0}, NodeIndex(0), ExitCode{3, 0}},
          StepEnded{JobId(10), StepId{1}, ExitCode{0, 9}},
          JobLeftNode{JobId(10), NodeIndex(1)},
          JobSubmitted{JobId(12), spec("again"), Hold::none},
          started(12, {1}),
          JobRequeued{JobId(12), Hold::admin, "JobHeldAdmin"},
          JobLeftNode{JobId(12), NodeIndex(1)},
          JobSubmitted{JobId(13), spec("gone"), Hold::none},
          started(13, {0}),
          JobEnded{JobId(13), JobState::completed, {}, ""},
          JobLeftNode{JobId(13), NodeIndex(0)},
          JobPurged{JobId(13)},
          JobKillOrdered{JobId(10), kill},
          PartitionChanged{closed},
          PartitionChanged{added},  // from here on: journal-2, then journal-3 and 4
          PartitionRemoved{"added"},
          JobSubmitted{JobId(14), spec("scripts"), Hold::none},
          prepared_by_the_controller(started(14, {1})),
          JobScriptEnded{JobId(14), false},
          JobEnded{JobId(14), JobState::completed, {}, "", true},
          JobLeftNode{JobId(14), NodeIndex(1)},
          JobScriptEnded{JobId(14), true},
          HetJobSubmitted{JobId(15), {component(15, 0), component(15, 1)}},
          array(17),  // from here on: journal-4
          ArraySplit{JobId(17), JobId(18), IndexSet(0), true},
          started(18, {1}),
          ArraySplit{JobId(17), JobId(19), IndexSet({{4, 6, 2}}), false},
          ArraySplit{JobId(17), JobId(17), IndexSet(2), true},
          JobEnded{JobId(18), JobState::failed, ExitCode{7, 0}, "NonZeroExitCode"},
          AccountsChanged{difference({}, first_book()), true, true},  // from here on: journal-5
          configured_with_gpus(),                                     // from here on: journal-6
          NodeRegistered{NodeIndex(1), registered_with_gpus()},
          asks_for_gpus(20),
          started_with(20, {"gpu", "a", 1, {1}, {}}),
          JobSubmitted{JobId(21), spec("part"), Hold::none},
          started_with(21, {"shard", "", 2, {0}, {2}}),
          JobSuspended{JobId(10)},  // from here on: journal-7
          ReservationChanged{reserved()},
          ReservationChanged{Reservation{.name = "gone", .nodes = {NodeIndex(1)}}},
          ReservationRemoved{"gone"},
          NodeRebootSet{NodeIndex(1),
                        NodeReboot{.asap = true, .says_resume = true, .since = Instant(1040), .reason = "kernel"}},
          TriggerSet{Trigger{.id = 1, .subject_name = "*", .event = 1, .program = "/bin/true"}},
          TriggerSet{Trigger{.id = 2, .subject_name = "n1", .event = 2, .program = "/bin/false"}},
          TriggerRemoved{2},
          JobResumed{JobId(10)},
          JobSubmitted{JobId(23), spec("measured"), Hold::none},  // from here on: journal-8
          started(23, {0}),
          StepStarted{JobId(23), on_the_first(StepId{0})},
          StepStarted{JobId(23), on_the_first(StepId{1})},
          StepLeftNode{JobId(23), StepId{0}, NodeIndex(0), {}, measured(1500)},
          JobEnded{JobId(23), JobState::timeout, {}, "TimeLimit", false, std::make_shared<StepUsage>(measured(30))},
          StepToldLate{JobId(23), StepId{1}, NodeIndex(0), ExitCode{0, 15}, measured(700)},
          UsageReset{},  // from here on: journal-9
          UsageRulesSet{Seconds(3600)},
          JobLeftNode{JobId(23), NodeIndex(0)},
          JobSubmitted{JobId(24), spec("charged"), Hold::none},
          charged(started(24, {0})),
          JobEnded{JobId(24), JobState::completed, {}, ""},
          NodeAdded{dynamic_node("d1"), {"main"}},  // from here on: journal-10
          NodeAdded{dynamic_node("d2"), {}},
          NodeRemoved{NodeIndex(2)},
          CrontabSet{{Uid(1000), "@daily true\n"}},
          CrontabSet{{Uid(1001), "@hourly true\n"}},
          CrontabSet{{Uid(1001), ""}},
          JobSubmitted{JobId(25), spec("timed"), Hold::none},  // from here on: journal-11
          started(25, {0}),
          StepStarted{JobId(25), limited(on_the_first(StepId{0}))},
          StepChanged{JobId(25), StepId{0}, Instant(3000)},
          SettingsChanged{{{"SuspendExcNodes", "n[1-2]:1"}}},  // from here on: journal-12
          JobRequeued{JobId(25), Hold::none, ""},              // from here on: journal-13
          StepToldLate{JobId(25), StepId{0}, NodeIndex(0), ExitCode{0, 9}, measured(400), true}};
}

std::string journal() {
  std::string bytes = encode_segment_header({uuid, LogPosition(1)});
  std::uint64_t position = 0;
  for (const Event& event : events()) {
    ++position;
    append_record(
        bytes, {LogPosition(position), Instant(1000 + static_cast<std::int64_t>(position)), RequestId(position), event},
        LogPosition(position - 1));
  }
  return bytes;
}

std::string dump(const State& state) {
  std::string text = fmt::format("position {} at {} epoch {} next job {}\n", state.position().value, state.at().seconds,
                                 state.epoch().value, state.next_job_id().value);
  state.nodes().for_each([&](std::uint64_t number, const Node& node) {
    text += fmt::format("node {} {} cpus {} memory {} jobs {} completing {} drain {} weight {} {}\n", number, node.name,
                        node.use.cpus, node.use.memory.value, node.use.jobs, node.use.completing_jobs,
                        node.condition.drain, node.weight, node.registered ? node.registered->version : "unheard");
    if (!node.gres.empty()) text += fmt::format("  {} used {}\n", gres_pools_text(node), gres_used_text(node));
  });
  for (const auto& partition : state.partitions())
    text += fmt::format("partition {} state {}\n", partition->name, static_cast<int>(partition->state));
  if (state.accounts())
    text += fmt::format("accounts {} users {} qos {}\n", state.accounts()->accounts.size(),
                        state.accounts()->users.size(), state.accounts()->qos.size());
  for (const auto& r : state.reservations())
    text += fmt::format("reservation {} {}-{} nodes {} flags {}\n", r->name, r->times.start.seconds,
                        r->times.end.seconds, r->nodes.size(), r->flags.bits);
  for (const auto& trigger : state.triggers())
    text += fmt::format("trigger {} event {} of {}\n", trigger->id, trigger->event, trigger->subject_name);
  for (const auto& crontab : state.crontabs())
    text += fmt::format("crontab of {}: {}", crontab->user.value, crontab->text);
  state.usage().for_each([&](std::uint64_t, const UsageRow& row) {
    text += fmt::format("usage of {} {}: wall {:.6f} billing {:.6f} cpu {:.6f} at {}\n", static_cast<int>(row.holder),
                        row.id, row.amount.wall, row.amount.billing(), row.amount.of("cpu"), row.at.seconds);
  });
  for (const GlobalValue& one : state.settings()) text += fmt::format("setting {}={}\n", one.name, one.value);
  state.jobs().for_each([&](std::uint64_t, const Job& job) {
    text +=
        fmt::format("job {} {} {} hold {} restarts {} priority {} steps {} of {} left {} kill {} limit {}\n",
                    job.id.value, job.spec->labels.name, state_name(job.state), static_cast<int>(job.hold),
                    job.restarts, job.priority.value_or(0), job.ended_steps.size() + job.steps.size(), job.next_step,
                    job.unfinished.size(), job.kill.has_value(), job.times.limit_at ? job.times.limit_at->seconds : 0);
    if (!job.blocked_by.empty()) text += fmt::format("  blocked by {}\n", job.blocked_by);
    if (job.script_usage) text += fmt::format("  script used {} us\n", job.script_usage->user_us);
    const auto add_usage = [&](const Step& step) {
      if (step.limit_at) text += fmt::format("  step {} limit {}\n", to_string(step.id), step.limit_at->seconds);
      if (step.usage)
        text += fmt::format("  step {} used {} us, most memory {} on #{}\n", to_string(step.id), step.usage->user_us,
                            step.usage->of(UsageKind::memory).max, step.usage->of(UsageKind::memory).max_node.value);
    };
    job.ended_steps.for_each(add_usage);
    std::ranges::for_each(job.steps, add_usage);
    if (job.former && !job.former->steps.empty()) {
      text += fmt::format("  former life {}\n", state_name(job.former->state));
      std::ranges::for_each(job.former->steps, add_usage);
    }
    if (job.array)
      text += fmt::format("  array {} {} {} exit {}\n", job.array->array.value, job.array->split ? "task" : "waiting",
                          job.array->tasks.text(), job.array->exit_of_tasks);
  });
  return text;
}

std::string replayed(const std::string& bytes) {
  const auto segment = decode_segment(bytes, false);
  if (!segment) return segment.error().message;
  State state;
  for (const Record& record : segment->records)
    if (const Status applied = apply(state, record); !applied) return applied.error().message;
  return dump(state);
}

struct NotYetInvented {
  std::uint32_t value = 1;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "value", self.value);
  }
};

template <class... T>
std::variant<T..., NotYetInvented> extended(const std::variant<T...>&);

struct RecordOfTheFuture {
  LogPosition position;
  Instant at;
  RequestId request;
  decltype(extended(Event())) event;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "position", self.position);
    v(2, "at", self.at);
    v(3, "request", self.request);
    v(4, "event", self.event);
  }
};

}  // namespace

TEST_CASE("a journal that an earlier build wrote is read, and leads to what it led to") {
  if (std::getenv("SLURMXX_WRITE_GOLDEN")) {
    std::ofstream(golden_path("journal-13.bin"), std::ios::binary) << journal();
    std::ofstream(golden_path("journal-13.txt")) << replayed(journal());
  }
  for (const char* name : {"journal-1", "journal-2", "journal-3", "journal-4", "journal-5", "journal-6", "journal-7",
                           "journal-8", "journal-9", "journal-10", "journal-11", "journal-12", "journal-13"}) {
    const std::string kept = read_golden(std::string(name) + ".bin");
    REQUIRE(!kept.empty());
    CHECK(replayed(kept) == read_golden(std::string(name) + ".txt"));
  }
  CHECK(read_golden("journal-13.bin") == journal());  // what is written today is the same, byte for byte
}

TEST_CASE("the golden journal holds every kind of event") {
  std::set<std::size_t> kinds;
  for (const Event& event : events()) kinds.insert(event.index());
  CHECK(kinds.size() == std::variant_size_v<Event>);
}

TEST_CASE("an event of a later version refuses the start, wherever it stands") {
  RecordOfTheFuture record{LogPosition(1), Instant(1000), RequestId(1), NotYetInvented{5}};
  std::string bytes = encode_segment_header({uuid, LogPosition(1)});
  append_body(bytes, encode(record), LogPosition(0));
  for (const bool is_last : {true, false}) {
    const auto segment = decode_segment(bytes, is_last);
    REQUIRE_FALSE(segment.ok());
    CHECK(segment.error().message.find("record 1: an alternative this version does not know") != std::string::npos);
  }
}
