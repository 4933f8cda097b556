// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/controller.h"

#include <doctest/doctest.h>

#include "control/accounted_fixture.h"
#include "control/cluster_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

// Component 0 on one node with the script, component 1 on two others.
SubmitRequest two_components(const Cluster& c) {
  SubmitRequest request = c.job(1);
  request.components.push_back(c.job(2).spec);
  for (JobSpec* spec : {&request.spec, &request.components[0]}) spec->placement.sharing = Sharing::exclusive;
  return request;
}

}  // namespace

TEST_CASE("a heterogeneous job starts whole, its script is told of all components, and ends whole") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, two_components(c));
  const JobId other(id.value + 1);
  CHECK((c.job_of(id).state == JobState::running && c.job_of(other).state == JobState::running));
  CHECK(c.job_of(other).spec->het == HetPlace{id, 1, 2});
  auto launches = c.orders<LaunchBatch>();
  CHECK(launches.size() == 3);
  std::erase_if(launches, [](const auto& one) { return one.second.prolog_only; });
  REQUIRE(launches.size() == 1);
  CHECK(launches[0].second.job.job == id);
  REQUIRE(launches[0].second.het.size() == 2);
  CHECK(launches[0].second.het[1].node_names == std::vector<std::string>{"n2", "n3"});
  c.report(1, BatchEnded{{id, 0}, ExitCode{2, 0}});
  CHECK((c.job_of(id).state == JobState::failed && c.job_of(other).state == JobState::failed));
  CHECK(c.job_of(other).exit == ExitCode{});
  CHECK(c.orders<EndJob>().size() == 3);
}

TEST_CASE("a heterogeneous job waits until all components have room") {
  Cluster c;
  c.all_up();
  SubmitRequest wide = c.job(3);
  wide.spec.placement.sharing = Sharing::exclusive;
  const JobId first = c.submit(alice, wide);
  const JobId id = c.submit(alice, two_components(c));
  const JobId other(id.value + 1);
  CHECK((c.job_of(id).state == JobState::pending && c.job_of(other).state == JobState::pending));
  CHECK((c.reason(id) == "Resources" && c.reason(other) == "Resources"));
  c.ask(alice, JobVerbRequest{JobVerb::hold, id, {}, 0, false});
  CHECK((c.job_of(id).hold == Hold::user && c.job_of(other).hold == Hold::user));
  JobVerbRequest part{JobVerb::cancel, other, {}, 0, false};
  CHECK(c.refused(alice, part) == Errc::error);
  part.leader = first;
  CHECK(c.refused(alice, part) == Errc::invalid_job_id);
  c.ask(alice, JobVerbRequest{JobVerb::cancel, id, {}, 0, false});
  CHECK((c.job_of(id).state == JobState::cancelled && c.job_of(other).state == JobState::cancelled));
}

TEST_CASE("a component that runs can be cancelled alone; a requeue takes all") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, two_components(c));
  const JobId other(id.value + 1);
  c.ask(alice, JobVerbRequest{JobVerb::requeue, id, {}, 0, false});
  CHECK((c.job_of(id).restarts == 1 && c.job_of(other).restarts == 1));
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::requeue, other, {}, 0, false}) == Errc::error);
  for (std::uint64_t node = 1; node <= 3; ++node) c.report(node, NodeCleared{{node == 1 ? id : other, 0}, ""});
  c.pass(1);
  REQUIRE((c.job_of(id).state == JobState::running && c.job_of(other).state == JobState::running));
  c.ask(alice, JobVerbRequest{JobVerb::cancel, other, {}, 0, false});
  CHECK((c.job_of(id).state == JobState::running && c.job_of(other).state == JobState::cancelled));
}

TEST_CASE("an update by the leader's name changes every component, by a component's name that one") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, two_components(c));
  const JobId other(id.value + 1);
  const auto comment = [&](const std::string& name, const std::string& text) {
    c.ask(alice, UpdateRequest{"job", name, {{"Comment", text}}});
  };
  comment(to_string(id), "both");
  CHECK((c.job_of(id).spec->labels.comment == "both" && c.job_of(other).spec->labels.comment == "both"));
  comment(to_string(id) + "+1", "one");
  CHECK((c.job_of(id).spec->labels.comment == "both" && c.job_of(other).spec->labels.comment == "one"));
}

