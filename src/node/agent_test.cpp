// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "node/agent.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace slurmxx {
namespace {

std::string name(const Incarnation& life) { return fmt::format("{}.{}", life.job.value, life.restarts); }
std::string name(const StepKey& key) {
  return fmt::format("{}.{}:{}", key.job.value, key.restarts, to_string(key.step));
}

// Writes down what the agent asked for, one word a call.
class NotedHost : public NodeHost {
 public:
  std::vector<std::string> notes;
  bool disk_full = false;

  void send(const NodeReport& report) override {
    if (const auto* hello = std::get_if<NodeHello>(&report))
      notes.push_back(
          fmt::format("hello jobs={} steps={}{}", hello->running.size(), hello->steps.size(),
                      hello->preparing.empty() ? "" : fmt::format(" preparing={}", hello->preparing.size())));
    if (std::holds_alternative<Heartbeat>(report)) notes.push_back("beat");
    if (const auto* failed = std::get_if<LaunchFailed>(&report)) notes.push_back("failed " + name(failed->job));
    if (const auto* ended = std::get_if<BatchEnded>(&report))
      notes.push_back(fmt::format("ended {} {}{}{}", name(ended->job), ended->exit.status,
                                  ended->fault.empty() ? "" : " ", ended->fault));
    if (const auto* done = std::get_if<PrologDone>(&report)) notes.push_back("prepared " + name(done->job));
    if (const auto* gone = std::get_if<NodeCleared>(&report)) notes.push_back("cleared " + name(gone->job));
    if (const auto* left = std::get_if<StepLeft>(&report)) notes.push_back("left " + name(left->key));
    if (const auto* asked = std::get_if<StepAwaited>(&report)) notes.push_back("asks for " + name(asked->key));
  }
  NodeRegistration registration() override { return {}; }
  Heartbeat vitals() override { return {}; }
  ObeyedController kept;
  void keep_obeyed(const ObeyedController& controller) override { kept = controller; }
  Status keep_job(const NodeJob&) override {
    if (disk_full) return fail("no space left");
    return {};
  }
  void run_prolog(const LaunchBatch& job) override { notes.push_back("prolog " + name(job.job)); }
  void start_batch(const LaunchBatch& job) override { notes.push_back("start " + name(job.job)); }
  void start_step(const LaunchStep& step) override { notes.push_back("start " + name(step.key)); }
  void admit_reader(const StepKey& key, const StepdAdmit& reader) override {
    notes.push_back("admit " + name(key) + " " + reader.reader);
  }
  void signal_step(const StepKey& key, const StepdSignal& signal) override {
    notes.push_back(fmt::format("signal {} {}{}", name(key), signal.signal, signal.shell_only ? " shell" : ""));
  }
  void finish_step(const StepKey& key, const StepdFinish& finish) override {
    notes.push_back(fmt::format("finish {} {}", name(key), finish.kill_wait.value));
  }
  void forget_step(const StepKey& key) override { notes.push_back("forget " + name(key)); }
  void step_unkillable(const StepKey& key, const StepEnd&) override { notes.push_back("unkillable " + name(key)); }
  void clear_job(const LaunchBatch& job, const EndJob&) override { notes.push_back("clear " + name(job.job)); }

  std::vector<std::string> take() { return std::exchange(notes, {}); }
};

using Notes = std::vector<std::string>;

struct Fixture {
  NotedHost host;
  NodeAgent agent{{"n1", Seconds(5), Seconds(30)}, host};
  MonoTime now{1000};

