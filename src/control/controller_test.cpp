// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/controller.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "control/cluster_fixture.h"
#include "core/model/node_state.h"

using namespace slurmxx;
using namespace slurmxx::testing;

TEST_CASE("a job is launched on its batch host, ends there, and is over when every node is clear") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, c.job(2));
  auto launches = c.orders<LaunchBatch>();
  REQUIRE(launches.size() == 2);
  CHECK(launches[0].first == 1);
  CHECK(!launches[0].second.prolog_only);
  CHECK(launches[1].second.prolog_only);
  CHECK(launches[0].second.spec.owner.user_name == "alice");
  CHECK(c.job_of(id).state == JobState::running);

  c.report(1, BatchEnded{{id, 0}, ExitCode{3, 0}});
  CHECK(c.job_of(id).state == JobState::failed);
  CHECK(c.reason(id) == "NonZeroExitCode");
  CHECK(c.job_of(id).completing());
  CHECK(c.orders<EndJob>().size() == 2);
  REQUIRE(c.orders<ReportSeen>().size() == 1);
  c.report(2, NodeCleared{{id, 0}, ""});
  CHECK(c.job_of(id).completing());
  c.report(1, NodeCleared{{id, 0}, ""});
  CHECK(!c.job_of(id).completing());
  c.report(1, NodeCleared{{id, 0}, ""});  // told twice: acknowledged, nothing more
  CHECK(c.orders<ReportSeen>().size() == 1);
  c.pass(101);
  CHECK(c.controller->state().find(id) == nullptr);
}

TEST_CASE("nothing leaves before the records that it follows from are durable") {
  Cluster c;
  c.all_up();
  const LogPosition before = c.controller->state().position();
  c.controller->begin(c.now());
  c.controller->call(SessionId(100), alice, ClientCall{7, RequestId(1), c.job()});
  c.controller->finish();
  Commit commit = c.controller->take_commit();
  CHECK(commit.blobs.size() == 2);
  CHECK(commit.records.size() == 2);  // submitted, started
  CHECK(c.controller->take_outgoing(before).empty());
  CHECK(c.controller->take_outgoing(c.controller->state().position()).size() == 2);  // answer, launch
}

TEST_CASE("a retry with the same request id is answered with the same job") {
  Cluster c;
  auto first = c.ask(alice, c.job(), RequestId(77));
  c.boot();
  auto second = c.ask(alice, c.job(), RequestId(77));
  CHECK(std::get<SubmitReply>(first).job == std::get<SubmitReply>(second).job);
  CHECK(c.controller->state().jobs().size() == 1);
}

TEST_CASE("after a restart a node that does not know its job gets it again, one that knows it does not") {
  Cluster c;
  c.all_up();
  const JobId a = c.submit(alice, c.job());
  const JobId b = c.submit(alice, c.job());
  c.boot();
  CHECK(c.job_of(a).state == JobState::running);
  c.hello(1, {{a, 0}, {b, 0}});
  CHECK(c.orders<LaunchBatch>().empty());
  c.boot();
  c.hello(1, {{b, 0}});
  REQUIRE(c.orders<LaunchBatch>().size() == 1);
  CHECK(c.orders<LaunchBatch>()[0].second.job == Incarnation{a, 0});
  REQUIRE(c.orders<Welcome>().size() == 1);
  CHECK(c.orders<Welcome>()[0].second.expected.size() == 2);
  CHECK(c.orders<Welcome>()[0].second.heartbeat_every == Seconds(10));
}

TEST_CASE("a silent node goes DOWN, its jobs go back to the queue, and their old life is killed when it returns") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.placement.nodes_required = "n1";
  const JobId id = c.submit(alice, request);
  c.controller->begin(c.now());
  c.controller->closed(SessionId(1));
  c.settle();
  c.pass(29);
  CHECK(c.node(1).condition.base == NodeBase::up);
  c.pass(1);
  CHECK(c.node(1).condition.base == NodeBase::down);
  CHECK(c.node(1).condition.reason->text == "Not responding");
  CHECK(c.job_of(id).state == JobState::pending);
  CHECK(c.job_of(id).restarts == 1);
  CHECK(c.node(1).use.cpus == 0);
  c.hello(1, {{id, 0}});
  REQUIRE(c.orders<Welcome>().size() == 1);
  CHECK(c.node(1).condition.base == NodeBase::up);  // ReturnToService=1
  CHECK(c.orders<Welcome>()[0].second.expected.empty());
  CHECK(c.orders<LaunchBatch>().empty());            // the life before still runs there
  c.report(1, BatchEnded{{id, 0}, ExitCode{0, 9}});  // of that life: seen and ignored
  CHECK(c.orders<ReportSeen>().size() == 1);
  CHECK(c.job_of(id).state == JobState::pending);
  c.report(1, NodeCleared{{id, 0}, ""});
  const auto launched = c.orders<LaunchBatch>();
  REQUIRE(launched.size() == 1);
  CHECK(launched[0].second.job == Incarnation{id, 1});
}

TEST_CASE("a node that comes back with jobs that were given up is COMPLETING until none is left, whoever asks") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.placement.nodes_required = "n1";
  request.spec.policy.requeue = false;
  const JobId old = c.submit(alice, request);
  const JobId second = c.submit(alice, request);
  c.controller->begin(c.now());
  c.controller->closed(SessionId(1));
  c.settle();
  c.pass(30);
  REQUIRE(c.job_of(old).state == JobState::node_fail);
  const JobId next = c.submit(alice, request);
  c.boot();  // a restart of the controller does not forget it
  c.hello(1, {{old, 0}, {second, 0}});
  CHECK(node_state_complete(c.node(1)) == "IDLE+COMPLETING");
  CHECK(c.job_of(next).state == JobState::pending);
  c.report(1, NodeCleared{{old, 0}, ""});
  c.report(1, NodeCleared{{next, 0}, ""});  // not what is waited for
  CHECK(c.job_of(next).state == JobState::pending);
  c.hello(1, {{second, 0}});
  CHECK(c.job_of(next).state == JobState::pending);
  c.hello(1);
  CHECK(c.job_of(next).state == JobState::running);
  CHECK(node_state_complete(c.node(1)) == "MIXED");
}

TEST_CASE("a node that is set DOWN and resumed at once is used when it has ended what ran there") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.placement.nodes_required = "n2";
  const JobId id = c.submit(alice, request);
  REQUIRE(c.refused(admin, UpdateRequest{"node", "n2", {{"State", "DOWN"}, {"Reason", "broken"}}}) == Errc::ok);
  CHECK(c.orders<EndJob>().size() == 1);
  REQUIRE(c.refused(admin, UpdateRequest{"node", "n2", {{"State", "RESUME"}}}) == Errc::ok);
  c.pass(2);
  CHECK(node_state(c.node(2)) == NodeState::completing);
  CHECK(c.job_of(id).state == JobState::pending);
  c.report(2, NodeCleared{{id, 0}, ""});
  CHECK(c.job_of(id).state == JobState::running);
}

