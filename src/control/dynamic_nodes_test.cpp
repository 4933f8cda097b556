// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Nodes that come and go, and keys of nodes and partitions that are put over slurm.conf.
#include "control/cluster_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

constexpr const char* dynamic_conf = R"(
ClusterName=test
SlurmctldHost=head
SlurmUser=root
SlurmdTimeout=300
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0
GresTypes=gpu,nic
MaxNodeCount=6
NodeName=n[1-2] CPUs=4 RealMemory=1000 Feature=fast
NodeName=f1 CPUs=2 RealMemory=100 Feature=big State=FUTURE
NodeSet=fresh Feature=f1
PartitionName=main Nodes=n[1-2] Default=YES
PartitionName=all Nodes=ALL
PartitionName=set Nodes=fresh
)";

struct Fleet : Cluster {
  Fleet() { begin_with(dynamic_conf); }
  Error error(const Caller& caller, ClientRequest body) {
    ClientReply reply = ask(caller, std::move(body));
    const auto* refused = std::get_if<ErrorReply>(&reply);
    return refused ? Error{refused->code, refused->message} : Error{Errc::ok, ""};
  }
  Error create(const std::string& name, std::vector<KeyValue> keys) {
    return error(admin, UpdateRequest{"node", name, std::move(keys), UpdateVerb::create});
  }
  Errc remove(const std::string& name) {
    return error(admin, UpdateRequest{"node", name, {}, UpdateVerb::remove}).code;
  }
  Errc update(const std::string& entity, const std::string& name, std::vector<KeyValue> keys) {
    return error(admin, UpdateRequest{entity, name, std::move(keys)}).code;
  }
  const Node* find(const std::string& name) { return controller->state().find_node(name); }
  std::string partition(const std::string& name) {
    std::string names;
    for (const NodeIndex node : controller->state().find_partition(name)->nodes)
      names += controller->state().find(node)->name + " ";
    return names;
  }
  void joins(std::uint64_t session, const std::string& name, const std::string& keys) {
    NodeHello hello;
    hello.name = name;
    hello.registration.shape = {4, 1, 1, 4, 1, MebiBytes(2000), MebiBytes(0)};
    hello.dynamic = keys;
    report(session, hello);
  }
};

}  // namespace

TEST_CASE("a created node joins the partitions that mean it, and is there after a restart and a new slurm.conf") {
  Fleet c;
  CHECK(c.create("d[1-2]", {{"CPUs", "4"}, {"RealMemory", "500"}, {"Feature", "f1"}, {"State", "FUTURE"}}).code ==
        Errc::ok);
  REQUIRE(c.find("d2"));
  CHECK(c.find("d2")->condition.base == NodeBase::future);
  CHECK(c.partition("all") == "n1 n2 f1 d1 d2 ");
  CHECK(c.partition("set") == "d1 d2 ");
  CHECK(c.partition("main") == "n1 n2 ");
  c.boot();
  CHECK(c.partition("set") == "d1 d2 ");
  CHECK(c.controller->config().nodes.size() == 5);
  CHECK(c.controller->config().nodes[3].features == std::vector<std::string>{"f1"});
  c.config = parsed(std::string(dynamic_conf) + "NodeName=n3 CPUs=1\nPartitionName=more Nodes=ALL\n");
  c.controller->begin(c.now());
  REQUIRE(c.controller->configure(c.config).ok());
  c.settle();
  CHECK(c.partition("more") == "n1 n2 f1 n3 d1 d2 ");
  CHECK(c.partition("set") == "d1 d2 ");
  CHECK(c.controller->config().nodes[5].name == "d2");
}

TEST_CASE("what is no node to create or to delete is refused by its name") {
  Fleet c;
  c.hello(1);
  CHECK(c.error(alice, UpdateRequest{"node", "d1", {{"State", "CLOUD"}}, UpdateVerb::create}).code ==
        Errc::user_id_missing);
  CHECK(c.create("d1", {{"CPUs", "4"}}).code == Errc::invalid_node_state);
  CHECK(c.create("n1", {{"State", "CLOUD"}}).message == "node n1 is there already");
  CHECK(c.create("d1", {{"Cups", "4"}, {"State", "CLOUD"}}).code == Errc::error);
  CHECK(c.create("d[1-4]", {{"State", "CLOUD"}}).message ==
        "3 nodes are there and 6 are the most: raise MaxNodeCount in slurm.conf");
  CHECK(c.remove("n1") == Errc::invalid_node_state);
  CHECK(c.remove("nope") == Errc::invalid_node_name);
}

