// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0

#include "core/config/cluster_config.h"

#include <doctest/doctest.h>

#include "core/config/write_config.h"

using namespace slurmxx;

namespace {

Result<ClusterConfig> parse(const std::string& text, Warnings& warnings) {
  auto read = [&](const std::string&) -> Result<std::string> {
    return "ClusterName=c\nSlurmctldHost=h(10.0.0.1)\n" + text;
  };
  return parse_cluster_config("/etc/slurm/slurm.conf", read, warnings);
}

ClusterConfig parsed(const std::string& text) {
  Warnings warnings;
  Result<ClusterConfig> config = parse(text, warnings);
  REQUIRE_MESSAGE(config.ok(), (config.ok() ? "" : config.error().message));
  CHECK(warnings.empty());
  return *config;
}

std::string refusal(const std::string& text) {
  Warnings warnings;
  Result<ClusterConfig> config = parse(text, warnings);
  REQUIRE_FALSE(config.ok());
  return config.error().message;
}

}  // namespace

TEST_CASE("cluster config: defaults are those of the manual, keys ignore case") {
  ClusterConfig config = parsed("killwait=5\nSELECTTYPEPARAMETERS=CR_Core\nTaskPlugin=task/none\nPriorityMaxAge=7-0\n");
  CHECK(config.identity.controllers == std::vector<ControllerHost>{{"h", "10.0.0.1"}});
  CHECK(config.timeouts.kill_wait == Seconds(5));
  CHECK(config.timeouts.slurmd_timeout == Seconds(300));
  CHECK_FALSE(config.scheduling.memory_is_consumable);
  CHECK(config.plugins.task_plugins.empty());
  CHECK(config.priority.max_age == Seconds(7 * 86400));
  CHECK(config.jobs.max_job_id == 67043328);
}

TEST_CASE("cluster config: node ranges expand in parallel with addresses and ports") {
  ClusterConfig config = parsed(
      "NodeName=DEFAULT RealMemory=4000 Feature=a,b\n"
      "NodeName=n[1-3] NodeHostname=localhost NodeAddr=10.0.0.[7-9] Port=[7001-7003] Sockets=2 CoresPerSocket=4 "
      "ThreadsPerCore=2\nNodeName=x CPUs=64\nPartitionName=p Nodes=ALL Default=YES MaxTime=1:00:00\n");
  REQUIRE(config.nodes.size() == 4);
  CHECK(config.nodes[2].address == "10.0.0.9");
  CHECK(config.nodes[2].hostname == "localhost");
  CHECK(config.nodes[2].port == 7003);
  CHECK(config.nodes[2].hardware.cpus == 16);
  CHECK(config.nodes[3].hardware.sockets == 64);
  CHECK(config.nodes[3].hardware.real_memory == MebiBytes(4000));
  CHECK(config.nodes[3].features == std::vector<std::string>{"a", "b"});
  REQUIRE(default_partition(config) != nullptr);
  CHECK(default_partition(config)->nodes_text == "n[1-3],x");
  CHECK(default_partition(config)->limits.time_max == TimeLimit::of(Minutes(60)));
}

TEST_CASE("cluster config: a mistake is told with its line and the nearest key") {
  CHECK(refusal("\nSlurmdTimout=3\n") == "slurm.conf line 4: unknown key SlurmdTimout; did you mean SlurmdTimeout?");
  CHECK(refusal("KillWait=soon\n") == "slurm.conf line 3: KillWait=soon: a number of seconds is wanted");
  CHECK(refusal("NodeName=a CPU=4\n").find("unknown node key CPU; did you mean CPUs?") != std::string::npos);
  CHECK(refusal("PartitionName=p Nodes=gone\n") == "slurm.conf line 3: there is no node gone");
  CHECK(refusal("NodeName=a,a\n") == "slurm.conf line 3: node a is defined twice");
}

TEST_CASE("cluster config: what a key does not know is refused with the words that it knows") {
  CHECK(refusal("SchedulerType=sched/bogus\n") ==
        "slurm.conf line 3: SchedulerType=sched/bogus: sched/backfill or sched/builtin is wanted");
  CHECK(parsed("SchedulerType=builtin\nTaskPlugin=cgroup,task/affinity\n").scheduling.scheduler_type ==
        "sched/builtin");
  CHECK(refusal("PreemptMode=BOGUS\n").find("a list of OFF, CANCEL, REQUEUE, SUSPEND, GANG or WITHIN") !=
        std::string::npos);
  CHECK(parsed("AccountingStorageEnforce=Associations,LIMITS\n").plugins.accounting_storage_enforce ==
        std::vector<std::string>{"associations", "limits"});
  CHECK(refusal("AccountingStorageEnforce=limits,bogus\n").find("wckeys and all are wanted") != std::string::npos);
  CHECK(refusal("PropagateResourceLimits=BOGUS\n").find("MEMLOCK") != std::string::npos);
  CHECK(
      refusal("NodeName=a\nPartitionName=p Nodes=a SelectTypeParameters=BOGUS\n").find("CR_Socket_Memory is wanted") !=
      std::string::npos);
  CHECK(refusal("Licenses=matlab:abc\n").find("a list like matlab:10,ansys:4 is wanted") != std::string::npos);
  CHECK(refusal("PriorityWeightTRES=cpu=abc\n").find("is wanted") != std::string::npos);
  CHECK(refusal("MessageTimeout=0\n") == "slurm.conf line 3: MessageTimeout=0: a number of seconds, from 1 is wanted");
  CHECK(refusal("SchedulerTimeSlice=0\n").find("from 5 to 65533") != std::string::npos);
  CHECK(refusal("NodeName=a\nPartitionName=p Nodes=a PreemptMode=bogus\n").find("WITHIN is wanted") !=
        std::string::npos);
  CHECK(refusal("NodeName=a\nPartitionName=p Nodes=a TRESBillingWeights=cpu=abc\n").find("a number is wanted") !=
        std::string::npos);
}

