// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/partition_access.h"

#include "control/cluster_fixture.h"
#include "control/configure.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

constexpr const char* many = R"(
ClusterName=test
SlurmctldHost=head
SlurmUser=root
NodeName=n[1-2] CPUs=4 RealMemory=1000
PartitionName=main Nodes=ALL Default=YES
PartitionName=login Nodes=ALL AllocNodes=login[1-2]
PartitionName=noroot Nodes=ALL DisableRootJobs=YES
PartitionName=root Nodes=ALL RootOnly=YES
PartitionName=group Nodes=ALL AllowGroups=staff
PartitionName=resv Nodes=ALL ReqResv=YES
PartitionName=short Nodes=ALL MaxNodes=1 MaxTime=10
PartitionName=wide Nodes=ALL MinNodes=2
PartitionName=mem Nodes=ALL MaxMemPerNode=100
PartitionName=memcpu Nodes=ALL MaxMemPerCPU=100
PartitionName=one Nodes=n1
PartitionName=closed Nodes=ALL
PartitionName=drain Nodes=ALL State=DRAIN
PartitionName=other Nodes=ALL State=INACTIVE Alternate=main
)";

struct Judged {
  State state;
  std::shared_ptr<const ClusterConfig> config;

  explicit Judged(const char* more = "") : config(parsed(std::string(many) + more)) {
    REQUIRE(apply(state, {LogPosition(1), Instant(1), RequestId(), configured_event(*config)}).ok());
  }
  JobSpec asked(std::vector<std::string> partitions) const {
    JobSpec spec;
    spec.owner.uid = Uid(1000);
    spec.placement.partitions = std::move(partitions);
    spec.labels.submit_host = "login3";
    return spec;
  }
  Errc of(const Caller& caller, JobSpec spec) const {
    spec.owner.uid = caller.uid;
    const PartitionJudge judge(state, *config, caller);
    Status judged = judge.settle(spec);
    if (judged)
      judged = judge.enforce(spec, [](const std::string& name) -> Status {
        return name == "closed" ? Status(fail(Errc::invalid_account)) : Status();
      });
    return judged ? Errc::ok : judged.error().code;
  }
  Errc of(const Caller& caller, std::vector<std::string> partitions) const {
    return of(caller, asked(std::move(partitions)));
  }
};

Errc wide(const Judged& judged, std::vector<std::string> partitions) {
  JobSpec spec = judged.asked(std::move(partitions));
  spec.resources.nodes_min = 2;
  spec.resources.nodes_max = 2;
  spec.resources.nodes_set = true;
  return judged.of(alice, spec);
}

}  // namespace

TEST_CASE("partitions are for whom they say") {
  const Judged judged;
  CHECK(judged.of(alice, {"login"}) == Errc::access_denied);
  JobSpec from_login = judged.asked({"login"});
  from_login.labels.submit_host = "login2";
  CHECK(judged.of(alice, from_login) == Errc::ok);
  CHECK(judged.of(admin, {"noroot"}) == Errc::user_id_missing);
  CHECK(judged.of(alice, {"noroot"}) == Errc::ok);
  CHECK(judged.of(alice, {"root"}) == Errc::access_denied);
  CHECK(judged.of(admin, {"root"}) == Errc::ok);
  CHECK(judged.of(alice, {"group"}) == Errc::partition_group_denied);
  CHECK(judged.of(admin, {"group"}) == Errc::ok);
  Caller member = alice;
  member.group_names = {"staff"};
  CHECK(judged.of(member, {"group"}) == Errc::ok);
  CHECK(judged.of(alice, {"resv"}) == Errc::access_denied);
  CHECK(judged.of(alice, {"nosuch", "main"}) == Errc::invalid_partition);
  CHECK(Judged("DisableRootJobs=YES\n").of(admin, {"main"}) == Errc::user_id_missing);
}

TEST_CASE("a closed partition refuses, or hands on to its alternate; of several one is enough") {
  const Judged judged;
  const Judged all("EnforcePartLimits=ALL\n");
  CHECK(all.of(alice, {"drain"}) == Errc::partition_not_available);
  CHECK(all.of(alice, {"drain", "main"}) == Errc::ok);
  CHECK(judged.of(alice, {"drain"}) == Errc::partition_not_available);
  JobSpec spec = judged.asked({"drain", "other", "root"});
  CHECK(PartitionJudge(judged.state, *judged.config, alice).settle(spec).ok());
  CHECK(spec.placement.partitions == std::vector<std::string>{"main"});
}

