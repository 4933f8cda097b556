// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scontrol/run.h"

#include <doctest/doctest.h>

#include <deque>

#include "commands/scontrol/prompt.h"
#include "commands/scontrol/show_node.h"
#include "commands/scontrol/show_topology.h"
#include "core/topology/read_topology.h"

using namespace slurmxx;

namespace {

struct FakeHead : ControllerClient {
  std::vector<UpdateRequest> updates;
  Errc refuse = Errc::ok;
  Result<ClientReply> call(ClientRequest request) override {
    const auto* update = std::get_if<UpdateRequest>(&request);
    if (update) updates.push_back(*update);
    if (refuse != Errc::ok) return ClientReply(ErrorReply{refuse, "", {}});
    if (std::holds_alternative<PingRequest>(request)) return ClientReply(PongReply{"head", "", {}});
    if (std::holds_alternative<JobsRequest>(request)) return ClientReply(JobsReply{});
    if (update && update->entity == "reservation" && update->verb == UpdateVerb::change)
      return ClientReply(ReservationsReply{});
    return ClientReply(DoneReply{});
  }
};

struct Shell {
  FakeHead head;
  Output output;
  std::string out, err;

  Shell() {
    output.out = [this](std::string_view text) { out += text; };
    output.err = [this](std::string_view text) { err += text; };
    output.meta.cluster = "c";
    output.variable = [](const char* name) -> std::optional<std::string> {
      return std::string_view(name) == "SLURM_JOB_NODELIST" ? std::optional<std::string>("n[1-2]") : std::nullopt;
    };
  }
  int type(const std::vector<std::string>& words) { return run({}, words, head, output); }
  int prompt(std::deque<std::string> lines) {
    return run_prompt({}, head, output, [&]() -> std::optional<std::string> {
      if (lines.empty()) return std::nullopt;
      std::string line = lines.front();
      lines.pop_front();
      return line;
    });
  }
};

}  // namespace

TEST_CASE("reboot takes its own words and one list of nodes behind them") {
  using Words = std::vector<std::string>;
  for (const Words& words : {Words{"reboot", "asap", "n1", "n2"}, Words{"reboot", "asap", "reaso=kernel", "n1"},
                             Words{"reboot", "asap", "foo=bar", "n1"}, Words{"reboot", "n1", "asap"},
                             Words{"reboot", "reason=new", "kernel", "n1"}}) {
    Shell shell;
    CHECK(shell.type(words) == 1);
    CHECK(shell.err == "too many arguments for keyword:reboot\n");
    CHECK(shell.head.updates.empty());
  }
  Shell shell;
  CHECK(shell.type({"reboot", "REASON=kernel", "asap", "nextstate=down", "n[1-2]"}) == 0);
  REQUIRE(shell.head.updates.size() == 1);
  CHECK(shell.head.updates[0].name == "n[1-2]");
  std::string changes;
  for (const KeyValue& one : shell.head.updates[0].changes) changes += one.key + "=" + one.value + " ";
  CHECK(changes == "Reason=kernel ASAP=yes NextState=down ");
  CHECK(shell.type({"reboot", "asap"}) == 1);
  CHECK(shell.err == "Missing node list. Specify ALL|<NODELIST>\n");
}

TEST_CASE("create and delete name a partition, in either spelling") {
  Shell shell;
  CHECK(shell.type({"create", "PartitionName=new", "Nodes=n[1-2]"}) == 0);
  CHECK(shell.type({"create", "partition", "PartitionName=new", "Nodes=n1"}) == 0);
  CHECK(shell.type({"delete", "PartitionName=new"}) == 0);
  CHECK(shell.type({"delete", "partition", "new"}) == 0);
  REQUIRE(shell.head.updates.size() == 4);
  CHECK(shell.head.updates[0].name == "new");
  CHECK(shell.head.updates[0].changes == std::vector<KeyValue>{{"Nodes", "n[1-2]"}});
  CHECK(shell.head.updates[3].name == "new");
  CHECK(shell.head.updates[3].verb == UpdateVerb::remove);
}