TEST_CASE("a step over components is one: of one number, its tasks counted on, told of the leader") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, two_components(c));
  const JobId other(id.value + 1);
  const auto part = [](JobId job) {
    StepRequest request;
    request.job = job;
    request.command.arguments = {"hostname"};
    return request;
  };
  REQUIRE(std::holds_alternative<StepReply>(c.ask(alice, part(other))));  // a step number that component 0 has not used
  c.orders<LaunchStep>();
  StepRequest second = part(other);
  second.overlap = true;
  second.tasks = 4;
  const ClientReply answer = c.ask(alice, HetStepRequest{{part(id), second}});
  REQUIRE(std::holds_alternative<StepReply>(answer));
  const StepReply& reply = std::get<StepReply>(answer);
  CHECK(reply.key == StepKey{id, 0, StepId{1}});
  CHECK(reply.layout.nodes == std::vector<std::string>{"n1", "n2", "n3"});
  CHECK(reply.layout.task_ids == std::vector<std::uint32_t>{0, 1, 2, 3, 4});
  CHECK(reply.keys == std::vector<StepKey>{reply.key, {other, 0, StepId{1}}, {other, 0, StepId{1}}});
  const auto launches = c.orders<LaunchStep>();
  REQUIRE(launches.size() == 3);
  for (std::uint32_t rank = 0; rank < 3; ++rank) {
    const LaunchStep& launch = launches[rank].second;
    CHECK((launch.node_rank == rank && launch.key == reply.keys[rank] && launch.secret == reply.secret));
    CHECK((launch.layout.nodes.size() == 3 && launch.told_job() == id));
  }
  CHECK(c.job_of(id).next_step == 2);

  CHECK(c.refused(alice, HetStepRequest{}) == Errc::error);
  CHECK(c.refused(alice, HetStepRequest{{part(id), part(id)}}) == Errc::error);
  CHECK(c.refused(bob, HetStepRequest{{part(id), part(other)}}) == Errc::access_denied);
  const JobId stranger = c.submit(alice, c.job(1));
  CHECK(c.refused(alice, HetStepRequest{{part(id), part(stranger)}}) == Errc::error);
}

TEST_CASE("disable_hetjob_steps refuses steps over components") {
  Cluster c;
  std::string text = conf;
  text.replace(text.find("batch_sched_delay=0"), 19, "batch_sched_delay=0,disable_hetjob_steps");
  c.begin_with(text);
  c.all_up();
  c.submit(alice, two_components(c));
  CHECK(c.refused(alice, HetStepRequest{}) == Errc::not_supported);
}

TEST_CASE("a step over components waits until all of them have room") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, two_components(c));
  StepRequest part;
  part.job = JobId(id.value + 1);
  part.command.arguments = {"hostname"};
  const StepReply first = std::get<StepReply>(c.ask(alice, part));
  HetStepRequest both{{part, part}};
  both.components[0].job = id;
  c.orders<LaunchStep>();
  c.controller->begin(c.now());
  c.controller->call(SessionId(200), alice, ClientCall{55, RequestId(0), both});
  c.settle();
  CHECK(c.orders<LaunchStep>().empty());
  c.report(2, StepLeft{first.key, ExitCode{}});
  c.report(3, StepLeft{first.key, ExitCode{}});
  CHECK(c.orders<LaunchStep>().size() == 3);
}

TEST_CASE("limits at submission count all components of a job together") {
  Accounted c("", {"add qos few maxsubmitjobsperuser=2", "add qos tight grptres=cpu=3 flags=DenyOnLimit",
                   "modify account phys set qos+=few,tight"});
  const auto of = [&](const char* qos, std::size_t components) {
    SubmitRequest request = c.job(1);
    request.spec.labels.qos = qos;
    request.spec.resources.tasks = 2;
    for (std::size_t i = 1; i < components; ++i) request.components.push_back(request.spec);
    return request;
  };
  CHECK(c.refused(alice, of("few", 3)) == Errc::accounting_policy);
  c.submit(alice, of("few", 2));
  CHECK(c.refused(alice, of("few", 1)) == Errc::accounting_policy);
  CHECK(c.refused(alice, of("tight", 2)) == Errc::accounting_policy);
  c.submit(alice, of("tight", 1));
}

TEST_CASE("DenyOnLimit keeps out a job that is changed into what it would not have let in") {
  Accounted c("", {"add qos few maxtresperjob=cpu=2 maxwall=5 flags=DenyOnLimit", "modify account phys set qos+=few"});
  SubmitRequest request = c.job(1);
  request.spec.resources.tasks = 2;
  request.spec.times.limit = TimeLimit::of(Minutes(9));
  request.spec.policy.hold = true;
  const JobId id = c.submit(alice, request);
  const auto change = [&](const char* key, const char* value) {
    return UpdateRequest{"job", std::to_string(id.value), {{key, value}}};
  };
  CHECK(c.refused(alice, change("QOS", "few")) == Errc::accounting_policy);
  c.ask(alice, change("TimeLimit", "5"));
  c.ask(alice, change("QOS", "few"));
  CHECK(c.refused(alice, change("NumTasks", "3")) == Errc::accounting_policy);
  CHECK(c.refused(alice, change("TimeLimit", "6")) == Errc::accounting_policy);
  c.ask(alice, change("Comment", "few"));
  c.ask(admin, change("TimeLimit", "6"));  // an operator may go beyond limits
}

TEST_CASE("DenyOnLimit and safe: a job that alone would use up the minutes of its QOS is refused") {
  Accounted c("AccountingStorageEnforce=safe,qos\n",
              {"add qos minutes grptresmins=cpu=100 flags=denyonlimit", "add qos wall grpwall=30 flags=denyonlimit",
               "modify account phys set qos+=minutes,wall"});
  const auto of = [&](const char* qos, std::int64_t minutes) {
    SubmitRequest request = c.job(1);
    request.spec.labels.qos = qos;
    request.spec.resources.tasks = 2;
    request.spec.times.limit = TimeLimit::of(Minutes(minutes));
    return request;
  };
  CHECK(c.refused(alice, of("minutes", 51)) == Errc::accounting_policy);
  CHECK(c.refused(alice, of("wall", 31)) == Errc::accounting_policy);
  c.submit(alice, of("minutes", 50));
  c.submit(alice, of("wall", 30));
}