TEST_CASE("cluster config: a site is told of plugins that do nothing here") {
  Warnings warnings;
  REQUIRE(parse("JobSubmitPlugins=lua\nSwitchType=switch/none\nTLSType=tls/openssl\nJobCompType=jobcomp/filetxt\n",
                warnings));
  CHECK(
      warnings ==
      Warnings{"slurm.conf line 3: JobSubmitPlugins=lua has no effect here: jobs are neither changed nor refused by it",
               "slurm.conf line 5: TLSType=tls/openssl has no effect here: messages are signed and not encrypted"});
}

TEST_CASE("cluster config: words of flags are known, whatever their case, and values stand behind '='") {
  const std::string nodes = "NodeName=a\nPartitionName=p Nodes=a\n";
  CHECK(refusal("DebugFlags=bogus\n").find("DebugFlags=bogus: a list of Accrue, Agent") != std::string::npos);
  CHECK(refusal("TaskPluginParam=bogus\n").find("Autobind= is wanted") != std::string::npos);
  CHECK(refusal("TaskPluginParam=autobind\n").find("is wanted") != std::string::npos);
  CHECK(refusal("SlurmctldParameters=cloud_dns,bogus=1\n").find("is wanted") != std::string::npos);
  CHECK(refusal("CommunicationParameters=bogus\n").find("is wanted") != std::string::npos);
  CHECK(refusal("PropagateResourceLimits=BOGUS\n").find("is wanted") != std::string::npos);
  CHECK(refusal("PriorityUsageResetPeriod=BOGUS\n").find("is wanted") != std::string::npos);
  Warnings warnings;
  const auto config =
      parse(nodes +
                "TaskPluginParam=autobind=cores,verbose\nDebugFlags=backfill,GRES\nJobCompPassScript=yes\n"
                "SlurmctldParameters=Power_Save_Interval=5,enable_configless\nCommunicationParameters=enableipv6\n",
            warnings);
  REQUIRE(config);
  CHECK(config->plugins.task_plugin_param == "Autobind=cores,Verbose");
  CHECK(config->plugins.slurmctld_parameters == std::vector<std::string>{"power_save_interval=5", "enable_configless"});
  CHECK(warnings.size() == 2);  // what changes nothing is told
}

TEST_CASE("cluster config: retired keys are dropped with one warning each") {
  Warnings warnings;
  CHECK(parse("AccountingStorageUser=slurm\nNodeName=a\nPartitionName=p Nodes=a MaxShare=2\n", warnings).ok());
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[1].starts_with("slurm.conf line 5: MaxShare is no longer used"));
}

TEST_CASE("cluster config: a partition's Priority is its tier and its factor, unless they are given") {
  const ClusterConfig config =
      parsed("NodeName=a\nPartitionName=p Nodes=a Priority=100\nPartitionName=q Nodes=a PriorityTier=3 Priority=7\n");
  CHECK(config.partitions[0].policy.priority_tier == 100);
  CHECK(config.partitions[0].policy.priority_job_factor == 100);
  CHECK(config.partitions[1].policy.priority_tier == 3);
  CHECK(config.partitions[1].policy.priority_job_factor == 7);
}

TEST_CASE("cluster config: what is written out is read as the same configuration") {
  const ClusterConfig config = parsed(
      "KillWait=5\nTaskPlugin=task/none\nPriorityMaxAge=7-0\nMailProg=\"/bin/my mail\"\nProlog=/a\nProlog=/b\n"
      "NodeName=DEFAULT RealMemory=4000 Feature=a,b\n"
      "NodeName=n[1-3] NodeHostname=localhost NodeAddr=10.0.0.[7-9] Port=[7001-7003] Sockets=2 CoresPerSocket=4 "
      "ThreadsPerCore=2 Gres=gpu:a100:2 Reason=\"old and # slow\" State=DRAIN\nNodeName=x CPUs=64 Weight=3\n"
      "NodeSet=fast Feature=a\nDownNodes=n2 State=DOWN Reason=\"no power\"\n"
      "PartitionName=p Nodes=ALL Default=YES MaxTime=1:00:00 DefaultTime=5 MaxNodes=2 OverSubscribe=FORCE:2\n"
      "PartitionName=q Nodes=fast AllowGroups=staff,root RootOnly=YES Hidden=YES DefMemPerCPU=100 GraceTime=30 "
      "PriorityTier=9 SuspendTime=INFINITE State=DOWN OverTimeLimit=3\n");
  const std::string text = write_config(config);
  Warnings warnings;
  auto read = [&](const std::string&) -> Result<std::string> { return text; };
  Result<ClusterConfig> again = parse_cluster_config("/etc/slurm/slurm.conf", read, warnings);
  REQUIRE_MESSAGE(again.ok(), (again.ok() ? "" : again.error().message));
  CHECK(warnings.empty());
  CHECK(*again == config);
}
