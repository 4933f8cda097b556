// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What slurmctld does for an srun that lives, and for one that is gone.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "control/cluster_fixture.h"
#include "control/controller.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

SubmitRequest srun_job(const Cluster& c) {
  SubmitRequest request = c.job();
  request.script.clear();
  request.spec.policy.batch = false;
  request.spec.policy.held_by = HeldBy::srun;
  request.step.emplace();
  request.step->command.arguments = {"true"};
  request.step->command.environment = {"A=b", "SLURM_CONF=/etc/slurm.conf"};
  return request;
}

void hang_up(Cluster& c) {
  c.controller->begin(c.now());
  c.controller->closed(SessionId(100));
  c.settle();
}

JobState state_of(const Cluster& c, JobId job) { return c.controller->state().find(job)->state; }

}  // namespace

TEST_CASE("srun: its first step is made along with its allocation") {
  Cluster c;
  c.all_up();
  const auto reply = std::get<SubmitReply>(c.ask(alice, srun_job(c), RequestId(7)));
  REQUIRE(reply.started.has_value());
  REQUIRE(reply.step.has_value());
  const auto launches = c.orders<LaunchStep>();
  REQUIRE(launches.size() == 1);
  const auto& environment = launches.front().second.command.environment;
  CHECK(std::count(environment.begin(), environment.end(), "A=b") == 1);
  CHECK(std::count(environment.begin(), environment.end(), "SLURM_JOB_NODELIST=n1") == 1);
  // Asked again: the same step.
  const auto again = std::get<SubmitReply>(c.ask(alice, srun_job(c), RequestId(7)));
  CHECK(again.job == reply.job);
  REQUIRE(again.step.has_value());
  CHECK(again.step->key == reply.step->key);
  CHECK(c.orders<LaunchStep>().empty());
  // After a restart nobody knows its secret: it is ended, and srun asks for another.
  c.boot();
  NodeRegistration registration;
  registration.shape.cpus = 4;
  registration.shape.memory = MebiBytes(2000);
  registration.booted = Instant(1);
  c.report(1, NodeHello{"n1", registration, {{reply.job, 0}}, {reply.step->key}});
  const auto later = std::get<SubmitReply>(c.ask(alice, srun_job(c), RequestId(7)));
  CHECK(later.job == reply.job);
  CHECK_FALSE(later.step.has_value());
  REQUIRE(c.orders<SignalJob>().size() == 1);
  CHECK(c.orders<SignalJob>().front().second.step == reply.step->key.step);
}

TEST_CASE("srun: a step has ports of MpiParams that no other step of its nodes has") {
  Cluster c;
  c.begin_with(patient_conf() + "MpiParams=ports=40000-40004\nMaxTasksPerNode=2\n");
  c.all_up();
  const JobId job = c.submit(alice, c.job());
  const auto step = [&](std::optional<std::uint32_t> ports, std::uint32_t tasks = 1) {
    StepRequest request;
    request.job = job;
    request.command.arguments = {"true"};
    request.overlap = true;
    request.tasks = tasks;
    request.terms.overcommit = true;
    request.terms.immediate = true;
    request.terms.resv_ports = ports;
    return c.ask(alice, request);
  };
  REQUIRE(std::holds_alternative<StepReply>(step(2)));
  auto launches = c.orders<LaunchStep>();
  REQUIRE(launches.size() == 1);
  const auto& told = launches.front().second.command.environment;
  CHECK(std::count(told.begin(), told.end(), "SLURM_STEP_RESV_PORTS=40000-40001") == 1);
  const auto ports = [&] { return c.job_of(job).steps.back().resv_ports; };
  CHECK(ports() == "40000-40001");
  CHECK(std::count(told.begin(), told.end(), "SLURM_DISTRIBUTION=cyclic") == 1);
  REQUIRE(std::holds_alternative<StepReply>(step({})));
  CHECK(ports() == "40002-40003");
  REQUIRE(std::holds_alternative<StepReply>(step(0)));
  CHECK(ports().empty());
  const auto busy = std::get<ErrorReply>(step(2));
  CHECK(busy.code == Errc::nodes_busy);
  CHECK(busy.message.starts_with("Requested ports are in use"));
  CHECK(std::get<ErrorReply>(step(6)).message.starts_with("Requires more ports than can be reserved"));
  CHECK(std::get<ErrorReply>(step(0, 3)).code == Errc::bad_task_count);  // MaxTasksPerNode
  c.begin_with(patient_conf());
  c.all_up();
  const JobId other = c.submit(alice, c.job());
  CHECK(other == job);
  CHECK(std::get<ErrorReply>(step(1)).message.starts_with("Requires more ports than can be reserved"));
}