TEST_CASE("a slurmd -Z makes its node, runs jobs on it, and does not come back by itself once it is deleted") {
  Fleet c;
  c.joins(7, "z1", "NodeHostname=host7 Feature=f1 RealMemory=1500");
  const Node* node = c.find("z1");
  REQUIRE(node);
  CHECK(node->condition.base == NodeBase::up);
  CHECK(node->declared.cpus == 4);
  CHECK(node->declared.memory == MebiBytes(1500));
  CHECK(c.orders<Welcome>().size() == 1);
  SubmitRequest request = c.job();
  request.spec.placement.partitions = {"set"};
  const JobId job = c.submit(alice, request);
  CHECK(c.job_of(job).state == JobState::running);
  CHECK(c.remove("z1") == Errc::nodes_busy);
  c.ask(alice, JobVerbRequest{JobVerb::cancel, job, {}, 0, false});
  c.report(7, NodeCleared{{job, 0}, ""});
  CHECK(c.remove("z1") == Errc::ok);
  REQUIRE(c.orders<TurnedAway>().size() == 1);
  CHECK(c.orders<TurnedAway>().front().second.deleted);
  CHECK(!c.find("z1"));
  CHECK(c.partition("set").empty());
  c.joins(7, "z1", "");
  CHECK(!c.find("z1"));
}

TEST_CASE("nodes behind one that is deleted keep their sessions and their jobs") {
  Fleet c;
  c.joins(7, "z1", "Feature=f1");
  c.joins(8, "z2", "Feature=f1");
  SubmitRequest request = c.job();
  request.spec.placement.partitions = {"set"};
  request.spec.placement.nodes_required = "z2";
  const JobId job = c.submit(alice, request);
  REQUIRE(c.job_of(job).state == JobState::running);
  CHECK(c.remove("z1") == Errc::ok);
  CHECK(c.controller->state().find(c.job_of(job).allocation->shares.front().node)->name == "z2");
  c.report(8, BatchEnded{{job, 0}, {}, ""});
  CHECK(c.job_of(job).state == JobState::completed);
}

TEST_CASE("a slurmd -F takes the FUTURE node that has its layout") {
  Fleet c;
  NodeHello hello;
  hello.name = "host9";
  hello.registration.shape = {2, 1, 2, 1, 1, MebiBytes(2000), MebiBytes(0)};
  hello.dynamic = "-Fnone";
  c.report(9, hello);
  CHECK(c.orders<Welcome>().empty());
  hello.dynamic = "-Fbig";
  c.report(9, hello);
  REQUIRE(c.orders<Welcome>().size() == 1);
  CHECK(c.orders<Welcome>().front().second.node_name == "f1");
  CHECK(c.find("f1")->condition.base == NodeBase::up);
  CHECK(c.find("f1")->dynamic_future);
  CHECK(c.controller->config().nodes[2].hostname == "host9");
}

TEST_CASE("features, gres, address and the rest of a node are changed, and kept by a restart") {
  Fleet c;
  c.hello(1);
  CHECK(c.update("node", "n1", {{"AvailableFeatures", "slow"}}) == Errc::active_feature_not_subset);
  CHECK(c.update("node", "n1", {{"AvailableFeatures", "fast,slow"}}) == Errc::ok);
  CHECK(c.update("node", "n1", {{"ActiveFeatures", "slow"}}) == Errc::ok);
  CHECK(c.update("node", "n1", {{"Gres", "tape:1"}}) == Errc::invalid_gres);
  CHECK(c.update("node", "n1", {{"Gres", "nic:5"}, {"CpuBind", "core"}, {"NodeAddr", "10.0.0.1"}, {"Weight", "9"}}) ==
        Errc::ok);
  c.boot();
  CHECK(c.find("n1")->features_active == "slow");
  CHECK(c.find("n1")->weight == 9);
  CHECK(c.find("n1")->gres.front().count == 5);
  const NodeConfig& shown = c.controller->config().nodes[0];
  CHECK(shown.features == std::vector<std::string>{"fast", "slow"});
  CHECK(shown.address == "10.0.0.1");
  CHECK(shown.cpu_bind == "core");
  c.hello(1);
  SubmitRequest request = c.job();
  request.spec.placement.features = "slow";
  CHECK(c.job_of(c.submit(alice, request)).state == JobState::running);
}

TEST_CASE("a node that is drained comes back after the time that ResumeAfter names") {
  Fleet c;
  c.hello(1);
  CHECK(c.update("node", "n1", {{"State", "DRAIN"}, {"Reason", "disk"}, {"ResumeAfter", "60"}}) == Errc::ok);
  c.pass(30);
  CHECK(c.find("n1")->condition.drain);
  c.pass(40);
  CHECK(!c.find("n1")->condition.drain);
}

TEST_CASE("keys of a partition that slurm.conf rules are put over it, and kept by a restart") {
  Fleet c;
  CHECK(c.update("partition", "main", {{"PreemptMode", "REQUEUE"}, {"GraceTime", "30"}, {"MaxCPUsPerNode", "2"}}) ==
        Errc::ok);
  CHECK(c.update("partition", "main", {{"GraceTime", "soon"}}) == Errc::error);
  c.boot();
  const PartitionConfig* main = find_partition(c.controller->config(), "main");
  REQUIRE(main);
  CHECK(main->policy.preempt_mode == "REQUEUE");
  CHECK(main->limits.grace_time == Seconds(30));
  CHECK(main->limits.cpus_per_node_max == Limit<std::uint32_t>::of(2));
}