TEST_CASE("time limits strike, the warning signal comes before, and --signal=B: reaches the shell alone") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.times.limit = TimeLimit::of(Minutes(1));
  request.spec.times.signal = {10, Seconds(20), true};
  const JobId id = c.submit(alice, request);
  c.pass(20);
  c.report(1, Heartbeat{});
  c.pass(19);
  CHECK(c.orders<SignalJob>().empty());
  c.pass(1);
  REQUIRE(c.orders<SignalJob>().size() == 1);
  CHECK(c.orders<SignalJob>()[0].second.signal == 10);
  CHECK(c.orders<SignalJob>()[0].second.batch_only);
  c.report(1, Heartbeat{});
  c.pass(5);
  CHECK(c.orders<SignalJob>().empty());
  c.pass(15);
  CHECK(c.job_of(id).state == JobState::timeout);
  REQUIRE(c.orders<EndJob>().size() == 1);
  CHECK(c.orders<EndJob>()[0].second.why == "CANCELLED DUE TO TIME LIMIT");
  CHECK(c.orders<EndJob>()[0].second.kill_wait == Seconds(5));
}

TEST_CASE("exit codes of RequeueExit send a job back, and too many returns hold it") {
  Cluster c;
  c.begin_with(std::string(conf) + "RequeueExit=7\nMaxBatchRequeue=2\n");
  c.hello(1);
  const JobId id = c.submit(alice, c.job());
  for (std::uint32_t life = 0; life < 3; ++life) {
    REQUIRE(c.job_of(id).state == JobState::running);
    c.report(1, BatchEnded{{id, life}, ExitCode{7, 0}});
    CHECK(c.job_of(id).state == JobState::pending);
    c.report(1, NodeCleared{{id, life}, ""});
  }
  CHECK(c.job_of(id).hold == Hold::admin);
  CHECK(c.reason(id) == "JobHoldMaxRequeue");
}

TEST_CASE("a node that holds a job cannot leave the configuration") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, c.job());
  std::string text = conf;
  text.replace(text.find("n[1-3]"), 6, "n[2-3]");
  text.replace(text.find("PartitionName=off Nodes=n1"), 26, "PartitionName=off Nodes=n2");
  c.controller->begin(c.now());
  const Status refused = c.controller->configure(parsed(text));
  REQUIRE(!refused.ok());
  CHECK(refused.error().message == "node n1 holds jobs and cannot leave the configuration");
  CHECK(c.controller->config().nodes.size() == 4);
  CHECK(c.job_of(id).state == JobState::running);
}

TEST_CASE("hold, release, requeue and cancel do what their owner says, and nobody else") {
  Cluster c;
  c.all_up();
  SubmitRequest held = c.job();
  held.spec.policy.hold = true;
  const JobId id = c.submit(alice, held);
  CHECK(c.reason(id) == "JobHeldUser");
  CHECK(c.refused(bob, JobVerbRequest{JobVerb::release, id}) == Errc::user_id_missing);
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::release, id}) == Errc::ok);
  CHECK(c.job_of(id).state == JobState::running);
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::requeue_hold, id}) == Errc::ok);
  CHECK(c.job_of(id).state == JobState::pending);
  CHECK(c.job_of(id).restarts == 1);
  c.report(1, NodeCleared{{id, 0}, ""});
  CHECK(c.node(1).use.cpus == 0);
  CHECK(c.refused(bob, JobVerbRequest{JobVerb::cancel, id}) == Errc::access_denied);
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::cancel, id}) == Errc::ok);
  CHECK(c.job_of(id).state == JobState::cancelled);
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::cancel, id}) == Errc::already_done);
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::hold, JobId(99)}) == Errc::invalid_job_id);
}

TEST_CASE("a job that runs and is held goes on, and is held when it comes back to the queue") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, c.job());
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::hold, id}) == Errc::ok);
  CHECK(c.job_of(id).state == JobState::running);
  CHECK(c.reason(id) == "JobHeldUser");
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::requeue, id}) == Errc::ok);
  c.report(1, NodeCleared{{id, 0}, ""});
  c.pass(5);
  CHECK(c.job_of(id).state == JobState::pending);
  CHECK(c.reason(id) == "JobHeldUser");
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::release, id}) == Errc::ok);
  CHECK(c.job_of(id).state == JobState::running);
  CHECK(c.reason(id) == "None");
}

TEST_CASE("orders about many jobs in one request are carried out each for itself, and asked again not twice") {
  Cluster c;
  c.all_up();
  SubmitRequest held = c.job();
  held.spec.policy.hold = true;
  const JobId first = c.submit(alice, held);
  const JobId others = c.submit(bob, held);
  const JobId last = c.submit(alice, held);
  JobVerbsRequest many;
  for (const JobId id : {first, others, JobId(99), last}) many.verbs.push_back({JobVerb::cancel, id});
  const auto outcomes = [&](const RequestId& request) {
    std::vector<Errc> codes;
    const ClientReply reply = c.ask(alice, many, request);
    for (const ErrorReply& one : std::get<JobVerbsReply>(reply).outcomes) codes.push_back(one.code);
    return codes;
  };
  CHECK(outcomes(RequestId(5)) == std::vector{Errc::ok, Errc::access_denied, Errc::invalid_job_id, Errc::ok});
  CHECK(c.job_of(first).state == JobState::cancelled);
  CHECK(c.job_of(others).state == JobState::pending);
  CHECK(c.job_of(last).state == JobState::cancelled);
  CHECK(outcomes(RequestId(5)) ==
        std::vector{Errc::already_done, Errc::access_denied, Errc::invalid_job_id, Errc::already_done});
  many.verbs.resize(job_verbs_max + 1);
  CHECK(c.refused(alice, many) == Errc::error);
}

TEST_CASE("a job cancelled while its life before the requeue still ends is over when its node is clear") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, c.job());
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::requeue, id}) == Errc::ok);
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::cancel, id}) == Errc::ok);
  CHECK(c.job_of(id).completing());
  c.report(1, NodeCleared{{id, 0}, ""});
  CHECK_FALSE(c.job_of(id).completing());
  CHECK(c.node(1).use.cpus == 0);
}

TEST_CASE("an administrator's hold is not the owner's to release") {
  Cluster c;
  const JobId id = c.submit(alice, c.job());
  CHECK(c.refused(admin, JobVerbRequest{JobVerb::hold, id}) == Errc::ok);
  CHECK(c.reason(id) == "JobHeldAdmin");
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::release, id}) == Errc::access_denied);
  CHECK(c.refused(admin, JobVerbRequest{JobVerb::release, id}) == Errc::ok);
}