TEST_CASE("EnforcePartLimits: limits of all the partitions, of any, or of none") {
  const Judged no, any("EnforcePartLimits=ANY\n"), all("EnforcePartLimits=ALL\n");
  CHECK(wide(no, {"short"}) == Errc::ok);
  CHECK(wide(any, {"short"}) == Errc::invalid_node_count);
  CHECK(wide(any, {"short", "main"}) == Errc::ok);
  CHECK(wide(all, {"short", "main"}) == Errc::invalid_node_count);
  CHECK(wide(all, {"main", "wide"}) == Errc::ok);
  JobSpec spec = all.asked({"short"});
  spec.times.limit = TimeLimit::of(Minutes(20));
  CHECK(all.of(alice, spec) == Errc::invalid_time_limit);
  spec = all.asked({"mem"});
  spec.resources.memory_per_node = MebiBytes(200);
  CHECK(all.of(alice, spec) == Errc::invalid_task_memory);
  spec = all.asked({"main"});
  spec.resources.tasks = 9;
  CHECK(all.of(alice, spec) == Errc::too_many_requested_cpus);
  spec = all.asked({"wide"});
  spec.resources.nodes_set = true;
  spec.resources.nodes_max = 1;
  CHECK(all.of(alice, spec) == Errc::invalid_node_count);
}

TEST_CASE("EnforcePartLimits: nodes, lists and MinNodes of several partitions; ANY keeps those that do not fit now") {
  const Judged no, any("EnforcePartLimits=ANY\n"), all("EnforcePartLimits=ALL\n");
  JobSpec spec = all.asked({"main", "one"});
  spec.placement.nodes_required = "n2";
  CHECK(no.of(alice, spec) == Errc::ok);
  CHECK(any.of(alice, spec) == Errc::ok);
  CHECK(all.of(alice, spec) == Errc::requested_nodes_not_in_partition);
  spec.placement.partitions = {"one"};
  CHECK(any.of(alice, spec) == Errc::requested_nodes_not_in_partition);
  CHECK(all.of(alice, {"main", "closed"}) == Errc::invalid_account);
  CHECK(any.of(alice, {"main", "closed"}) == Errc::ok);
  CHECK(all.of(alice, {"wide"}) == Errc::ok);
  CHECK(all.of(alice, {"main", "wide"}) == Errc::partition_config_unavailable);

  JobSpec some = all.asked({"wide"});  // -N1-2
  some.resources.nodes_set = true;
  some.resources.nodes_min = 1;
  some.resources.nodes_max = 2;
  CHECK(all.of(alice, some) == Errc::invalid_node_count);
  some.placement.partitions = {"short"};
  CHECK(any.of(alice, some) == Errc::invalid_node_count);
  some.placement.partitions = {"short", "main"};
  CHECK(any.of(alice, some) == Errc::ok);
  some.placement.partitions = {"one"};
  some.resources.nodes_max = 8;
  CHECK(all.of(alice, some) == Errc::ok);

  JobSpec lasting = any.asked({"short", "main"});
  lasting.times.limit = TimeLimit::of(Minutes(20));
  const PartitionJudge judge(any.state, *any.config, alice);
  REQUIRE(judge.settle(lasting));
  REQUIRE(judge.enforce(lasting, [](const std::string&) { return Status(); }));
  CHECK(lasting.placement.partitions == std::vector<std::string>{"short", "main"});
}

TEST_CASE("MaxMemPerCPU: more memory means more CPUs") {
  const Judged judged;
  JobSpec spec = judged.asked({"memcpu"});
  spec.resources.memory_per_cpu = MebiBytes(200);
  respect_memory_per_cpu(spec, *judged.config);
  CHECK(spec.resources.cpus_per_task == 2);
  CHECK(spec.resources.memory_per_cpu == MebiBytes(100));
  spec = judged.asked({"memcpu"});
  spec.resources.memory_per_node = MebiBytes(950);
  respect_memory_per_cpu(spec, *judged.config);
  CHECK(spec.resources.cpus_per_node_min == 10u);
}