TEST_CASE("what cannot be created or deleted is said in one line") {
  Shell shell;
  CHECK(shell.type({"create"}) == 1);
  CHECK(shell.type({"delete", "foo"}) == 1);
  CHECK(shell.err ==
        "too few arguments for create keyword\n"
        "scontrol: error: Proper format is 'delete <ENTITY>=<ID>' or 'delete <ENTITY> <ID>'\n");
  shell.err.clear();
  shell.head.refuse = Errc::partition_in_use;
  CHECK(shell.type({"delete", "PartitionName=new"}) == 1);
  CHECK(shell.err == "delete_partition PartitionName=new: Partition is in use\n");
}

TEST_CASE("an entity is known by three letters of its key") {
  Shell shell;
  CHECK(shell.type({"update", "node=n1", "weight=2"}) == 0);
  CHECK(shell.type({"update", "par=main", "state=up"}) == 0);
  CHECK(shell.type({"update", "res=r", "start=2030-01-01T00:00:00"}) == 0);
  CHECK(shell.type({"update", "jobi=3", "nice=1"}) == 0);
  CHECK(shell.type({"create", "part=x", "nodes=n1"}) == 0);
  CHECK(shell.type({"delete", "res", "r"}) == 0);
  CHECK(shell.type({"update", "no=n1", "weight=2"}) == 1);
  CHECK(shell.type({"delete", "re=r"}) == 1);
  std::string entities;
  for (const UpdateRequest& one : shell.head.updates) entities += one.entity + ":" + one.name + " ";
  CHECK(entities == "node:n1 partition:main reservation:r job:3 partition:x reservation:r ");
  CHECK(shell.head.updates[2].changes == std::vector<KeyValue>{{"start", "1893456000"}});
}

TEST_CASE("a node shows what it keeps for the system") {
  NodeView view;
  view.node.name = "n1";
  view.node.declared.cpus = 8;
  view.node.declared.memory = MebiBytes(4000);
  view.cores_special = 1;
  view.cpus_special = "6-7";
  view.memory_special = MebiBytes(1000);
  view.cpus_kept = 2;
  const std::string text = show_node_text(view, {}, {});
  CHECK(text.find("CPUAlloc=0 CPUEfctv=6 CPUTot=8 ") != std::string::npos);
  CHECK(text.find("\n   CoreSpecCount=1 CPUSpecList=6-7 MemSpecLimit=1000\n   State=") != std::string::npos);
  CHECK(text.find("CfgTRES=cpu=6,mem=4000M,billing=6\n") != std::string::npos);
}

TEST_CASE("the prompt takes lines until exit, repeats with !! and remembers failure") {
  Shell shell;
  CHECK(shell.prompt({"show hostnames n[1-2]", "!!", "", "exit", "bogus"}) == 0);
  CHECK(shell.out == "scontrol: n1\nn2\nscontrol: n1\nn2\nscontrol: scontrol: ");
  CHECK(shell.prompt({"bogus", "'open", "ping"}) == 1);
  CHECK(shell.err.starts_with("invalid keyword: bogus\n"));
  CHECK(shell.out.ends_with("is UP\nscontrol: \n"));
}

TEST_CASE("without a list, hostnames are those of the job around us") {
  Shell shell;
  CHECK(shell.type({"show", "hostnames"}) == 0);
  CHECK(shell.out == "n1\nn2\n");
}

TEST_CASE("daemons and aliases are those that slurm.conf puts on a host") {
  ClusterConfig config;
  config.identity.controllers = {{"head.example.org", ""}};
  for (const char* name : {"n1", "n2", "n3"}) config.nodes.emplace_back().name = name;
  config.nodes[0].hostname = config.nodes[1].hostname = "box";
  config.nodes[2].hostname = "other";
  Shell shell;
  shell.output.config = &config;
  shell.output.host_name = "head";
  CHECK(shell.type({"show", "daemons"}) == 0);
  CHECK(shell.type({"show", "aliases", "box"}) == 0);
  CHECK(shell.type({"show", "aliases"}) == 0);
  shell.output.host_name = "other";
  CHECK(shell.type({"show", "daemons"}) == 0);
  CHECK(shell.type({"show", "aliases"}) == 0);
  CHECK(shell.out == "slurmctld\nn1 n2\nslurmd\nn3\n");
}

TEST_CASE("what is shown may be named as it is named elsewhere") {
  Shell shell;
  CHECK(shell.type({"show", "jobid"}) == 0);
  CHECK(shell.type({"show", "jobid=7"}) == 1);
  CHECK(shell.out == "No jobs in the system\n");
  CHECK(shell.err == "slurm_load_jobs error: Invalid job id specified\n");
}

