// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/topology/topology.h"

#include <doctest/doctest.h>

#include <map>

#include "core/topology/read_topology.h"

using namespace slurmxx;

namespace {

const std::string slurm_conf =
    "ClusterName=c\nSlurmctldHost=h\nTopologyPlugin=topology/tree\nNodeName=n[1-4]\n"
    "PartitionName=p Nodes=ALL\n";

std::string outcome(const std::map<std::string, std::string>& files, Warnings* told = nullptr) {
  Warnings warnings;
  const FileReader read = [&](const std::string& path) -> Result<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return fail(path + ": there is no such file");
    return found->second;
  };
  auto config = parse_cluster_config("/etc/slurm.conf", read, warnings);
  REQUIRE_MESSAGE(config.ok(), (config.ok() ? "" : config.error().message));
  warnings.clear();
  const auto exists = [&](const std::string& path) { return files.contains(path); };
  const Status status = read_topology(*config, {"/etc/slurm.conf", read, exists}, warnings);
  if (told) *told = warnings;
  if (!status) return status.error().message;
  std::string text;
  const std::vector<std::string> names{"n1", "n2", "n3", "n4"};
  for (const TopologyLayoutConfig& layout : config->topology.layouts) {
    const Topology topology(layout, names);
    text += layout.name + (layout.cluster_default ? "*" : "") + ":";
    for (const Topology::Unit& unit : topology.units())
      text += " " + unit.name + "/" + std::to_string(unit.level) + "/" + std::to_string(unit.nodes.size());
    const auto at = topology.address_of(NodeIndex(2), "n3");
    text += " " + at.address + " " + at.pattern + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("topology.conf: switches stand over switches or nodes") {
  const std::string tree =
      "SwitchName=s1 Nodes=n[1-2]\nSwitchName=s2 Nodes=n[3-4] LinkSpeed=40\n"
      "SwitchName=s0 Switches=s[1-2]\n";
  CHECK(outcome({{"/etc/slurm.conf", slurm_conf}, {"/etc/topology.conf", tree}}) ==
        "default*: s1/0/2 s2/0/2 s0/1/4 s0.s2.n3 switch.switch.node\n");
  const auto refused = [](const std::string& text) {
    return outcome({{"/etc/slurm.conf", slurm_conf}, {"/etc/topology.conf", text}});
  };
  CHECK(refused("SwitchName=s1\n") == "topology.conf: switch s1 needs either nodes or switches below it");
  CHECK(refused("SwitchName=s1 Switches=s2\n") == "topology.conf: switch s1: there is no switch s2");
  CHECK(refused("SwitchName=a Switches=b\nSwitchName=b Switches=a\n") == "topology.conf: switch a is above itself");
  CHECK(refused("SwitchName=a Nodes=n1\nSwitchName=a Nodes=n2\n") == "topology.conf: a is there twice");
  CHECK(refused("SwitchName=a Node=n1\n") == "topology.conf line 1: unknown switch key Node; did you mean Nodes?");
  Warnings warnings;
  outcome({{"/etc/slurm.conf", slurm_conf}, {"/etc/topology.conf", "SwitchName=s Nodes=n[1-3],x9\n"}}, &warnings);
  CHECK(warnings == Warnings{"topology default: nothing connects n4", "topology default: slurm.conf has no nodes x9"});
}

TEST_CASE("topology.conf: blocks, and as many together as BlockSizes says") {
  std::string conf = slurm_conf;
  conf.replace(conf.find("tree"), 4, "block");
  const std::string blocks = "BlockName=b1 Nodes=n[1-2]\nBlockName=b2 Nodes=n[3-4]\nBlockSizes=2,4\n";
  CHECK(outcome({{"/etc/slurm.conf", conf}, {"/etc/topology.conf", blocks}}) ==
        "default*: b1/0/2 b2/0/2 b[1-2]/1/4 b2.n3 block.node\n");
  CHECK(outcome({{"/etc/slurm.conf", conf}, {"/etc/topology.conf", "BlockName=b Nodes=n1\nBlockSizes=2,6\n"}}) ==
        "topology.conf: block size 6 behind 2: it has to be 2, 4, 8 ... times as large");
}

TEST_CASE("topology.yaml comes before topology.conf, and partitions choose by name") {
  const std::string yaml =
      "# networks\n- topology: net\n  cluster_default: true\n  tree:\n    switches:\n      - switch: s0\n"
      "        children: s[1-2]\n      - switch: s1\n        nodes: n[1-2]\n      - switch: s2\n        nodes: n[3-4]\n"
      "- topology: racks\n  block:\n    block_sizes: [2, 4]\n    blocks:\n    - block: b1\n      nodes: n[1-2]\n"
      "    - block: \"b2\"  # the other\n      nodes: n[3-4]\n- topology: plain\n  flat: true\n";
  CHECK(outcome({{"/etc/slurm.conf", slurm_conf}, {"/etc/topology.yaml", yaml}}) ==
        "net*: s0/1/4 s1/0/2 s2/0/2 s0.s2.n3 switch.switch.node\n"
        "racks: b1/0/2 b2/0/2 b[1-2]/1/4 b2.n3 block.node\nplain: n3 node\n");
  const auto refused = [](const std::string& text) {
    return outcome({{"/etc/slurm.conf", slurm_conf}, {"/etc/topology.yaml", text}});
  };
  CHECK(refused("- topology: a\n") ==
        "topology.yaml line 1: topology a: exactly one of tree, block and flat is wanted");
  CHECK(refused("- topology: a\n  tre: 1\n") == "topology.yaml line 2: unknown key tre; did you mean tree?");
  CHECK(refused("- topology: a\n  flat: true\n   b: 1\n") ==
        "topology.yaml line 3: \"b: 1\" is not indented as what it belongs to");
  const std::string other = slurm_conf + "PartitionName=q Nodes=ALL Topology=nosuch\n";
  CHECK(outcome({{"/etc/slurm.conf", other}, {"/etc/topology.yaml", yaml}}) ==
        "/etc/slurm.conf: partition q: there is no Topology=nosuch");
}