TEST_CASE("srun: a job that has to wait gets no step, and is cancelled when its srun is gone") {
  Cluster c;
  const auto reply = std::get<SubmitReply>(c.ask(alice, srun_job(c)));
  CHECK_FALSE(reply.started.has_value());
  c.pass(20);
  CHECK(state_of(c, reply.job) == JobState::pending);
  hang_up(c);
  c.pass(9);  // MessageTimeout is 10 s
  CHECK(state_of(c, reply.job) == JobState::pending);
  c.pass(2);
  CHECK(state_of(c, reply.job) == JobState::cancelled);
}

TEST_CASE("srun: gets no step when it hangs up in the batch of its request") {
  Cluster c;
  c.all_up();
  c.controller->begin(c.now());
  c.controller->call(SessionId(100), alice, ClientCall{1, RequestId(3), srun_job(c)});
  c.controller->closed(SessionId(100));
  c.settle();
  CHECK(c.orders<LaunchStep>().empty());
  c.pass(11);
  CHECK(state_of(c, JobId(1)) == JobState::cancelled);
}

TEST_CASE("srun: its allocation ends after its last step when it is gone") {
  Cluster c;
  c.all_up();
  const auto reply = std::get<SubmitReply>(c.ask(alice, srun_job(c)));
  REQUIRE(reply.step.has_value());
  hang_up(c);
  REQUIRE(c.orders<SignalJob>().size() == 1);
  CHECK(c.orders<SignalJob>().front().second.signal == 0);  // whoever waits for it need not
  c.pass(20);                                               // srun and the nodes may be talking
  CHECK(state_of(c, reply.job) == JobState::running);
  c.report(1, StepLeft{reply.step->key, ExitCode{0, 9}});
  c.pass(9);
  CHECK(state_of(c, reply.job) == JobState::running);
  c.pass(2);
  CHECK(state_of(c, reply.job) == JobState::cancelled);
  CHECK(c.orders<EndJob>().size() == 1);
}

TEST_CASE("srun: a node that is asked for a step hears from the controller whether it is over") {
  Cluster c;
  c.all_up();
  const auto reply = std::get<SubmitReply>(c.ask(alice, srun_job(c)));
  REQUIRE(reply.step.has_value());
  const StepKey key = reply.step->key;
  const auto told_over = [&](std::uint64_t node, const StepKey& awaited) {
    c.report(node, StepAwaited{awaited});
    const auto orders = c.orders<SignalJob>();
    return orders.size() == 1 && orders.front().second.step == awaited.step && orders.front().second.signal == 9;
  };
  CHECK(!told_over(1, key));
  CHECK(told_over(2, key));  // it has no node there
  CHECK(told_over(1, {key.job, key.restarts + 1, key.step}));
  CHECK(told_over(1, {key.job, key.restarts, StepId{77}}));
  c.report(1, StepLeft{key, ExitCode{}});
  c.orders<SignalJob>();
  CHECK(told_over(1, key));
}

TEST_CASE("srun: a step that gets all CPUs of its job gets their memory, one with --exact that of its own") {
  Cluster c;
  c.begin_with(std::string(conf) + "SelectTypeParameters=CR_Core_Memory\n");
  c.all_up();
  SubmitRequest request = srun_job(c);
  request.spec.resources.tasks = 2;
  request.spec.resources.memory_per_cpu = MebiBytes(100);
  request.step.reset();
  const JobId job = c.submit(alice, request);
  StepRequest step;
  step.job = job;
  step.command.arguments = {"true"};
  step.tasks = 1;
  step.terms.memory_per_cpu = MebiBytes(100);
  const auto memory = [&] {
    const auto reply = std::get<StepReply>(c.ask(alice, step));
    const NodeShare share = c.job_of(job).steps.back().shares.front();
    c.report(1, StepLeft{reply.key, ExitCode{}});
    return share.memory.value;
  };
  CHECK(memory() == 200);
  step.terms.exact = true;
  CHECK(memory() == 100);
}