TEST_CASE("a verb that lacks words fails, and one that is refused tells it for each job") {
  Shell shell;
  CHECK(shell.type({"gethost", "n1"}) == 1);
  shell.head.refuse = Errc::job_not_suspended;
  CHECK(shell.type({"resume", "3", "4"}) == 1);
  CHECK(shell.err ==
        "two arguments required for keyword:gethost\n"
        "Job is not suspended for job 3\n"
        "Job is not suspended for job 4\n");
}

TEST_CASE("words of one letter, names behind a blank, and lists of slurmctld that grow and shrink") {
  Shell shell;
  CHECK(shell.type({"u", "jobid=1", "nice=3"}) == 0);
  CHECK(shell.type({"update", "job", "12", "timelimit=5"}) == 0);
  CHECK(shell.type({"update", "SuspendExcNodes+=n1", "suspendexcparts=main"}) == 0);
  CHECK(shell.type({"setdebug", "info"}) == 0);
  CHECK(shell.type({"setdebug", "debug", "nodes=n[1-2]"}) == 0);
  REQUIRE(shell.head.updates.size() == 5);
  CHECK(shell.head.updates[4].name == "n[1-2]");
  CHECK(shell.head.updates[4].changes == std::vector<KeyValue>{{"SlurmdDebug", "debug"}});
  CHECK(shell.head.updates[0].name == "1");
  CHECK(shell.head.updates[1].name == "12");
  CHECK(shell.head.updates[1].changes == std::vector<KeyValue>{{"timelimit", "5"}});
  CHECK(shell.head.updates[2].entity == "slurmctld");
  CHECK(shell.head.updates[2].changes ==
        std::vector<KeyValue>{{"SuspendExcNodes+", "n1"}, {"SuspendExcParts", "main"}});
  CHECK(shell.type({"s"}) == 1);
  CHECK(shell.type({"hold", "jobname=nosuch"}) == 0);
  CHECK(shell.err == "invalid keyword: s\n");
}

TEST_CASE("lists of what runs have --json, and what is text alone says so") {
  Shell shell;
  ScontrolOptions data;
  data.json = true;
  CHECK(run(data, {"listjobs", "n1"}, shell.head, shell.output) == 0);
  CHECK(shell.out.find("\"jobs\": [") != std::string::npos);
  CHECK(run(data, {"liststeps", "n1"}, shell.head, shell.output) == 0);
  CHECK(shell.out.find("\"steps\": [") != std::string::npos);
  CHECK(run(data, {"version"}, shell.head, shell.output) == 1);
  CHECK(run(data, {"completing"}, shell.head, shell.output) == 1);
  CHECK(shell.err ==
        "scontrol: error: version has no --json or --yaml\n"
        "scontrol: error: completing has no --json or --yaml\n");
}

TEST_CASE("topologies are shown as topology.yaml has them, and read back as what they are") {
  TopologyConfig config;
  CHECK(topology_yaml(config) == "---\n- topology: default\n  cluster_default: true\n  flat: true\n");
  config.layouts.push_back(
      {"wires", TopologyKind::tree, true, {}, {{"top", "", "s[1-2]", 1}, {"s1", "n1", "", 1}, {"s2", "n2", "", 1}}});
  config.layouts.push_back({"racks", TopologyKind::block, false, {2, 4}, {{"b1", "n[1-2]", "", 1}}});
  config.layouts.push_back({"none", TopologyKind::flat, false, {}, {}});
  const auto again = parse_topology_yaml(topology_yaml(config));
  REQUIRE_MESSAGE(again.ok(), topology_yaml(config));
  CHECK(*again == config);
}

TEST_CASE("what was short for topology is not taken by topoconf") {
  for (const char* word : {"t", "top", "topo", "TOPOL"}) {
    Shell shell;
    shell.head.refuse = Errc::access_denied;
    CHECK(shell.type({"show", word}) == 1);
    CHECK(shell.err == "slurm_load_topo error: Access/permission denied\n");
  }
  Shell shell;
  CHECK(shell.type({"show", "s"}) == 1);
  CHECK(shell.err == "invalid entity:s for keyword:show\n");
}