TEST_CASE("drain needs a reason, keeps running jobs, and RESUME gives the node back") {
  Cluster c;
  c.all_up();
  UpdateRequest drain{"node", "n1", {{"State", "DRAIN"}}};
  CHECK(c.refused(admin, drain) == Errc::error);
  drain.changes.push_back({"Reason", "bad disk"});
  CHECK(c.refused(alice, drain) == Errc::user_id_missing);
  CHECK(c.refused(admin, drain) == Errc::ok);
  CHECK(c.node(1).condition.drain);
  CHECK(c.node(1).condition.reason->text == "bad disk");
  SubmitRequest request = c.job();
  request.spec.placement.nodes_required = "n1";
  const JobId id = c.submit(alice, request);
  CHECK(c.job_of(id).state == JobState::pending);
  CHECK(c.refused(admin, UpdateRequest{"node", "n1", {{"State", "RESUME"}}}) == Errc::ok);
  CHECK(c.node(1).condition.not_responding);
  CHECK(c.job_of(id).state == JobState::pending);
  c.pass(2);
  CHECK_FALSE(c.node(1).condition.not_responding);
  CHECK(c.job_of(id).state == JobState::running);
  CHECK(c.refused(admin, UpdateRequest{"node", "n1", {{"State", "RESUME"}}}) == Errc::invalid_node_state_transition);
}

TEST_CASE("OverTimeLimit of the partition, else of the cluster, comes on top of a job's limit") {
  Cluster c;
  std::string text = std::string(conf) + "OverTimeLimit=2\nPartitionName=long Nodes=ALL OverTimeLimit=UNLIMITED\n";
  text.replace(text.find("SlurmdTimeout=30"), 16, "SlurmdTimeout=0");
  c.config = parsed(text);
  c.boot();
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.times.limit = Limit<Minutes>::of(Minutes(1));
  const JobId usual = c.submit(alice, request);
  request.spec.placement.partitions = {"long"};
  const JobId endless = c.submit(alice, request);
  c.pass(179);
  CHECK(c.job_of(usual).state == JobState::running);
  c.pass(2);
  CHECK(c.job_of(usual).state == JobState::timeout);
  c.pass(3600);
  CHECK(c.job_of(endless).state == JobState::running);
}

TEST_CASE("a node that rebooted unexpectedly is DOWN, its jobs are lost, and only RESUME brings it back") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job(2);
  request.spec.placement.nodes_required = "n1,n2";
  const JobId id = c.submit(alice, request);
  NodeRegistration registration;
  registration.shape.cpus = 4;
  registration.shape.memory = MebiBytes(2000);
  registration.booted = Instant(1);
  registration.boot_id = "first";
  c.report(2, NodeHello{"n2", registration, {{id, 0}}, {}});
  CHECK(c.node(2).condition.base == NodeBase::up);
  CHECK(c.job_of(id).state == JobState::running);
  registration.boot_id = "second";
  c.report(2, NodeHello{"n2", registration, {}, {}});
  CHECK(c.node(2).condition.base == NodeBase::down);
  CHECK(c.node(2).condition.reason->text == "Node unexpectedly rebooted");
  CHECK(c.job_of(id).restarts == 1);
  c.report(2, NodeHello{"n2", registration, {}, {}});
  CHECK(c.node(2).condition.base == NodeBase::down);
  CHECK(c.refused(admin, UpdateRequest{"node", "n2", {{"State", "RESUME"}}}) == Errc::ok);
  c.pass(2);
  CHECK(c.node(2).condition.base == NodeBase::up);
}

TEST_CASE("a node that is not in slurm.conf is turned away, and changes nothing") {
  Cluster c;
  c.report(9, NodeHello{"n9", {}, {}, {}});
  REQUIRE(c.orders<TurnedAway>().size() == 1);
  CHECK(c.orders<TurnedAway>()[0].second.why == "there is no NodeName=n9 in its slurm.conf");
  CHECK(c.orders<Welcome>().empty());
}

TEST_CASE("a node that was taken for lost and speaks again on its old session is asked who it is") {
  Cluster c;
  c.all_up();
  c.pass(31);
  CHECK(c.node(1).condition.base == NodeBase::down);
  c.report(1, Heartbeat{});
  CHECK(c.orders<SayHello>().size() == 1);
  c.report(1, Heartbeat{});
  CHECK(c.orders<SayHello>().empty());  // once is enough
  c.hello(1);
  CHECK(c.node(1).condition.base == NodeBase::up);
}

TEST_CASE("daemons of an ordinary user refuse the jobs of others in one line") {
  Cluster c;
  c.all_up();
  c.root = false;
  c.boot();
  const ClientReply reply = c.ask(bob, c.job());
  REQUIRE(std::holds_alternative<ErrorReply>(reply));
  CHECK(std::get<ErrorReply>(reply).message.find("cannot start jobs of bob: submit as root") != std::string::npos);
  CHECK(std::holds_alternative<SubmitReply>(c.ask(admin, c.job())));
}

TEST_CASE("a launch that fails sends a batch job back held, and ends one of srun") {
  Cluster c;
  c.all_up();
  const JobId batch = c.submit(alice, c.job());
  SubmitRequest request = c.job();
  request.spec.policy.batch = false;
  request.script.clear();
  const JobId interactive = c.submit(alice, request);
  for (const JobId id : {batch, interactive}) {
    const NodeIndex node = c.job_of(id).allocation->shares[0].node;
    c.report(node.value + 1, LaunchFailed{{id, 0}, "Prolog error: it ended with status 1", true});
    CHECK(c.node(node.value + 1).condition.drain);
  }
  CHECK(c.job_of(batch).state == JobState::pending);
  CHECK(c.job_of(batch).hold == Hold::admin);
  CHECK(c.job_of(interactive).state == JobState::failed);
}

TEST_CASE("what the administrator set DOWN stays DOWN until RESUME while ReturnToService is not 2") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, c.job());
  CHECK(c.refused(admin, UpdateRequest{"node", "n1", {{"State", "DOWN"}, {"Reason", "broken"}}}) == Errc::ok);
  CHECK(c.job_of(id).restarts == 1);
  CHECK(c.job_of(id).allocation->shares[0].node != NodeIndex(0));
  c.hello(1);
  CHECK(c.node(1).condition.base == NodeBase::down);
}

TEST_CASE("a registration that lacks what slurm.conf declares makes the node INVAL until it fits") {
  Cluster c;
  NodeRegistration registration;
  registration.shape.cpus = 2;
  registration.shape.memory = MebiBytes(2000);
  c.report(1, NodeHello{"n1", registration, {}, {}});
  CHECK(c.node(1).condition.invalid_registration);
  CHECK(c.node(1).condition.reason->text == "Low CPUs (2 < 4)");
  c.hello(1);
  CHECK(!c.node(1).condition.invalid_registration);
  CHECK(!c.node(1).condition.reason);
}

