// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sinfo/run.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

NodeView node(std::uint32_t index, const char* features, std::uint32_t weight) {
  NodeView view;
  view.index = NodeIndex(index);
  view.node.name = "n" + std::to_string(index + 1);
  view.node.declared = {8, 1, 2, 2, 2, MebiBytes(16000), MebiBytes(1000)};
  view.node.condition.base = NodeBase::up;
  view.node.weight = weight;
  view.features = features;
  return view;
}

PartitionView partition(const char* name, std::vector<NodeIndex> nodes, std::int64_t minutes, bool is_default) {
  PartitionView view;
  view.partition.name = name;
  view.partition.nodes = std::move(nodes);
  view.partition.time_max = TimeLimit::of(Minutes(minutes));
  view.partition.is_default = is_default;
  return view;
}

// debug n[1-2], batch* n[1-4], gpu n[3-4]
struct FakeCluster : ControllerClient {
  NodesReply reply;
  FakeCluster() {
    reply.nodes = {node(0, "intel,fast", 10), node(1, "intel", 10), node(2, "amd,bigmem", 20), node(3, "amd", 20)};
    const NodeIndex n1(0), n2(1), n3(2), n4(3);
    reply.partitions = {partition("debug", {n1, n2}, 30, false), partition("batch", {n1, n2, n3, n4}, 1440, true),
                        partition("gpu", {n3, n4}, 2880, false)};
    reply.partitions[2].partition.nodes_max = Limit<std::uint32_t>::of(1);
  }
  Result<ClientReply> call(ClientRequest request) override {
    if (std::holds_alternative<ReservationsRequest>(request)) return ClientReply(ReservationsReply{});
    return ClientReply(reply);
  }
};

struct Printed {
  std::string out, err;
  int exit = 0;
};

Printed sinfo(const std::vector<std::string>& arguments, FakeCluster cluster = {}) {
  Printed printed;
  SinfoOptions options;
  REQUIRE(!read_sinfo_options(arguments, {}, options).early);
  Output output;
  output.out = [&](std::string_view text) { printed.out += text; };
  output.err = [&](std::string_view text) { printed.err += text; };
  printed.exit = run_sinfo(options, cluster, output);
  return printed;
}

}  // namespace

TEST_CASE("sinfo shows a line for each partition and state") {
  CHECK(sinfo({}).out ==
        "PARTITION AVAIL  TIMELIMIT  NODES  STATE NODELIST\n"
        "debug        up      30:00      2   idle n[1-2]\n"
        "batch*       up 1-00:00:00      4   idle n[1-4]\n"
        "gpu          up 2-00:00:00      2   idle n[3-4]\n");
  CHECK(sinfo({"-p", "nosuch"}).out == "PARTITION AVAIL  TIMELIMIT  NODES  STATE NODELIST\n");
  CHECK(sinfo({"-h", "-t", "down", "-p", "gpu"}).out == "gpu          up 2-00:00:00      0    n/a \n");
  CHECK(sinfo({"-s", "-h", "-p", "batch"}).out == "batch*       up 1-00:00:00          0/4/0/4 n[1-4]\n");
}

TEST_CASE("sinfo -N shows a line for each node of each partition") {
  CHECK(sinfo({"-N", "-n", "n1,n3"}).out ==
        "NODELIST   NODES PARTITION STATE \n"
        "n1             1     debug idle  \n"
        "n1             1    batch* idle  \n"
        "n3             1       gpu idle  \n"
        "n3             1    batch* idle  \n");
  CHECK(sinfo({"-N", "-l", "-h", "-p", "debug", "-n", "n1"})
            .out.find("n1             1     debug        idle 8       2:2:2  16000     1000     10 intel,fa none       "
                      "         \n") != std::string::npos);
}

TEST_CASE("sinfo -N with a format of one's own sorts the partitions of a node by name") {
  CHECK(sinfo({"-h", "-N", "-n", "n1,n3", "-o", "%N %T %P"}).out ==
        "n1 idle batch*\nn1 idle debug\nn3 idle batch*\nn3 idle gpu\n");
}

