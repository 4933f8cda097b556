// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol update, create, delete and reconfigure as the controller takes them.
#include "control/updates.h"

#include <doctest/doctest.h>

#include "control/controller.h"

using namespace slurmxx;

namespace {

constexpr const char* conf = R"(
ClusterName=test
SlurmctldHost=head
SlurmUser=root
Licenses=matlab:10
GresTypes=gpu
NodeName=n[1-3] CPUs=4 RealMemory=1000
PartitionName=main Nodes=ALL Default=YES MaxTime=60 DefaultTime=10
)";

const Caller alice{Uid(1000), Gid(1000), "alice", "users", {}, "login"};
const Caller admin{Uid(0), Gid(0), "root", "root", {}, "head"};

struct Head {
  std::unique_ptr<Controller> controller;
  std::uint64_t calls = 0;

  Head() {
    Warnings warnings;
    auto config = parse_cluster_config(
        "slurm.conf", [](const std::string&) -> Result<std::string> { return std::string(conf); }, warnings);
    REQUIRE(config.ok());
    ControllerOptions options;
    options.config = std::make_shared<const ClusterConfig>(std::move(*config));
    options.host = "head";
    controller = std::make_unique<Controller>(std::move(options), Recovered{}, now());
  }
  static Now now() { return {Instant(10'000), MonoTime(10'000'000)}; }
  // The answer, or nothing while it is owed.
  std::optional<ClientReply> ask(const Caller& caller, ClientRequest request) {
    controller->begin(now());
    controller->call(SessionId(1), caller, ClientCall{++calls, RequestId(), std::move(request)});
    return answer_to(calls);
  }
  std::optional<ClientReply> answer_to(std::uint64_t call) {
    controller->finish();
    static_cast<void>(controller->take_commit());
    for (const Outgoing& one : controller->take_outgoing(controller->state().position()))
      if (const auto* answer = std::get_if<ClientAnswer>(&one.what); answer && answer->call == call)
        return answer->body;
    return std::nullopt;
  }
  Error refusal(const Caller& caller, ClientRequest request) {
    auto reply = ask(caller, std::move(request));
    REQUIRE(reply);
    const auto* error = std::get_if<ErrorReply>(&*reply);
    return error ? fail(error->code, error->message) : fail(Errc::ok);
  }
  JobId submit(const std::string& partition) {
    SubmitRequest request;
    request.spec.placement.partitions = {partition};
    request.script = "#!/bin/sh\n";
    auto reply = ask(alice, request);
    REQUIRE(reply);
    REQUIRE(std::holds_alternative<SubmitReply>(*reply));
    return std::get<SubmitReply>(*reply).job;
  }
};

const UpdateRequest make_more{"partition", "more", {{"Nodes", "n[1-2]"}, {"MaxTime", "5"}}, UpdateVerb::create};
const UpdateRequest drop_more{"partition", "more", {}, UpdateVerb::remove};

}  // namespace

TEST_CASE("a partition is made once, takes jobs, and goes when none is left in it") {
  Head head;
  CHECK(head.refusal(alice, make_more).code == Errc::user_id_missing);
  CHECK(head.refusal(admin, make_more).code == Errc::ok);
  CHECK(head.refusal(admin, make_more).code == Errc::invalid_partition);
  const Partition* made = head.controller->state().find_partition("more");
  REQUIRE(made);
  CHECK(made->nodes == std::vector<NodeIndex>{NodeIndex(0), NodeIndex(1)});
  CHECK(made->nodes_min == 1);
  const JobId job = head.submit("more");
  CHECK(head.refusal(admin, drop_more).code == Errc::partition_in_use);
  CHECK(head.refusal(alice, JobVerbRequest{JobVerb::cancel, job}).code == Errc::ok);
  CHECK(head.refusal(alice, drop_more).code == Errc::user_id_missing);
  CHECK(head.refusal(admin, drop_more).code == Errc::ok);
  CHECK(head.refusal(admin, drop_more).code == Errc::invalid_partition);
}

TEST_CASE("a partition with a node that does not exist is not made") {
  Head head;
  const UpdateRequest bad{"partition", "bad", {{"Nodes", "n77"}}, UpdateVerb::create};
  CHECK(head.refusal(admin, bad).code == Errc::invalid_node_name);
  CHECK(head.controller->state().find_partition("bad") == nullptr);
}

TEST_CASE("who asks for a reconfiguration hears what became of it, and only then") {
  Head head;
  CHECK_FALSE(head.ask(admin, DaemonRequest{DaemonVerb::reconfigure}));
  CHECK(head.controller->reconfigure_asked());
  head.controller->tell_reconfigured(fail("slurm.conf line 7: unknown key Foo"));
  auto reply = head.answer_to(head.calls);
  REQUIRE(reply);
  CHECK(std::get<ErrorReply>(*reply).message == "slurm.conf line 7: unknown key Foo");
  CHECK_FALSE(head.controller->reconfigure_asked());
  CHECK(head.refusal(alice, DaemonRequest{DaemonVerb::reconfigure}).code == Errc::user_id_missing);
  CHECK_FALSE(head.controller->reconfigure_asked());
}

TEST_CASE("a value that is none is refused with its key, and an unknown key with the nearest") {
  Head head;
  const std::string job = to_string(head.submit("main"));
  auto message = [&](const char* key, const char* value) {
    return head.refusal(alice, UpdateRequest{"job", job, {{key, value}}}).message;
  };
  CHECK(message("numtasks", "x") == "scontrol: error: Invalid input: NumTasks=x: expected a whole number from 1");
  CHECK(message("Requeue", "perhaps") == "scontrol: error: Invalid input: Requeue=perhaps: expected 0 or 1");
  CHECK(message("WorkDir", "here") == "scontrol: error: Invalid input: WorkDir=here: expected an absolute path");
  CHECK(message("StdOut", "").find("expected a file name") != std::string::npos);
  CHECK(message("TimeLimt", "5").find("did you mean TimeLimit?") != std::string::npos);
  CHECK(head.refusal(alice, UpdateRequest{"job", job, {{"Dependency", "afterok:1"}}}).code == Errc::error);  // itself
  CHECK(head.refusal(alice, UpdateRequest{"job", job, {{"MinCPUsNode", "2"}, {"TimeMin", "3"}}}).code == Errc::ok);
  const Job* changed = head.controller->state().find(JobId(1));
  CHECK(changed->spec->resources.cpus_per_node_min == 2u);
  CHECK(changed->spec->times.limit_min == TimeLimit::of(Minutes(3)));
}

TEST_CASE("a time limit grows and shrinks by what += and -= say") {
  Head head;
  const std::string job = to_string(head.submit("main"));
  const auto minutes_after = [&](const char* key, const char* value) {
    CHECK(head.refusal(admin, UpdateRequest{"job", job, {{key, value}}}).code == Errc::ok);
    return head.controller->state().find(JobId(1))->spec->times.limit;
  };
  CHECK(minutes_after("TimeLimit", "10") == TimeLimit::of(Minutes(10)));
  CHECK(minutes_after("TimeLimit+", "5") == TimeLimit::of(Minutes(15)));
  CHECK(minutes_after("TimeLimit-", "3") == TimeLimit::of(Minutes(12)));
}

TEST_CASE("an update of no node, of no state, or of a negative time is refused") {
  Head head;
  CHECK(head.refusal(admin, UpdateRequest{"node", "", {{"State", "DRAIN"}, {"Reason", "x"}}}).code ==
        Errc::invalid_node_name);
  CHECK(
      head.refusal(admin, UpdateRequest{"node", "n1", {{"State", ""}}}).message.starts_with("Invalid input: State=\n"));
  CHECK(head.refusal(admin, UpdateRequest{"partition", "main", {{"MaxTime", "-5"}}})
            .message.starts_with("scontrol: error: Invalid input: MaxTime=-5: expected a time limit"));
}

TEST_CASE("what could never be is refused with the code that users know") {
  Head head;
  SubmitRequest request;
  request.script = "#!/bin/sh\n";
  auto refused = [&](auto&& ask_for) {
    SubmitRequest one = request;
    ask_for(one.spec);
    return head.refusal(alice, one).code;
  };
  CHECK(refused([](JobSpec& s) { s.labels.dependency = "bogus:1"; }) == Errc::dependency);
  CHECK(refused([](JobSpec& s) { s.labels.dependency = "afterok:abc"; }) == Errc::dependency);
  CHECK(refused([](JobSpec& s) { s.labels.licenses = "matlab:11"; }) == Errc::invalid_licenses);
  CHECK(refused([](JobSpec& s) { s.labels.licenses = "matlab:10"; }) == Errc::ok);
  CHECK(refused([](JobSpec& s) { s.labels.reservation = "r"; }) == Errc::reservation_invalid);
  CHECK(refused([](JobSpec& s) { s.resources.gres.per_node = "tpu:1"; }) == Errc::invalid_gres);
  CHECK(refused([](JobSpec& s) { s.resources.gres.per_node = "gpu:a100:1"; }) == Errc::node_config_unavailable);
  CHECK(refused([](JobSpec& s) { s.placement.contiguous = true; }) == Errc::ok);
  CHECK(refused([](JobSpec&) {}) == Errc::ok);
}

TEST_CASE("a reservation holds its jobs or refuses them, and stays as long as one waits for it") {
  Head head;
  const UpdateRequest make{
      "reservation",
      "r",
      {{"StartTime", "20000"}, {"Duration", "60"}, {"Nodes", "n[1-2]"}, {"Users", "alice"}, {"Flags", "DAILY,WEEKLY"}},
      UpdateVerb::create};
  CHECK(head.refusal(admin, make).code == Errc::ok);
  SubmitRequest request;
  request.script = "#!/bin/sh\n";
  request.spec.labels.reservation = "r";
  auto asked = [&](auto&& ask_for) {
    SubmitRequest one = request;
    ask_for(one.spec);
    return head.refusal(alice, one).code;
  };
  CHECK(asked([](JobSpec& s) { s.resources.nodes_min = 3; }) == Errc::node_config_unavailable);
  CHECK(asked([](JobSpec& s) { s.placement.nodes_required = "n3"; }) == Errc::node_config_unavailable);
  CHECK(asked([](JobSpec& s) { s.resources.nodes_min = 2; }) == Errc::ok);
  const JobId job(head.controller->state().next_job_id().value - 1);
  CHECK(head.refusal(alice, UpdateRequest{"job", to_string(job), {{"ReservationName", "nosuch"}}}).code ==
        Errc::reservation_invalid);
  const UpdateRequest drop{"reservation", "r", {}, UpdateVerb::remove};
  CHECK(head.refusal(admin, drop).code == Errc::reservation_busy);
  CHECK(head.refusal(alice, JobVerbRequest{JobVerb::cancel, job}).code == Errc::ok);
  CHECK(head.refusal(admin, drop).code == Errc::ok);
}

TEST_CASE("keys of an update may be cut short as long as they are one key's") {
  Head head;
  CHECK(head.refusal(admin, UpdateRequest{"node", "n1", {{"w", "7"}, {"com", "x"}}}).code == Errc::ok);
  CHECK(head.controller->state().find(NodeIndex(0))->weight == 7);
  CHECK(head.controller->state().find(NodeIndex(0))->comment == "x");
  CHECK(head.refusal(admin, UpdateRequest{"partition", "main", {{"maxn", "3"}}}).code == Errc::ok);
  CHECK(head.refusal(admin, UpdateRequest{"partition", "main", {{"max", "3"}}}).message.find("not supported: max=3") !=
        std::string::npos);
}

TEST_CASE("a node that is required and excluded is no node") {
  Head head;
  SubmitRequest request;
  request.script = "#!/bin/sh\n";
  request.spec.placement.nodes_required = "n1";
  request.spec.placement.nodes_excluded = "n[1-2]";
  CHECK(head.refusal(alice, request).code == Errc::invalid_node_name);
}

TEST_CASE("a script is for its owner and for operators") {
  Head head;
  const JobId job = head.submit("main");
  const auto picture = head.controller->publish();
  CHECK(script_hash_for(*picture, {job}, alice.uid).ok());
  CHECK(script_hash_for(*picture, {job}, admin.uid).ok());
  CHECK(script_hash_for(*picture, {job}, Uid(1001)).error().code == Errc::access_denied);
  CHECK(script_hash_for(*picture, {JobId(99)}, admin.uid).error().code == Errc::invalid_job_id);
}

TEST_CASE("a partition is given words and numbers that it knows alone, and a topology that there is") {
  Head head;
  const auto refused = [&](const char* key, const char* value) {
    return head.refusal(admin, UpdateRequest{"partition", "main", {{key, value}}}).code != Errc::ok;
  };
  CHECK(refused("CpuBind", "bogus"));
  CHECK(refused("JobDefaults", "bogus"));
  CHECK(refused("JobDefaults", "DefCpuPerGPU=x"));
  CHECK(refused("PriorityTier", "70000"));
  CHECK(refused("PriorityJobFactor", "70000"));
  CHECK(refused("Topology", "nosuch"));
  CHECK_FALSE(refused("CpuBind", "core"));
  CHECK_FALSE(refused("JobDefaults", "DefCpuPerGPU=2,DefMemPerGPU=100"));
  CHECK_FALSE(refused("PriorityTier", "65533"));
}