TEST_CASE("an update changes a job whole or not at all") {
  Cluster c;
  const JobId id = c.submit(alice, c.job());
  UpdateRequest update{"job", std::to_string(id.value), {{"TimeLimit", "5"}, {"JobName", "renamed"}, {"Bogus", "1"}}};
  CHECK(c.refused(alice, update) == Errc::error);
  CHECK(!c.job_of(id).spec->times.limit);
  update.changes.pop_back();
  CHECK(c.refused(alice, update) == Errc::ok);
  CHECK(c.job_of(id).spec->labels.name == "renamed");
  CHECK(c.job_of(id).spec->times.limit == TimeLimit::of(Minutes(5)));
  CHECK(c.refused(alice, UpdateRequest{"job", "1", {{"Priority", "99"}}}) == Errc::access_denied);
  CHECK(c.refused(alice, UpdateRequest{"job", "99", {{"Priority", "99"}}}) == Errc::invalid_job_id);
  CHECK(c.refused(admin, UpdateRequest{"partition", "main", {{"State", "DOWN"}}}) == Errc::ok);
  CHECK(c.controller->state().find_partition("main")->state == PartitionState::down);
}

TEST_CASE("the limit of a running job moves with its update, and only an operator may lengthen it") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.times.limit = TimeLimit::of(Minutes(5));
  const JobId id = c.submit(alice, request);
  CHECK(c.refused(alice, UpdateRequest{"job", "1", {{"TimeLimit", "10"}}}) == Errc::access_denied);
  CHECK(c.refused(alice, UpdateRequest{"job", "1", {{"TimeLimit", "2"}}}) == Errc::ok);
  CHECK(c.job_of(id).times.limit_at == Instant(c.seconds + 120));
  CHECK(c.refused(admin, UpdateRequest{"job", "1", {{"TimeLimit", "+8"}}}) == Errc::ok);
  CHECK(c.job_of(id).times.limit_at == Instant(c.seconds + 600));
}

TEST_CASE("steps share the job's CPUs; one that does not fit beside the others waits for them") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job(2);
  request.spec.policy.batch = false;
  request.script.clear();
  request.spec.resources.tasks = 4;
  request.spec.resources.tasks_set = true;
  const JobId id = c.submit(alice, request);
  const auto told = c.orders<LaunchBatch>();
  REQUIRE(told.size() == 2);
  CHECK((told[0].second.prolog_only && told[1].second.prolog_only));
  REQUIRE(c.job_of(id).state == JobState::running);
  StepRequest step;
  step.job = id;
  step.tasks = 4;
  step.command.arguments = {"hostname"};
  ClientReply first = c.ask(alice, step);
  REQUIRE(std::holds_alternative<StepReply>(first));
  const StepReply& reply = std::get<StepReply>(first);
  CHECK(reply.layout.nodes == std::vector<std::string>{"n1", "n2"});
  CHECK(reply.layout.task_count == std::vector<std::uint32_t>{3, 1});
  CHECK(reply.secret.size() == 32);
  auto launches = c.orders<LaunchStep>();
  REQUIRE(launches.size() == 2);
  CHECK(launches[1].second.node_rank == 1);
  CHECK(launches[1].second.secret == reply.secret);

  step.tasks = 100;
  CHECK(c.refused(alice, step) == Errc::too_many_requested_cpus);
  CHECK(c.refused(bob, step) == Errc::access_denied);
  step.tasks = 4;
  c.controller->begin(c.now());
  c.controller->call(SessionId(200), alice, ClientCall{55, RequestId(0), step});
  c.settle();
  CHECK(c.orders<LaunchStep>().empty());
  c.report(1, StepLeft{reply.key, ExitCode{}});
  CHECK(c.orders<LaunchStep>().empty());
  c.report(2, StepLeft{reply.key, ExitCode{2, 0}});
  CHECK(c.orders<LaunchStep>().size() == 2);
  CHECK(c.job_of(id).exit_of_steps == ExitCode{2, 0});
  CHECK(c.refused(alice, FinishRequest{id, ExitCode{2, 0}}) == Errc::ok);
  CHECK(c.job_of(id).state == JobState::failed);
  CHECK(c.job_of(id).ended_steps.size() == 1);
  CHECK(c.job_of(id).steps[0].ended);
}

TEST_CASE("waiting for a job is answered when it starts, or is over on every node") {
  Cluster c;
  const JobId id = c.submit(alice, c.job());
  auto wait = [&](bool for_start, std::uint64_t call) {
    c.controller->begin(c.now());
    c.controller->call(SessionId(300), alice, ClientCall{call, RequestId(0), WaitRequest{id, for_start}});
    c.settle();
  };
  auto answered = [&](std::uint64_t call) {
    return std::any_of(c.out.begin(), c.out.end(), [&](const Outgoing& one) {
      const auto* answer = std::get_if<ClientAnswer>(&one.what);
      return answer && answer->call == call && std::holds_alternative<WaitReply>(answer->body);
    });
  };
  wait(true, 901);
  wait(false, 902);
  CHECK(!answered(901));
  c.hello(1);
  CHECK(answered(901));
  c.report(1, BatchEnded{{id, 0}, ExitCode{}});
  CHECK(!answered(902));
  c.report(1, NodeCleared{{id, 0}, ""});
  CHECK(answered(902));
}

TEST_CASE("a user may wait for so many jobs at once, and all users together for so many") {
  Cluster c;
  const JobId id = c.submit(alice, c.job());
  const auto wait = [&](std::uint64_t session, const Caller& caller) {
    c.controller->begin(c.now());
    c.controller->call(SessionId(session), caller, ClientCall{c.next_call++, RequestId(0), WaitRequest{id, false}});
    c.settle();
    for (const Outgoing& one : c.out)
      if (const auto* answer = std::get_if<ClientAnswer>(&one.what)) return std::get<ErrorReply>(answer->body).message;
    return std::string();
  };
  for (std::uint64_t session = 1; session <= 5; ++session) CHECK(wait(session, alice) == "");
  CHECK(wait(6, alice) ==
        "5 requests of uid 1000 wait for jobs or steps already, as many as one user may have: ask again when one is "
        "answered");
  CHECK(wait(7, bob) == "");
  CHECK(wait(8, bob) == "");
  CHECK(wait(9, bob) == "7 requests wait for jobs or steps already, as many as slurmctld keeps: ask again later");
  c.controller->begin(c.now());
  c.controller->closed(SessionId(1));
  c.settle();
  CHECK(wait(10, alice) == "");
  REQUIRE(c.refused(admin, JobVerbRequest{JobVerb::cancel, {id}}) == Errc::ok);  // all are answered
  const JobId next = c.submit(alice, c.job());
  c.controller->begin(c.now());
  for (std::uint64_t call = 0; call < 5; ++call)
    c.controller->call(SessionId(1), alice, ClientCall{c.next_call++, RequestId(0), WaitRequest{next, false}});
  c.settle();
  CHECK(c.out.empty());
}