TEST_CASE("sinfo joins nodes that look alike in the fields asked for") {
  CHECK(sinfo({"-h", "-o", "%C %F %X %Y %Z"}).out == "0/32/0/32 0/4/0/4 2 2 2\n");
  CHECK(sinfo({"-h", "-O", "Partition:8,Weight:4,StateCompact"}).out ==
        "debug   10  idle                \nbatch*  10+ idle                \ngpu     20  idle                \n");
}

TEST_CASE("sinfo tells drained, silent and used nodes apart") {
  FakeCluster cluster;
  cluster.reply.nodes[0].node.use.cpus = 8;
  cluster.reply.nodes[0].node.use.jobs = 1;
  cluster.reply.nodes[1].node.condition.not_responding = true;
  cluster.reply.nodes[2].node.condition.drain = true;
  cluster.reply.nodes[2].node.condition.reason = NodeReason{"bad disk", Uid(0), Instant(0)};
  CHECK(sinfo({"-h", "-p", "debug", "-o", "%P %D %t %N"}, cluster).out == "debug 1 idle* n2\ndebug 1 alloc n1\n");
  CHECK(sinfo({"-R", "-h", "-o", "%E|%N"}, cluster).out == "bad disk|n3\n");
  CHECK(sinfo({"-h", "-d", "-o", "%N %t"}, cluster).out == "n2 idle*\n");
}

TEST_CASE("a node has all of the states that & joins") {
  FakeCluster cluster;
  cluster.reply.nodes[1].node.condition.drain = true;
  cluster.reply.nodes[2].node.condition.drain = true;
  cluster.reply.nodes[2].node.condition.not_responding = true;
  CHECK(sinfo({"-h", "-N", "-p", "batch", "-t", "drain&no_respond", "-o", "%N"}, cluster).out == "n3\n");
  CHECK(sinfo({"-t", "drain&bogus"}).err.starts_with("sinfo: error: Bad state string: \"bogus\""));
}

TEST_CASE("sinfo refuses a state that no node can have") {
  const Printed printed = sinfo({"-t", "bogus"});
  CHECK(printed.exit == 1);
  CHECK(
      printed.err.starts_with("sinfo: error: Bad state string: \"bogus\"\nsinfo: error: valid states: unknown,down,"));
}

TEST_CASE("an empty list fits no node, or no partition") {
  CHECK(sinfo({"-h", "-t", "", "-o", "%R %D"}).out == "debug 0\nbatch 0\ngpu 0\n");
  CHECK(sinfo({"-h", "-n", "", "-o", "%R %D"}).out == "debug 0\nbatch 0\ngpu 0\n");
  CHECK(sinfo({"-h", "-p", ""}).out.empty());
}

TEST_CASE("sinfo -T says that there are no reservations") {
  const Printed printed = sinfo({"-T"});
  CHECK(printed.out == "No reservations in the system\n");
  CHECK(printed.exit == 0);
}

TEST_CASE("sinfo shows no limit of time as infinite, and free memory of several nodes as a range") {
  FakeCluster cluster;
  cluster.reply.partitions[0].partition.time_max = TimeLimit::none();
  cluster.reply.partitions[0].partition.time_default = TimeLimit::none();
  cluster.reply.nodes[0].free_memory = MebiBytes(900);
  cluster.reply.nodes[1].free_memory = MebiBytes(800);
  CHECK(sinfo({"-h", "-p", "debug", "-o", "%l %L %e %N"}, cluster).out == "infinite infinite 800-900 n[1-2]\n");
  CHECK(sinfo({"-h", "-e", "-p", "debug", "-o", "%e %N"}, cluster).out == "900 n1\n800 n2\n");
  CHECK(sinfo({"-h", "-p", "gpu", "-o", "%e"}, cluster).out == "N/A\n");
}
