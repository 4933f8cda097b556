// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Nodes that are booted for a job, because of features that helpers.conf knows or of --reboot.
#include "control/cluster_fixture.h"
#include "core/config/helpers_conf.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

constexpr const char* helpers =
    "BootTime=100\nNodeName=n[1-2] Feature=nps1,nps2 Helper=/nps\nMutuallyExclusive=nps1,nps2\n";

struct BootCluster : Cluster {
  BootCluster() {
    ClusterConfig with = *parsed(
        patient_conf() + "NodeFeaturesPlugins=node_features/helpers\nRebootProgram=/reboot\nReturnToService=2\n");
    const Status read =
        read_helpers(with, "/etc/slurm.conf", [](const std::string&) { return Result<std::string>(helpers); });
    REQUIRE(read.ok());
    config = std::make_shared<const ClusterConfig>(std::move(with));
    log.clear();
    boot();
    tell(1, "nps1");
    tell(2, "nps1");
    hello(3);
    hello(4);
  }
  void tell(int number, const std::string& features, std::int64_t booted = 1) {
    NodeRegistration registration;
    registration.shape.cpus = 4;
    registration.shape.memory = MebiBytes(2000);
    registration.booted = Instant(booted);
    registration.features = features;
    report(static_cast<std::uint64_t>(number), NodeHello{"n" + std::to_string(number), registration, {}, {}});
  }
  JobId submit_for(const std::string& features, std::optional<Minutes> delay = {}) {
    SubmitRequest request = job();
    request.spec.placement.features = features;
    request.spec.placement.boot.delay = delay;
    return submit(alice, request);
  }
};

}  // namespace

TEST_CASE("a node has the features that its slurmd tells, beside those of slurm.conf") {
  BootCluster c;
  CHECK(c.node(1).features_active == "fast,nps1");
  CHECK(c.node(3).features_active == "fast");
  c.tell(1, "nps2");
  CHECK(c.node(1).features_active == "fast,nps2");
  c.boot();
  CHECK(c.node(1).features_active == "fast,nps2");
}

TEST_CASE("a job waits for its node to boot with what it asks for") {
  BootCluster c;
  const JobId job = c.submit_for("nps2");
  REQUIRE(c.job_of(job).allocation);
  CHECK(c.job_of(job).preparing);
  const auto ordered = c.orders<RebootNode>();
  REQUIRE(ordered.size() == 1);
  CHECK(ordered[0].first == 1);
  CHECK(ordered[0].second.features == "nps2");
  CHECK(c.orders<LaunchBatch>().empty());
  c.pass(10);
  c.tell(1, "nps2", c.seconds);
  CHECK_FALSE(c.job_of(job).preparing);
  CHECK(c.orders<LaunchBatch>().size() == 1);
  CHECK_FALSE(c.node(1).reboot);
}

TEST_CASE("an order that was lost is given again, and a restart forgets nothing") {
  BootCluster c;
  const JobId job = c.submit_for("nps2");
  c.boot();
  c.tell(1, "nps1");
  REQUIRE(c.orders<RebootNode>().size() == 1);
  CHECK(c.job_of(job).preparing);
  c.pass(10);
  c.tell(1, "nps2", c.seconds);
  CHECK_FALSE(c.job_of(job).preparing);
}

TEST_CASE("a slurmd that has begun in the second of the order has not booted for it") {
  BootCluster c;
  c.tell(1, "nps1", c.seconds);
  const JobId job = c.submit_for("nps2");
  REQUIRE(c.job_of(job).allocation);
  c.boot();
  c.tell(1, "nps1", c.job_of(job).times.started.value().seconds);
  CHECK(c.node(1).condition.base == NodeBase::up);
  CHECK(c.job_of(job).preparing);
  c.pass(10);
  c.tell(1, "nps2", c.seconds);
  CHECK_FALSE(c.job_of(job).preparing);
}