TEST_CASE("readers see names, reasons and counts of one published picture") {
  Cluster c;
  c.hello(1);
  c.submit(alice, c.job());
  SubmitRequest big = c.job(3);
  const JobId waiting = c.submit(alice, big);
  auto reply = answer_query(*c.controller->publish(), JobsRequest{{}, true}, Instant(c.seconds));
  const auto& jobs = std::get<JobsReply>(*reply).jobs;
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[0].nodes == "n1");
  CHECK(jobs[0].partition == "main");
  CHECK(jobs[0].allocated_tres == "cpu=1,node=1,billing=1");
  CHECK(jobs[0].time_limit == TimeLimit::of(Minutes(10)));
  REQUIRE(jobs[0].job.steps.size() == 1);
  CHECK(jobs[0].job.steps[0].id == StepId::batch());
  CHECK(jobs[1].node_count == 3);
  CHECK(jobs[1].reason != "None");
  CHECK(c.reason(waiting) == jobs[1].reason);
  auto missing = answer_query(*c.controller->publish(), JobsRequest{{JobId(9)}, false}, Instant(c.seconds));
  CHECK(std::get<ErrorReply>(*missing).code == Errc::invalid_job_id);
  auto nodes = answer_query(*c.controller->publish(), NodesRequest{}, Instant(c.seconds));
  CHECK(std::get<NodesReply>(*nodes).nodes[0].partitions == std::vector<std::string>{"main", "off"});
  CHECK(std::get<NodesReply>(*nodes).partitions[0].nodes == "n[1-4]");
}

TEST_CASE("submissions that cannot be are refused with the code that users know, and change nothing") {
  Cluster c;
  const LogPosition before = c.controller->state().position();
  SubmitRequest request = c.job();
  request.spec.placement.partitions = {"nosuch"};
  CHECK(c.refused(alice, request) == Errc::invalid_partition);
  request = c.job(0);
  CHECK(c.refused(alice, request) == Errc::invalid_node_count);
  request = c.job();
  request.script.clear();
  CHECK(c.refused(alice, request) == Errc::job_script_missing);
  request = c.job();
  request.spec.placement.nodes_required = "n9";
  CHECK(c.refused(alice, request) == Errc::invalid_node_name);
  request = c.job();
  request.spec.placement.features = "nosuch";
  CHECK(c.refused(alice, request) != Errc::ok);
  request = c.job();
  request.spec.resources.gres.per_node = "gpu:1";
  CHECK(c.refused(alice, request) == Errc::invalid_gres);
  request = c.job();
  request.spec.labels.dependency = "afterok:1";  // there is none
  CHECK(c.refused(alice, request) == Errc::dependency);
  request = c.job();
  request.spec.labels.reservation = "nosuch";
  CHECK(c.refused(alice, request) == Errc::reservation_invalid);
  request = c.job();
  request.spec.policy.priority = 1'000'000;  // only an operator jumps the queue
  CHECK(c.refused(alice, request) == Errc::access_denied);
  request = c.job();
  request.spec.policy.nice = -1;
  CHECK(c.refused(alice, request) == Errc::access_denied);
  CHECK(c.controller->state().position() == before);
}

TEST_CASE("between passes over a long queue its head is looked at, so that what comes free is used at once") {
  Cluster c;
  c.hello(1);
  JobId last;
  for (int i = 0; i < 2100; ++i) last = c.submit(alice, c.job());
  c.pass(5);  // over the whole queue
  const JobId running = JobId(1);
  const JobId next = JobId(5);
  REQUIRE(c.job_of(running).state == JobState::running);
  REQUIRE(c.job_of(next).state == JobState::pending);
  CHECK(c.reason(last) == "Priority");
  const auto after = [&](std::int64_t millis) { return Now{Instant(c.seconds), MonoTime(c.seconds * 1000 + millis)}; };
  c.controller->begin(after(15));  // the next whole pass is further away
  c.controller->report(SessionId(1), BatchEnded{{running, 0}, ExitCode{}});
  c.controller->report(SessionId(1), NodeCleared{{running, 0}, ""});
  c.settle();
  CHECK(c.job_of(next).state == JobState::running);
  CHECK(c.reason(JobId(6)) == "Resources");
  CHECK(c.reason(last) == "Priority");
}

TEST_CASE("jobs that are submitted alike share one specification, others do not") {
  Cluster c;
  SubmitRequest request = c.job();
  request.spec.policy.hold = true;
  const JobId first = c.submit(alice, request);
  const JobId second = c.submit(alice, request);
  const JobId third = c.submit(bob, request);
  CHECK(c.job_of(first).spec == c.job_of(second).spec);
  CHECK(c.job_of(first).spec != c.job_of(third).spec);
  CHECK(c.job_of(third).spec->owner.user_name == "bob");
}

TEST_CASE("what was said of a request is said again only until a node changes") {
  Cluster c;
  SubmitRequest request = c.job();
  request.spec.placement.features = "fast";
  CHECK(c.refused(alice, request) == Errc::ok);
  for (const char* node : {"n1", "n2", "n3"}) {
    CHECK(c.refused(alice, request) == Errc::ok);
    REQUIRE(!std::holds_alternative<ErrorReply>(c.ask(admin, UpdateRequest{"node", node, {{"ActiveFeatures", ""}}})));
  }
  CHECK(c.refused(alice, request) == Errc::invalid_feature);
}

TEST_CASE("the cluster holds as many jobs as MaxJobCount allows, and says so of one more") {
  Cluster c;
  c.config = parsed(std::string(conf) + "MaxJobCount=2\n");
  c.boot();
  c.submit(alice, c.job());
  c.submit(alice, c.job());
  const ClientReply reply = c.ask(alice, c.job());
  const auto* error = std::get_if<ErrorReply>(&reply);
  REQUIRE(error);
  CHECK(error->message.find("MaxJobCount") != std::string::npos);
  CHECK(c.controller->state().jobs().size() == 2);
}

TEST_CASE("AllowGroups looks at all groups of a user, not only the primary one") {
  Cluster c;
  c.begin_with(std::string(conf) + "PartitionName=club Nodes=ALL AllowGroups=chess,go\n");
  SubmitRequest request = c.job();
  request.spec.placement.partitions = {"club"};
  CHECK(c.refused(alice, request) == Errc::partition_group_denied);
  Caller member = alice;
  member.group_names = {"users", "go"};
  CHECK(c.submit(member, request) != JobId());
}

// ---- found by the simulator

TEST_CASE("sessions follow their nodes when a new configuration puts the nodes in another order") {
  Cluster c;
  c.all_up();
  std::string text = conf;
  const std::string line = "NodeName=n4 CPUs=4 RealMemory=1000\n";
  text.erase(text.find(line), line.size());
  text.insert(text.find("NodeName=n[1-3]"), line);
  c.controller->begin(c.now());
  REQUIRE(c.controller->configure(parsed(text)).ok());
  c.settle();
  SubmitRequest request = c.job();
  request.spec.placement.nodes_required = "n1";
  c.submit(alice, request);
  const auto launches = c.orders<LaunchBatch>();
  REQUIRE(launches.size() == 1);
  CHECK(launches[0].first == 1);  // the session of n1
}

TEST_CASE("a node that leaves the configuration is asked to say hello, and so again until it is back") {
  Cluster c;
  c.all_up();
  std::string text = conf;
  const std::string line = "NodeName=n4 CPUs=4 RealMemory=1000\n";
  text.erase(text.find(line), line.size());
  c.controller->begin(c.now());
  REQUIRE(c.controller->configure(parsed(text)).ok());
  c.settle();
  const auto asked = c.orders<SayHello>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].first == 4);
}

