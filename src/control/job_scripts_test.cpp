// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/job_scripts.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

const Caller alice{Uid(1000), Gid(1000), "alice", "users", {}, "login"};

class FixedRandom : public Random {
 public:
  std::string bytes(std::size_t count) override { return std::string(count, 'r'); }
};

// A controller with two nodes that are up; what is committed is durable at once.
struct Site {
  FixedRandom random;
  std::string text;
  std::vector<Record> log;
  std::unique_ptr<Controller> controller;
  std::vector<Outgoing> out;
  std::int64_t seconds = 1000;

  explicit Site(const std::string& keys)
      : text(
            "ClusterName=t\nSlurmctldHost=head\nSlurmUser=root\nNodeName=n[1-2] CPUs=4 RealMemory=1000\n"
            "PartitionName=main Nodes=ALL Default=YES\n" +
            keys) {
    boot();
  }
  void boot() {
    Recovered recovered;
    for (const Record& record : log) REQUIRE(apply(recovered.state, record).ok());
    Warnings warnings;
    auto config = parse_cluster_config(
        "slurm.conf", [&](std::string_view) -> Result<std::string> { return text; }, warnings);
    REQUIRE(config.ok());
    ControllerOptions options;
    options.config = std::make_shared<const ClusterConfig>(std::move(*config));
    options.random = &random;
    controller = std::make_unique<Controller>(std::move(options), std::move(recovered), now());
    settle();
  }
  void up(std::vector<Incarnation> running = {}, std::vector<Incarnation> preparing = {}) {
    for (std::uint64_t node : {1u, 2u}) {
      NodeHello hello;
      hello.name = "n" + std::to_string(node);
      hello.registration.shape.cpus = 4;
      hello.registration.shape.memory = MebiBytes(2000);
      hello.running = running;
      hello.preparing = preparing;
      report(node, hello);
    }
  }
  Now now() const { return {Instant(seconds), MonoTime(seconds * 1000)}; }
  void settle() {
    controller->finish();
    const Commit commit = controller->take_commit();
    log.insert(log.end(), commit.records.begin(), commit.records.end());
    out = controller->take_outgoing(controller->state().position());
  }
  void report(std::uint64_t session, NodeReport body) {
    ++seconds;
    controller->begin(now());
    controller->report(SessionId(session), body);
    settle();
  }
  void call(ClientRequest body) {
    ++seconds;
    controller->begin(now());
    controller->call(SessionId(100), alice, ClientCall{7, RequestId(0), std::move(body)});
    settle();
  }
  void script_ended(const SiteScript& script, const std::string& error) {
    controller->begin(now());
    controller->script_ended({script.job, script.is_epilog, error});
    settle();
  }
  JobId submit(bool batch = true, std::optional<bool> requeue = {}) {
    SubmitRequest request;
    request.spec.labels.name = "j";
    request.spec.resources.nodes_min = 2;
    request.spec.resources.tasks = 2;
    request.spec.policy.batch = batch;
    request.spec.policy.requeue = requeue;
    request.spec.launch.work_dir = "/";
    if (batch) request.script = "#!/bin/sh\n";
    call(std::move(request));
    return JobId(1);
  }
  const Job& job() const { return *controller->state().find(JobId(1)); }
  template <class Kind>
  std::vector<Kind> sent() const {
    std::vector<Kind> found;
    for (const Outgoing& one : out) {
      if constexpr (std::is_same_v<Kind, SiteScript>) {
        if (const auto* script = std::get_if<SiteScript>(&one.what)) found.push_back(*script);
      } else if (const auto* order = std::get_if<NodeOrder>(&one.what)) {
        if (const auto* kind = std::get_if<Kind>(order)) found.push_back(*kind);
      }
    }
    return found;
  }
};

constexpr Incarnation life{JobId(1), 0};

}  // namespace

TEST_CASE("PrologSlurmctld: nothing is launched before it has ended; a restart runs it again") {
  Site site("PrologSlurmctld=/p\n");
  site.up();
  site.submit();
  REQUIRE(site.sent<SiteScript>().size() == 1);
  CHECK(site.sent<LaunchBatch>().empty());
  CHECK((site.job().state == JobState::running && site.job().preparing));
  site.boot();
  REQUIRE(site.sent<SiteScript>().size() == 1);
  const SiteScript script = site.sent<SiteScript>().front();
  CHECK(script.patterns == std::vector<std::string>{"/p"});
  site.up();
  CHECK(site.sent<LaunchBatch>().empty());
  site.script_ended(script, "");
  CHECK(site.sent<LaunchBatch>().size() == 2);
  site.script_ended(script, "");  // twice: nothing more
  CHECK(site.sent<LaunchBatch>().empty());
}