TEST_CASE("srun: a step with a time limit of its own is ended by it, and the limit can be changed") {
  Cluster c;
  c.all_up();
  const auto job = std::get<SubmitReply>(c.ask(alice, srun_job(c)));
  c.report(1, StepLeft{job.step->key, ExitCode{}});
  StepRequest step;
  step.job = job.job;
  step.command.arguments = {"true"};
  step.terms.time_limit = Minutes(2);
  const auto reply = std::get<StepReply>(c.ask(alice, step));
  const auto change = [&](const Caller& who, const char* limit) {
    return c.refused(who, UpdateRequest{"step", fmt::format("{}.1", job.job.value), {{"TimeLimit", limit}}});
  };
  CHECK(change(bob, "1") == Errc::access_denied);
  CHECK(change(alice, "soon") == Errc::invalid_time_limit);
  CHECK(change(alice, "+1") == Errc::ok);
  c.orders<SignalJob>();
  for (int i = 0; i < 17; ++i) {
    c.report(1, Heartbeat{});
    c.pass(10);
    CHECK(c.orders<SignalJob>().empty());
  }
  CHECK(change(alice, "3") == Errc::ok);
  c.pass(15);
  const auto orders = c.orders<SignalJob>();  // once
  REQUIRE(orders.size() == 1);
  CHECK(orders.front().second.step == reply.key.step);
  CHECK(orders.front().second.why == "CANCELLED DUE TO TIME LIMIT");
  CHECK(state_of(c, job.job) == JobState::running);
}

TEST_CASE("srun: a step waits for a node that has not come back to this slurmctld") {
  Cluster c;
  c.all_up();
  const JobId job = c.submit(alice, c.job());
  c.boot();
  StepRequest step;
  step.job = job;
  step.command.arguments = {"true"};
  step.overlap = true;
  step.terms.immediate = true;
  CHECK(c.refused(alice, step) == Errc::nodes_busy);
  CHECK(c.job_of(job).steps.empty());
  c.hello(1, {{job, 0}});
  step.terms.immediate = false;
  REQUIRE(std::holds_alternative<StepReply>(c.ask(alice, step)));
  CHECK(c.orders<LaunchStep>().size() == 1);
}

TEST_CASE("srun: a controller that begins takes every srun for gone until it speaks") {
  Cluster c;
  c.all_up();
  const auto reply = std::get<SubmitReply>(c.ask(alice, srun_job(c)));
  c.boot();
  c.all_up();
  c.report(1, StepLeft{reply.step->key, ExitCode{}});
  StepRequest next;
  next.job = reply.job;
  next.command.arguments = {"true"};
  CHECK(std::holds_alternative<ErrorReply>(c.ask(bob, next)));  // others do not speak for it
  const auto step = std::get<StepReply>(c.ask(alice, next));
  c.report(1, StepLeft{step.key, ExitCode{}});
  c.pass(20);
  CHECK(state_of(c, reply.job) == JobState::running);
  CHECK(std::holds_alternative<DoneReply>(c.ask(alice, FinishRequest{reply.job, {}})));
  CHECK(state_of(c, reply.job) == JobState::completed);
}

TEST_CASE("srun: CpuBind of all nodes, else of the partition, binds tasks that do not say how") {
  Cluster c;
  std::string text = patient_conf();
  text.insert(text.find("NodeName=n4 ") + 12, "CpuBind=socket ");
  c.begin_with(text);
  c.all_up();
  c.ask(admin, UpdateRequest{"partition", "main", {{"CpuBind", "core"}}});
  std::uint64_t asks = 0;
  const auto bound = [&](const char* nodes, const std::string& asked) {
    SubmitRequest request = srun_job(c);
    request.spec.placement.nodes_required = nodes;
    request.step->bind.cpu_bind = asked;
    c.ask(alice, request, RequestId(++asks));
    const auto launches = c.orders<LaunchStep>();
    REQUIRE(launches.size() == 1);
    return launches.front().second.bind.cpu_bind;
  };
  CHECK(bound("n1", "") == "cores");
  CHECK(bound("n4", "verbose") == "verbose,sockets");
  CHECK(bound("n1", "none") == "none");
}