TEST_CASE("a job that is cancelled while its nodes clear the life before leaves them when that life is cleared") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, c.job());
  REQUIRE(c.refused(alice, JobVerbRequest{JobVerb::requeue, id}) == Errc::ok);
  REQUIRE(c.refused(alice, JobVerbRequest{JobVerb::cancel, id}) == Errc::ok);
  c.hello(1, {{id, 0}});
  const auto welcomes = c.orders<Welcome>();
  REQUIRE(welcomes.size() == 1);
  CHECK(welcomes[0].second.expected == std::vector<Incarnation>{{id, 0}});
  c.report(1, NodeCleared{{id, 0}, ""});
  CHECK(!c.job_of(id).completing());
  CHECK(c.node(1).use.cpus == 0);
}

TEST_CASE("a verb whose answer was lost is not done again, nor after a restart") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, c.job());
  const RequestId request(77);
  CHECK(std::holds_alternative<DoneReply>(c.ask(alice, JobVerbRequest{JobVerb::requeue, id}, request)));
  c.report(1, NodeCleared{{id, 0}, ""});
  REQUIRE(c.job_of(id).state == JobState::running);
  CHECK(std::holds_alternative<DoneReply>(c.ask(alice, JobVerbRequest{JobVerb::requeue, id}, request)));
  c.boot();
  CHECK(std::holds_alternative<DoneReply>(c.ask(alice, JobVerbRequest{JobVerb::requeue, id}, request)));
  CHECK(c.job_of(id).restarts == 1);
}

TEST_CASE("a step whose answer was lost is created once, and the second answer is the first") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job();
  request.script.clear();
  request.spec.policy.batch = false;
  const JobId id = c.submit(alice, request);
  StepRequest step;
  step.job = id;
  step.command.arguments = {"true"};
  const ClientReply first = c.ask(alice, step, RequestId(78));
  const ClientReply again = c.ask(alice, step, RequestId(78));
  REQUIRE(std::holds_alternative<StepReply>(again));
  CHECK(std::get<StepReply>(again).key == std::get<StepReply>(first).key);
  CHECK(c.job_of(id).steps.size() == 1);
}

TEST_CASE("a node that is set DOWN is told to end a job that goes on without it") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job(2);
  request.spec.policy.kill_on_node_fail = false;
  const JobId id = c.submit(alice, request);
  const std::vector<KeyValue> down{{"State", "DOWN"}, {"Reason", "broken"}};
  REQUIRE(c.refused(admin, UpdateRequest{"node", "n2", down}) == Errc::ok);
  const auto ends = c.orders<EndJob>();
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].first == 2);
  CHECK(c.job_of(id).state == JobState::running);
}

TEST_CASE("IDLE brings back a node that was set DOWN, without leaving the mark of the administrator") {
  Cluster c;
  c.all_up();
  REQUIRE(c.refused(admin, UpdateRequest{"node", "n2", {{"State", "DOWN"}, {"Reason", "broken"}}}) == Errc::ok);
  REQUIRE(c.refused(admin, UpdateRequest{"node", "n2", {{"State", "IDLE"}}}) == Errc::ok);
  CHECK(!c.node(2).condition.down_by_admin);
  CHECK(!c.node(2).condition.reason);
}

TEST_CASE("a job that is launched again is not launched on a node that it lost") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job(2);
  request.spec.policy.kill_on_node_fail = false;
  const JobId id = c.submit(alice, request);
  REQUIRE(c.refused(admin, UpdateRequest{"node", "n2", {{"State", "DOWN"}, {"Reason", "broken"}}}) == Errc::ok);
  c.hello(1);  // the first launch was lost
  const auto launches = c.orders<LaunchBatch>();
  REQUIRE(launches.size() == 1);
  CHECK(launches[0].first == 1);
  CHECK(launches[0].second.job == Incarnation{id, 0});
}

TEST_CASE("root submits for another user, an ordinary user does not") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job();
  request.for_owner = true;
  request.spec.owner = {Uid(1001), Gid(100), "bob", "users", {Gid(100), Gid(7)}};
  const JobId id = c.submit(admin, request);
  CHECK(c.job_of(id).spec->owner == request.spec.owner);
  const ClientReply reply = c.ask(alice, request);
  REQUIRE(std::holds_alternative<ErrorReply>(reply));
  CHECK(std::get<ErrorReply>(reply).message ==
        "alice cannot submit for another user: only root and SlurmUser may (--uid, --gid)");
  request.for_owner = false;  // what the client says of itself counts for nothing
  CHECK(c.job_of(c.submit(alice, request)).spec->owner.uid == Uid(1000));
  request.for_owner = true;
  request.spec.owner.user_name.clear();
  CHECK(c.refused(admin, request) == Errc::user_id_missing);
}