TEST_CASE("a boot that does not give the features, or does not end, costs the node and not the job") {
  BootCluster c;
  const JobId first = c.submit_for("nps2");
  c.pass(10);
  c.tell(1, "nps1", c.seconds);
  CHECK(c.node(1).condition.base == NodeBase::down);
  CHECK(c.node(1).condition.reason->text == "after the boot it has no nps2");
  CHECK(c.job_of(first).restarts == 1);
  REQUIRE(c.job_of(first).allocation);  // n2 is booted in its place
  CHECK(c.job_of(first).allocation->shares.front().node == NodeIndex(1));
  c.pass(101);
  c.pass(1);
  CHECK(c.node(2).condition.reason->text == "reboot timed out");
  CHECK(c.job_of(first).state == JobState::pending);
}

TEST_CASE("[a|b] over several nodes: all are booted for the same of them") {
  BootCluster c;
  c.tell(2, "nps2");
  SubmitRequest request = c.job(2);
  request.spec.placement.features = "[nps1|nps2]";
  const JobId job = c.submit(alice, request);
  CHECK(c.job_of(job).preparing);
  const auto ordered = c.orders<RebootNode>();
  REQUIRE(ordered.size() == 1);
  CHECK(ordered[0].first == 2);
  CHECK(ordered[0].second.features == "nps1");
}

TEST_CASE("a node that holds a suspended job is not booted, and the job waits for it") {
  BootCluster c;
  SubmitRequest first = c.job();
  first.spec.placement.nodes_required = "n1";
  const JobId held = c.submit(alice, first);
  REQUIRE(c.job_of(held).state == JobState::running);
  c.ask(admin, JobVerbRequest{JobVerb::suspend, held});
  REQUIRE(c.job_of(held).state == JobState::suspended);
  SubmitRequest second = c.job();
  second.spec.placement.nodes_required = "n1";
  second.spec.placement.features = "nps2";
  const JobId waits = c.submit(alice, second);
  CHECK(c.job_of(waits).state == JobState::pending);
  CHECK(c.reason(waits) == "Resources");
  CHECK(c.orders<RebootNode>().empty());
}

TEST_CASE("a user for whom no node is booted is refused what a boot alone would give") {
  BootCluster c;
  ClusterConfig with = *c.config;
  with.helpers.users = {"bob"};
  c.config = std::make_shared<const ClusterConfig>(std::move(with));
  c.boot();
  SubmitRequest request = c.job();
  request.spec.placement.features = "nps2";
  CHECK(c.refused(alice, request) == Errc::node_config_unavailable);
}

TEST_CASE("--delay-boot: nodes that have the features do, and others are booted later") {
  BootCluster c;
  const JobId job = c.submit_for("nps2", Minutes(2));
  CHECK(c.job_of(job).state == JobState::pending);
  CHECK(c.orders<RebootNode>().empty());
  c.pass(119);
  CHECK(c.job_of(job).state == JobState::pending);
  c.pass(1);
  CHECK(c.job_of(job).preparing);
}

TEST_CASE("no boot gives both of what goes alone, nor what no helper knows") {
  BootCluster c;
  SubmitRequest request = c.job();
  request.spec.placement.features = "nps1&nps2";
  CHECK(c.refused(alice, request) == Errc::node_config_unavailable);
  request.spec.placement.features = "nps4";
  CHECK(c.refused(alice, request) == Errc::invalid_feature);
}

TEST_CASE("--reboot is for administrators, and boots whatever the node has") {
  BootCluster c;
  SubmitRequest request = c.job();
  request.spec.placement.boot.first = true;
  request.spec.placement.sharing = Sharing::exclusive;
  request.spec.placement.nodes_required = "n3";
  CHECK(c.refused(alice, request) == Errc::access_denied);
  const JobId job = c.submit(admin, request);
  CHECK(c.job_of(job).preparing);
  CHECK(c.orders<RebootNode>().size() == 1);
  c.pass(5);
  c.hello(3, {}, c.seconds);
  CHECK_FALSE(c.job_of(job).preparing);
}