  void meet(std::vector<Incarnation> expected = {}, std::uint64_t epoch = 1) {
    agent.connected();
    agent.order(Welcome{Epoch(epoch), Seconds(100), std::move(expected)}, now);
  }
  void launch(const Incarnation& life, bool prolog_only = false) {
    LaunchBatch order;
    order.job = life;
    order.prolog_only = prolog_only;
    agent.order(order, now);
  }
  void launch_step(const StepKey& key) {
    LaunchStep order;
    order.key = key;
    agent.order(order, now);
  }
  void run(const Incarnation& life) {
    launch(life);
    agent.prolog_done(life, "");
    host.take();
  }
};

constexpr Incarnation first{JobId(7), 0};
constexpr Incarnation second{JobId(7), 1};
constexpr StepKey batch{JobId(7), 0, StepId::batch()};
constexpr StepKey step0{JobId(7), 0, StepId{0}};

TEST_CASE_FIXTURE(Fixture,
                  "A batch job runs its prolog, its script and its epilog, and is forgotten when all is seen") {
  meet();
  CHECK(host.take() == Notes{"hello jobs=0 steps=0"});
  launch(first);
  agent.prolog_done(first, "");
  agent.step_ended(batch, {{3, 0}});
  CHECK(host.take() == Notes{"prolog 7.0", "start 7.0", "ended 7.0 3"});
  agent.order(ReportSeen{first}, now);
  agent.order(EndJob{first, Seconds(30)}, now);
  agent.job_cleared(first, "");
  CHECK(host.take() == Notes{"clear 7.0", "cleared 7.0"});
  agent.order(ReportSeen{first, true}, now);
  agent.connected();
  CHECK(host.take() == Notes{"hello jobs=0 steps=0"});
}

TEST_CASE_FIXTURE(Fixture, "An order that comes twice is carried out once, even after the job is over") {
  meet();
  launch(first);
  launch(first);
  agent.prolog_done(first, "");
  agent.prolog_done(first, "");
  CHECK(host.take() == Notes{"hello jobs=0 steps=0", "prolog 7.0", "start 7.0"});
  agent.order(EndJob{first, Seconds(30)}, now);
  agent.step_ended(batch, {{0, 15}});
  agent.job_cleared(first, "");
  agent.order(ReportSeen{first, true}, now);
  host.take();
  launch(first);
  CHECK(host.take() == Notes{"failed 7.0"});
  agent.order(EndJob{first, Seconds(30)}, now);
  CHECK(host.take() == Notes{"cleared 7.0"});
}

TEST_CASE_FIXTURE(Fixture, "Reports are repeated on a new session until they are acknowledged") {
  meet();
  run(first);
  agent.disconnected();
  agent.step_ended(batch, {{0, 0}});
  host.take();
  meet({first});
  CHECK(host.take() == Notes{"hello jobs=1 steps=0", "ended 7.0 0"});
  agent.tick(now + Seconds(30));
  CHECK(host.take() == Notes{"beat", "ended 7.0 0"});
  agent.order(ReportSeen{first}, now);
  agent.tick(now + Seconds(90));
  CHECK(host.take() == Notes{});
}

TEST_CASE_FIXTURE(Fixture, "A job that the controller does not expect is ended, and one that it expects goes on") {
  meet();
  run(first);
  run({JobId(8), 0});
  meet({first});
  CHECK(host.take() == Notes{"hello jobs=2 steps=0", "finish 8.0:batch 5"});
}

TEST_CASE_FIXTURE(Fixture,
                  "A controller with a new log is obeyed from its first epoch, and no job of the old one goes on") {
  agent.connected();
  agent.order(Welcome{Epoch(7), Seconds(100), {}, "old"}, now);
  run({JobId(8), 0});
  run(first);
  agent.order(EndJob{first, Seconds(1)}, now);
  agent.step_ended(batch, {{0, 15}});
  agent.job_cleared(first, "");
  agent.order(ReportSeen{first, true}, now);
  host.take();
  agent.order(Welcome{Epoch(1), Seconds(100), {{JobId(8), 0}}, "new"}, now);
  CHECK(host.take() == Notes{"finish 8.0:batch 5"});
  launch(first);
  CHECK(host.take() == Notes{"prolog 7.0"});
}

TEST_CASE_FIXTURE(Fixture, "A node that is asked who it is tells what it holds") {
  meet();
  run(first);
  agent.order(SayHello{}, now);
  CHECK(host.take() == Notes{"hello jobs=1 steps=0"});
  launch({JobId(9), 0});  // not before the welcome
  CHECK(host.take() == Notes{});
}

TEST_CASE_FIXTURE(Fixture, "A node that is turned away knocks again later") {
  agent.connected();
  agent.order(TurnedAway{"not in slurm.conf"}, now);
  CHECK(host.take() == Notes{"hello jobs=0 steps=0"});
  agent.tick(now);
  CHECK(agent.wake_at() == now + Seconds(30));
  agent.tick(now + Seconds(29));
  CHECK(host.take() == Notes{});
  agent.tick(now + Seconds(30));
  CHECK(host.take() == Notes{"hello jobs=0 steps=0"});
}

TEST_CASE_FIXTURE(Fixture, "A replaced controller is not obeyed") {
  meet({}, 5);
  host.take();
  meet({}, 4);
  launch(first);
  CHECK(host.take() == Notes{"hello jobs=0 steps=0"});
}

TEST_CASE_FIXTURE(Fixture, "A replaced controller is not obeyed after a restart of slurmd either") {
  agent.connected();
  agent.order(Welcome{Epoch(5), Seconds(100), {}, "log"}, now);
  CHECK(host.kept == ObeyedController{Epoch(5), "log"});
  NodeAgent next{{"n1", Seconds(5), Seconds(30)}, host};
  next.restore(host.kept);
  next.connected();
  host.take();
  LaunchBatch order;
  order.job = first;
  next.order(Welcome{Epoch(4), Seconds(100), {}, "log"}, now);
  next.order(order, now);
  CHECK(host.take() == Notes{});
  CHECK(host.kept.epoch == Epoch(5));
  next.order(Welcome{Epoch(6), Seconds(100), {}, "log"}, now);
  next.order(order, now);
  CHECK(host.take() == Notes{"prolog 7.0"});
  CHECK(host.kept.epoch == Epoch(6));
}

TEST_CASE_FIXTURE(Fixture, "The next life of a job waits until the earlier one is cleared") {
  meet();
  run(first);
  launch(second);
  CHECK(host.take() == Notes{"finish 7.0:batch 5"});
  agent.step_ended(batch, {{0, 15}});
  CHECK(host.take() == Notes{"ended 7.0 0", "clear 7.0"});
  agent.job_cleared(first, "");
  CHECK(host.take() == Notes{"cleared 7.0", "prolog 7.1"});
}

TEST_CASE_FIXTURE(Fixture, "A job that ends during its prolog never starts its script") {
  meet();
  launch(first);
  agent.order(EndJob{first, Seconds(30), "CANCELLED"}, now);
  CHECK(host.take() == Notes{"hello jobs=0 steps=0", "prolog 7.0"});
  agent.prolog_done(first, "");
  CHECK(host.take() == Notes{"clear 7.0"});
}

TEST_CASE_FIXTURE(Fixture, "A failed prolog or a full disk is a launch failure, told until the job is ended") {
  meet();
  launch(first);
  agent.prolog_done(first, "Prolog error");
  CHECK(host.take() == Notes{"hello jobs=0 steps=0", "prolog 7.0", "failed 7.0"});
  CHECK(agent.launch_fault(step0) == "Prolog error");
  agent.order(EndJob{first, Seconds(30)}, now);
  CHECK(host.take() == Notes{"clear 7.0"});
  host.disk_full = true;
  launch({JobId(9), 0});
  CHECK(host.take() == Notes{"failed 9.0"});
}

TEST_CASE_FIXTURE(Fixture, "A step of srun waits for the prolog, and its end is told until it is seen") {
  meet();
  launch_step(step0);
  CHECK(host.take() == Notes{"hello jobs=0 steps=0", "prolog 7.0"});
  CHECK(agent.view(step0) == NodeAgent::StepView::coming);
  agent.prolog_done(first, "");
  CHECK(host.take() == Notes{"start 7.0:0"});
  CHECK(agent.view(step0) == NodeAgent::StepView::running);
  launch_step(step0);
  agent.step_ended(step0, {{2, 0}});
  CHECK(host.take() == Notes{"left 7.0:0"});
  meet({first});
  CHECK(host.take() == Notes{"hello jobs=1 steps=1", "left 7.0:0"});
  agent.order(ReportSeen{first, false, StepId{0}}, now);
  CHECK(host.take() == Notes{"forget 7.0:0"});
  CHECK(agent.view(step0) == NodeAgent::StepView::over);
}

TEST_CASE_FIXTURE(Fixture, "A signal reaches the steps, the script or the shell that are meant") {
  meet();
  run(first);
  launch_step(step0);
  host.take();
  agent.order(SignalJob{first, 10}, now);
  CHECK(host.take() == Notes{"signal 7.0:0 10"});
  agent.order(SignalJob{first, 10, false, true}, now);
  CHECK(host.take() == Notes{"signal 7.0:batch 10", "signal 7.0:0 10"});
  agent.order(SignalJob{first, 10, true}, now);
  CHECK(host.take() == Notes{"signal 7.0:batch 10 shell"});
  agent.order(SignalJob{first, 9, false, false, StepId{0}}, now);
  CHECK(host.take() == Notes{"finish 7.0:0 0"});
}

TEST_CASE_FIXTURE(Fixture, "A step whose srun is gone before the prolog is through does not start") {
  meet();
  launch_step(step0);
  host.take();
  agent.order(SignalJob{first, 0, false, false, StepId{0}}, now);
  CHECK(host.take() == Notes{"left 7.0:0"});
  agent.prolog_done(first, "");
  host.take();
  CHECK(agent.view(step0) == NodeAgent::StepView::over);
}

TEST_CASE_FIXTURE(Fixture, "Who waits for a step that was ended before it came here is told that it is over") {
  meet();
  CHECK(agent.view(step0) == NodeAgent::StepView::coming);
  agent.order(SignalJob{first, 10, false, false, StepId{0}}, now);
  CHECK(agent.view(step0) == NodeAgent::StepView::coming);
  agent.order(SignalJob{first, 9, false, false, StepId{0}}, now);
  CHECK(agent.view(step0) == NodeAgent::StepView::over);
  CHECK(agent.view({JobId(7), 0, StepId{1}}) == NodeAgent::StepView::coming);
}

TEST_CASE_FIXTURE(Fixture, "A step that somebody waits for and that does not come is asked for, again and again") {
  meet();
  agent.tick(now);
  host.take();
  agent.awaited(step0, now);
  CHECK(agent.wake_at() == now + Seconds(1));
  agent.tick(now + Millis(999));
  CHECK(host.take().empty());
  agent.tick(now + Seconds(1));
  CHECK(host.take() == Notes{"asks for 7.0:0"});
  agent.tick(now + Seconds(2));
  CHECK(host.take().empty());  // nobody waits any more
  agent.awaited(step0, now + Seconds(2));
  launch_step(step0);  // it waits for its prolog
  agent.awaited(step0, now + Seconds(3));
  agent.tick(now + Seconds(5));
  CHECK(host.take() == Notes{"prolog 7.0"});
}

TEST_CASE_FIXTURE(Fixture,
                  "After a restart a running script is adopted, an ended one reported, an unstarted one started") {
  agent.restore({{{.job = first}, true, false}, {{StepId::batch(), std::nullopt}}});
  agent.restore({{{.job = {JobId(8), 0}}, true, false}, {{StepId::batch(), StepEnd{{1, 0}}}}});
  agent.restore({{{.job = {JobId(9), 0}}, true, false}, {}});
  CHECK(host.take() == Notes{"start 9.0"});
  meet({first, {JobId(8), 0}, {JobId(9), 0}});
  CHECK(host.take() == Notes{"hello jobs=3 steps=0", "ended 8.0 1"});
  agent.step_ended(batch, {{0, 0}});
  CHECK(host.take() == Notes{"ended 7.0 0"});
}

TEST_CASE("a node that is turned away says hello again and again, and knows when") {
  Fixture f;
  f.agent.connected();
  f.host.take();
  for (int i = 0; i < 3; ++i) {
    f.agent.tick(f.now);
    const auto wake = f.agent.wake_at();
    REQUIRE(wake);
    f.now = *wake;
    f.agent.tick(f.now);
    CHECK(f.host.take() == Notes{"hello jobs=0 steps=0"});
    CHECK(f.agent.wake_at());
  }
}

TEST_CASE_FIXTURE(Fixture, "A broadcast hears no signal for steps; there may be so many at a time, and no list grows") {
  meet();
  run(first);
  const auto broadcast = [](int n) { return StepKey{JobId(7), 0, StepId{StepId::broadcast_max - n}}; };
  for (int n = 0; n < 33; ++n) launch_step(broadcast(n));
  Notes notes = host.take();
  CHECK(std::count(notes.begin(), notes.end(), "start 7.0:bcast") == 32);
  CHECK(notes.back() == "left 7.0:bcast");
  agent.order(SignalJob{first, 10}, now);
  CHECK(host.take().empty());
  for (int n = 0; n < 33; ++n) {
    if (n < 32) agent.step_ended(broadcast(n), {{0, 0}, "", false});
    agent.order(ReportSeen{first, false, broadcast(n).step}, now);
  }
  host.take();
  launch_step(broadcast(32));  // one that was forgotten
  launch_step(broadcast(40));
  notes = host.take();
  CHECK(std::count(notes.begin(), notes.end(), "start 7.0:bcast") == 2);
}

TEST_CASE_FIXTURE(Fixture, "A reader is admitted to a step that runs, or when it comes to run") {
  meet();
  launch(first);
  launch_step(step0);
  agent.order(AdmitReader{step0, "r", "s"}, now);
  host.take();
  agent.prolog_done(first, "");
  Notes notes = host.take();
  CHECK(notes.back() == "admit 7.0:0 r");
  agent.order(AdmitReader{step0, "q", "s"}, now);
  CHECK(host.take() == Notes{"admit 7.0:0 q"});
  agent.step_ended(step0, {{0, 0}, "", false});
  host.take();
  agent.order(AdmitReader{step0, "p", "s"}, now);
  agent.order(AdmitReader{{JobId(8), 0, StepId{0}}, "p", "s"}, now);
  CHECK(host.take().empty());
}

TEST_CASE_FIXTURE(Fixture, "A node that gets no step of an allocation runs its epilog and never its prolog") {
  meet();
  launch(first, true);
  CHECK(host.take() == Notes{"hello jobs=0 steps=0"});
  agent.connected();
  CHECK(host.take() == Notes{"hello jobs=1 steps=0"});
  agent.order(Welcome{Epoch(1), Seconds(100), {first}}, now);
  agent.order(EndJob{first, Seconds(30)}, now);
  CHECK(host.take() == Notes{"clear 7.0"});
}

TEST_CASE_FIXTURE(Fixture, "The first step of an allocation brings the prolog, the second does not") {
  meet();
  launch(first, true);
  launch_step(step0);
  CHECK(host.take() == Notes{"hello jobs=0 steps=0", "prolog 7.0"});
  agent.prolog_done(first, "");
  launch_step({JobId(7), 0, StepId{1}});
  CHECK(host.take() == Notes{"start 7.0:0", "start 7.0:1"});
}

TEST_CASE_FIXTURE(Fixture, "PrologFlags=Alloc: the prolog runs at once and its end is told; a hello tells it too") {
  meet();
  LaunchBatch order;
  order.job = first;
  order.prolog_only = order.prolog_at_once = true;
  agent.order(order, now);
  agent.connected();
  CHECK(host.take() == Notes{"hello jobs=0 steps=0", "prolog 7.0", "hello jobs=1 steps=0 preparing=1"});
  agent.order(Welcome{Epoch(1), Seconds(100), {first}}, now);
  agent.prolog_done(first, "");
  agent.connected();
  CHECK(host.take() == Notes{"prepared 7.0", "hello jobs=1 steps=0"});
}

TEST_CASE_FIXTURE(Fixture, "PrologFlags=DeferBatch: the script comes later and starts once") {
  meet();
  LaunchBatch order;
  order.job = first;
  order.prolog_only = order.prolog_at_once = true;
  agent.order(order, now);
  agent.prolog_done(first, "");
  host.take();
  order.prolog_only = false;
  agent.order(order, now);
  agent.order(order, now);
  CHECK(host.take() == Notes{"start 7.0"});
}

TEST_CASE_FIXTURE(Fixture, "What cannot be killed does not hold up the job's end, and is a fault of the node") {
  meet();
  run(first);
  agent.order(EndJob{first, Seconds(30)}, now);
  StepEnd end{{0, 9}, "", false, {}};
  end.survivors = {{4711, 5, "dd", "D", "io_schedule < folio_wait_bit"}};
  agent.step_ended(batch, end);
  CHECK(host.take() == Notes{"finish 7.0:batch 30",
                             "ended 7.0 0 Kill task failed: 7.batch: pid 4711 (dd) in state D at "
                             "io_schedule < folio_wait_bit",
                             "unkillable 7.0:batch", "clear 7.0"});
  agent.disconnected();
  meet({first});
  CHECK(host.take()[1].starts_with("ended 7.0 0 Kill task failed"));  // until it is acknowledged
}

TEST_CASE_FIXTURE(Fixture, "A job that is suspended is told so with SIGTSTP, and stopped a while later") {
  meet();
  run(first);
  agent.tick(now);
  host.take();
  const SuspendJob stop{first, false, Seconds(2)};
  agent.order(stop, now);
  agent.order(stop, now + Seconds(1));  // of a new session: it has been told
  CHECK(host.take() == Notes{"signal 7.0:batch 20"});
  CHECK(agent.wake_at() == now + Seconds(2));
  agent.tick(now + Millis(1999));
  CHECK(host.take() == Notes{});
  agent.tick(now + Seconds(2));
  CHECK(host.take() == Notes{"signal 7.0:batch 19"});
  agent.order(SuspendJob{first, true}, now + Seconds(3));
  CHECK(host.take() == Notes{"signal 7.0:batch 18"});
  agent.order(stop, now + Seconds(4));  // and resumed before it is over
  agent.order(SuspendJob{first, true}, now + Seconds(5));
  agent.tick(now + Seconds(9));
  CHECK(host.take() == Notes{"signal 7.0:batch 20", "signal 7.0:batch 18"});
  agent.order(SuspendJob{first, false}, now + Seconds(10));
  CHECK(host.take() == Notes{"signal 7.0:batch 19"});
}

}  // namespace
}  // namespace slurmxx