TEST_CASE("--test-only tells when a job would start, or that it never can, and submits nothing") {
  Cluster c;
  c.all_up();
  SubmitRequest busy = c.job(4);
  busy.spec.placement.sharing = Sharing::exclusive;
  busy.spec.times.limit = TimeLimit::of(Minutes(10));
  SubmitRequest asked = c.job(2);
  asked.test_only = true;
  auto tell = [&] {
    ClientReply reply = c.ask(alice, asked);
    REQUIRE(std::holds_alternative<SubmitReply>(reply));
    return std::get<SubmitReply>(reply);
  };
  const LogPosition before = c.controller->state().position();
  CHECK(tell().expected_start == Instant(10'000));
  CHECK(tell().nodes == "n[1-2]");
  CHECK(tell().processors == 2);
  CHECK(tell().partition == "main");
  asked.spec.times.begin = Instant(10'500);
  CHECK(tell().expected_start == Instant(10'500));
  asked.spec.times.begin.reset();
  asked.spec.resources.nodes_min = asked.spec.resources.nodes_max.emplace(9);
  CHECK(c.refused(alice, asked) == Errc::node_config_unavailable);
  CHECK(c.controller->state().position() == before);
  c.submit(bob, busy);
  asked = c.job(2);
  asked.test_only = true;
  CHECK(tell().expected_start == Instant(10'600));
}

TEST_CASE("a step gets the nodes of its range, and none that could never hold it waits") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job(2);
  request.spec.policy.batch = false;
  request.script.clear();
  const JobId id = c.submit(alice, request);
  StepRequest step;
  step.job = id;
  step.tasks = 2;
  step.command.arguments = {"hostname"};
  auto refusal = [&] {
    ClientReply reply = c.ask(alice, step);
    REQUIRE(std::holds_alternative<ErrorReply>(reply));
    return std::get<ErrorReply>(reply);
  };
  step.nodes = 3;
  CHECK(refusal().message == "Only allocated 2 nodes asked for 3");
  step.nodes = step.nodes_max.emplace(1);
  step.cpus_per_task = 3;
  CHECK(refusal().code == Errc::too_many_requested_cpus);
  step.nodes_required = "n[1-2]";
  CHECK(refusal().message == "--nodelist names 2 nodes, and --nodes permits 1");
  step.nodes_required = "n3";
  CHECK(refusal().code == Errc::node_config_unavailable);
  step.nodes_required.clear();
  step.nodes_excluded = "n[1-2]";
  CHECK(refusal().message == "No node of the job is left for the step");
  step.nodes_excluded.clear();
  step.cpus_per_task = 1;
  step.nodes_max = 5;
  const ClientReply made = c.ask(alice, step);
  REQUIRE(std::holds_alternative<StepReply>(made));
  CHECK(std::get<StepReply>(made).layout.task_count == std::vector<std::uint32_t>{1, 1});
}

TEST_CASE("a broadcast is launched on every node of its job or step, and is nowhere in the state") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job(2);
  request.script.clear();
  request.spec.policy.batch = false;
  const JobId id = c.submit(alice, request);
  c.orders<LaunchBatch>();
  const LogPosition before = c.controller->state().position();
  const ClientReply answer = c.ask(alice, BroadcastRequest{id, {}});
  REQUIRE(std::holds_alternative<StepReply>(answer));
  const StepReply& reply = std::get<StepReply>(answer);
  CHECK(reply.key.step.is_broadcast());
  CHECK(reply.layout.nodes == std::vector<std::string>{"n1", "n2"});
  CHECK(reply.addresses.size() == 2);
  const auto launches = c.orders<LaunchStep>();
  REQUIRE(launches.size() == 2);
  CHECK(launches[1].second.command.receives_files);
  CHECK(launches[1].second.secret == reply.secret);
  CHECK(launches[1].second.owner.uid == alice.uid);
  CHECK(c.job_of(id).steps.empty());
  CHECK(c.controller->state().position() == before);
  CHECK(c.refused(bob, BroadcastRequest{id, {}}) == Errc::access_denied);
  CHECK(c.refused(alice, BroadcastRequest{id, StepId{3}}) == Errc::invalid_job_id);
  CHECK(c.refused(alice, BroadcastRequest{JobId(999), {}}) == Errc::invalid_job_id);
}

TEST_CASE("a step's streams are for its owner and operators: each node learns the reader's secret") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job(2);
  request.script.clear();
  request.spec.policy.batch = false;
  const JobId id = c.submit(alice, request);
  StepRequest step;
  step.job = id;
  step.command.arguments = {"true"};
  const ClientReply made = c.ask(alice, step);
  REQUIRE(std::holds_alternative<StepReply>(made));
  const ClientReply answer = c.ask(admin, AttachRequest{id, StepId{0}});
  REQUIRE(std::holds_alternative<StepReply>(answer));
  const StepReply& reply = std::get<StepReply>(answer);
  CHECK(reply.key == std::get<StepReply>(made).key);
  CHECK(reply.reader.size() == 16);
  const auto admitted = c.orders<AdmitReader>();
  REQUIRE(admitted.size() == 2);
  CHECK(admitted[0].second.secret == reply.secret);
  CHECK(admitted[0].second.reader == reply.reader);
  CHECK(c.refused(bob, AttachRequest{id, StepId{0}}) == Errc::access_denied);
  CHECK(c.refused(alice, AttachRequest{id, StepId{1}}) == Errc::invalid_job_id);
  CHECK(c.refused(alice, AttachRequest{id, StepId::batch()}) == Errc::invalid_job_id);
}

TEST_CASE("--deadline ends what waits when it cannot end in time, and what runs when it has not") {
  Cluster c;
  SubmitRequest request = c.job();
  request.spec.times.limit = TimeLimit::of(Minutes(1));
  request.spec.times.deadline = Instant(c.seconds + 100);
  const JobId waits = c.submit(alice, request);
  c.pass(41);
  CHECK((c.job_of(waits).state == JobState::deadline && c.reason(waits) == "DeadLine"));
  c.all_up();
  request.spec.times.deadline = Instant(c.seconds + 30);
  const JobId never = c.submit(alice, request);
  c.pass(1);
  CHECK(c.job_of(never).state == JobState::deadline);
  request.spec.times.deadline = Instant(c.seconds + 70);
  const JobId runs = c.submit(alice, request);
  REQUIRE(c.job_of(runs).state == JobState::running);
  c.ask(admin, UpdateRequest{"job", to_string(runs), {{"TimeLimit", "10"}}});
  c.pass(71);
  CHECK(c.job_of(runs).state == JobState::deadline);
}

TEST_CASE("--deadline counts with the limit that a partition gives, and cuts one that may be shorter") {
  Cluster c;
  std::string text = conf;
  const std::string usual = "PartitionName=usual Nodes=ALL MaxTime=60\n";
  c.begin_with(text + usual);
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.placement.partitions = {"usual"};
  request.spec.times.deadline = Instant(c.seconds + 100);
  CHECK(c.job_of(c.submit(alice, request)).state == JobState::deadline);
  request.spec.times.deadline = Instant(c.seconds + 30 * 60 + 5);
  request.spec.times.limit = TimeLimit::of(Minutes(50));
  request.spec.times.limit_min = TimeLimit::of(Minutes(20));
  const Job& job = c.job_of(c.submit(alice, request));
  REQUIRE(job.state == JobState::running);
  CHECK(job.spec->times.limit == TimeLimit::of(Minutes(30)));
  CHECK(*job.times.limit_at - *job.times.started == Seconds(30 * 60));
}

TEST_CASE("a job without a limit has time until its --deadline") {
  Cluster c;
  std::string text = conf;
  const std::string endless = "PartitionName=endless Nodes=ALL MaxTime=INFINITE\n";
  c.begin_with(text + endless);
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.placement.partitions = {"endless"};
  request.spec.times.deadline = Instant(c.seconds + 10 * 60 + 5);
  const Job& job = c.job_of(c.submit(alice, request));
  REQUIRE(job.state == JobState::running);
  CHECK(job.spec->times.limit == TimeLimit::of(Minutes(10)));
  CHECK(*job.times.limit_at - *job.times.started == Seconds(10 * 60));
}

TEST_CASE("with --time-min a limit beyond the partition's longest gives way to that, as far as it may") {
  Cluster c;
  std::string text = conf;
  const std::string brief = "PartitionName=brief Nodes=ALL MaxTime=10\n";
  c.begin_with(text + brief);
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.placement.partitions = {"brief"};
  request.spec.times.limit = TimeLimit::of(Minutes(20));
  request.spec.times.limit_min = TimeLimit::of(Minutes(5));
  const Job& job = c.job_of(c.submit(alice, request));
  REQUIRE(job.state == JobState::running);
  CHECK(job.spec->times.limit == TimeLimit::of(Minutes(10)));
  request.spec.times.limit_min = TimeLimit::of(Minutes(15));
  CHECK(c.refused(alice, request) == Errc::invalid_time_min);
  request.spec.times.limit.reset();
  CHECK(c.refused(alice, request) == Errc::invalid_time_min);
  request.spec.placement.partitions = {"main"};  // gives an hour
  request.spec.times.deadline = Instant(c.seconds + 14 * 60);
  CHECK(c.refused(alice, request) == Errc::invalid_time_min);
  request.spec.times.deadline = Instant(c.seconds + 16 * 60);
  CHECK(c.refused(alice, request) == Errc::ok);
}

TEST_CASE("MaxMemPerNode bounds --mem-per-cpu of all tasks that must be on one node") {
  Cluster c;
  std::string text = conf;
  const std::string small = "PartitionName=small Nodes=ALL MaxMemPerNode=700\n";
  c.begin_with(text + small);
  c.all_up();
  const auto reason = [&](std::uint32_t nodes_max, std::uint32_t tasks, std::optional<std::uint32_t> per_node) {
    SubmitRequest request = c.job();
    request.spec.placement.partitions = {"small"};
    request.spec.resources.nodes_max = nodes_max;
    request.spec.resources.tasks = tasks;
    request.spec.resources.tasks_set = true;
    request.spec.resources.tasks_per_node = per_node;
    request.spec.resources.memory_per_cpu = MebiBytes(300);
    return c.reason(c.submit(alice, request));
  };
  CHECK(reason(1, 2, {}) == "None");
  CHECK(reason(1, 3, {}) == "MaxMemPerLimit");
  CHECK(reason(2, 3, {}) != "MaxMemPerLimit");
  CHECK(reason(4, 4, 4) == "MaxMemPerLimit");
  CHECK(reason(2, 5, {}) == "MaxMemPerLimit");
}

TEST_CASE("a job grows older from --begin on, whatever becomes of it before") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.placement.nodes_required = "n1";
  const auto with_begin = [&] {
    request.spec.times.begin = Instant(c.seconds + 10);
    return c.submit(alice, request);
  };
  request.spec.placement.sharing = Sharing::exclusive;
  const JobId runs = c.submit(alice, request);
  REQUIRE(c.job_of(runs).state == JobState::running);
  const JobId plain = with_begin(), released = with_begin();
  const Instant begins(c.seconds + 10);
  c.ask(admin, JobVerbRequest{JobVerb::hold, released});
  c.pass(1);
  c.ask(admin, JobVerbRequest{JobVerb::release, released});
  CHECK(!c.job_of(released).times.eligible);
  for (int second = 0; second < 15; ++second) c.pass(1);
  for (const JobId id : {plain, released}) {
    CHECK(c.job_of(id).state == JobState::pending);
    REQUIRE(c.job_of(id).times.eligible);
    CHECK(*c.job_of(id).times.eligible - begins <= Seconds(1));
    CHECK(*c.job_of(id).times.eligible >= begins);
  }
  c.ask(admin, UpdateRequest{"job", to_string(plain), {{"StartTime", std::to_string(c.seconds + 3600)}}});
  CHECK(!c.job_of(plain).times.eligible);
}

TEST_CASE("requeues by hand do not count for MaxBatchRequeue") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, c.job());
  for (std::uint32_t life = 0; life < 8; ++life) {
    REQUIRE(c.job_of(id).state == JobState::running);
    c.ask(alice, JobVerbRequest{JobVerb::requeue, id, {}, 0, false});
    c.report(1, NodeCleared{{id, life}, ""});
    c.pass(1);
  }
  CHECK((c.job_of(id).state == JobState::running && c.job_of(id).restarts == 8));
}

namespace {

StepUsage used(std::uint32_t task, std::uint64_t cpu_ms) {
  StepUsage usage;
  usage.user_us = cpu_ms * 1000;
  usage.add_task(task, {cpu_ms, 1 << 20, 1 << 21, 0, 0, 0});
  return usage;
}

// A step for a job that runs.
StepRequest four_tasks_on_two_nodes(Cluster& c) {
  SubmitRequest four = c.job(2);
  four.spec.resources.tasks = 4;
  StepRequest request;
  request.job = c.submit(alice, four);
  request.tasks = 4;
  request.command.arguments = {"hostname"};
  return request;
}

}  // namespace

TEST_CASE("what a node tells of steps and the script counts, once, also when the job is over already") {
  Cluster c;
  c.all_up();
  const StepRequest request = four_tasks_on_two_nodes(c);
  const JobId id = request.job;
  const StepKey step = std::get<StepReply>(c.ask(alice, request)).key;
  c.report(1, StepLeft{step, {}, "", used(0, 100)});
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::cancel, id}) == Errc::ok);
  for (int i = 0; i < 2; ++i) {
    c.report(2, StepLeft{step, {0, 15}, "", used(3, 700)});
    c.report(1, BatchEnded{{id, 0}, {0, 15}, "", used(0, 40)});
  }
  const Job job = c.job_of(id);
  REQUIRE(job.steps.front().usage);
  CHECK(job.steps.front().usage->user_us == 800'000);
  CHECK(job.steps.front().usage->of(UsageKind::cpu).max_node == NodeIndex(1));
  CHECK(job.steps.front().usage->of(UsageKind::cpu).max_task == 3);
  CHECK(job.steps.front().exit == ExitCode{0, 15});
  REQUIRE(job.script_usage);
  CHECK(job.script_usage->user_us == 40'000);
}

TEST_CASE("sstat is answered when the nodes of the steps have told, or have had their time") {
  Cluster c;
  c.all_up();
  const StepRequest request = four_tasks_on_two_nodes(c);
  const JobId id = request.job;
  CHECK(std::holds_alternative<StepReply>(c.ask(alice, request)));
  CHECK(c.refused(bob, UsageRequest{id}) == Errc::access_denied);
  const auto ask = [&](std::uint64_t call) {
    c.controller->begin(c.now());
    c.controller->call(SessionId(200), alice, ClientCall{call, RequestId(0), UsageRequest{id}});
    c.settle();
    auto questions = c.orders<AskUsage>();
    REQUIRE(questions.size() == 2);
    return questions.front().second.call;
  };
  const auto answer_to = [&](std::uint64_t call) -> const UsageReply* {
    for (const Outgoing& one : c.out)
      if (const auto* answer = std::get_if<ClientAnswer>(&one.what); answer && answer->call == call)
        return std::get_if<UsageReply>(&answer->body);
    return nullptr;
  };
  const std::uint64_t number = ask(70);
  c.report(1, UsageTold{number, {{StepId{0}, used(0, 100), {11, 12}}}});
  c.report(2, UsageTold{number, {{StepId{0}, used(3, 300), {21}}}});
  const auto* told = answer_to(70);
  REQUIRE(told);
  REQUIRE(told->steps.size() == 1);
  CHECK(told->steps.front().step.usage->user_us == 400'000);
  CHECK(told->steps.front().usage_nodes.front() == "n2");
  CHECK(told->steps.front().pids.size() == 2);
  CHECK(told->silent.empty());
  ask(71);
  c.pass(6);
  const auto* late = answer_to(71);
  REQUIRE(late);
  CHECK(late->silent == std::vector<std::string>{"n1", "n2"});
}