TEST_CASE("PrologSlurmctld fails: a batch job goes back to the queue, an interactive one is cancelled") {
  for (const bool batch : {true, false}) {
    Site site("PrologSlurmctld=/p\n");
    site.up();
    site.submit(batch);
    site.script_ended(site.sent<SiteScript>().front(), "it failed");
    CHECK(site.job().state == (batch ? JobState::pending : JobState::cancelled));
  }
}

TEST_CASE("EpilogSlurmctld: the job is completing until it has ended, well or not") {
  Site site("EpilogSlurmctld=/e\n");
  site.up();
  site.submit();
  site.report(1, BatchEnded{life, {3, 0}, ""});
  REQUIRE(site.sent<SiteScript>().size() == 1);
  const SiteScript script = site.sent<SiteScript>().front();
  CHECK(script.is_epilog);
  site.report(1, NodeCleared{life, ""});
  site.report(2, NodeCleared{life, ""});
  CHECK(site.job().unfinished.empty());
  CHECK(site.job().completing());
  site.boot();
  CHECK(site.sent<SiteScript>().size() == 1);
  site.script_ended(script, "it failed");
  CHECK_FALSE(site.job().completing());
}

TEST_CASE("PrologFlags=DeferBatch: the script is sent when all nodes have told that they are ready") {
  Site site("PrologFlags=DeferBatch\n");
  site.up();
  site.submit();
  auto launches = site.sent<LaunchBatch>();
  REQUIRE(launches.size() == 2);
  CHECK((launches[0].prolog_only && launches[0].prolog_at_once && launches[1].prolog_only));
  site.report(1, PrologDone{life});
  CHECK(site.sent<LaunchBatch>().empty());
  site.boot();  // forgets, and is told anew
  site.up({life});
  launches = site.sent<LaunchBatch>();
  REQUIRE(launches.size() == 1);
  CHECK_FALSE(launches[0].prolog_only);
}

TEST_CASE("PrologFlags=Alloc: salloc is told when all nodes are ready, with NoHold at once") {
  for (const bool no_hold : {false, true}) {
    Site site(no_hold ? "PrologFlags=Alloc,NoHold\n" : "PrologFlags=Alloc\n");
    site.up();
    site.submit(false);
    site.call(WaitRequest{JobId(1), true});
    const auto answered = [&] {
      return std::any_of(site.out.begin(), site.out.end(),
                         [](const Outgoing& one) { return std::holds_alternative<ClientAnswer>(one.what); });
    };
    CHECK(answered() == no_hold);
    site.report(1, PrologDone{life});
    site.report(2, PrologDone{life});
    CHECK(answered() == !no_hold);
  }
}

TEST_CASE("PrologFlags=Contain: an extern step holds every node and is ordered anew when its order was lost") {
  Site site("PrologFlags=Contain\n");
  site.up();
  site.submit();
  REQUIRE(site.sent<LaunchStep>().size() == 2);
  CHECK(site.sent<LaunchStep>()[0].key.step == StepId::external());
  CHECK(site.job().steps.front().name == "extern");
  site.up({life});
  CHECK(site.sent<LaunchStep>().size() == 1);  // of the second node's hello
  site.report(1, StepLeft{{JobId(1), 0, StepId::external()}, {}, ""});
  site.report(2, StepLeft{{JobId(1), 0, StepId::external()}, {}, ""});
  CHECK(site.job().ended_steps.find(StepId::external()));
  CHECK(site.job().steps.empty());
}

TEST_CASE("A failing prolog: a job that must not be requeued fails, unless ForceRequeueOnFail says otherwise") {
  for (const bool force : {false, true}) {
    Site site(force ? "PrologFlags=ForceRequeueOnFail\n" : "");
    site.up();
    site.submit(true, false);
    site.report(1, LaunchFailed{life, "Prolog error: /p ended with status 1", true});
    CHECK(site.job().state == (force ? JobState::pending : JobState::failed));
    CHECK(site.controller->state().find(NodeIndex(0))->condition.drain);
  }
}

TEST_CASE("What cannot be killed drains the node with its reason, once") {
  Site site("");
  site.up();
  site.submit();
  site.report(1, BatchEnded{life, {0, 9}, "Kill task failed: 1.batch: pid 5 (dd) in state D"});
  const NodeCondition condition = site.controller->state().find(NodeIndex(0))->condition;
  CHECK(condition.drain);
  CHECK(condition.reason->text == "Kill task failed: 1.batch: pid 5 (dd) in state D");
  site.report(1, BatchEnded{life, {0, 9}, "Kill task failed: 1.batch: pid 5 (dd) in state D"});
  CHECK(site.controller->state().find(NodeIndex(0))->condition == condition);
}
