// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/topology/node_topology.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

const TopologyLayoutConfig tree{
    "net", TopologyKind::tree, true, {}, {{"s0", "", "s[1-2]", 1}, {"s1", "n[1-2]", "", 1}, {"s2", "n3", "", 1}}};
const TopologyLayoutConfig blocks{"racks", TopologyKind::block, false, {2}, {{"b1", "n[1-2]", "", 1}}};

std::string with(const TopologyLayoutConfig& layout, const NodePlacesOnNetwork& nodes) {
  std::string text;
  for (const TopologyUnitConfig& unit : layout_with(layout, nodes).units)
    text += (text.empty() ? "" : " ") + unit.name + "=" + unit.nodes + unit.switches;
  return text;
}

}  // namespace

TEST_CASE("a node is where its Topology= says") {
  CHECK(with(tree, {{"d1", "net:s2"}}) == "s0=s[1-2] s1=n[1-2] s2=n3,d1");
  CHECK(with(tree, {{"n2", "net:s0:s2"}}) == "s0=s[1-2] s1=n1 s2=n3,n2");
  CHECK(with(tree, {{"d1", "net:s0:s3"}, {"d2", "net:s0:s3"}}) == "s0=s[1-2],s3 s1=n[1-2] s2=n3 s3=d1,d2");
  CHECK(with(blocks, {{"d1", "net:s2,racks:b7"}}) == "b1=n[1-2] b7=d1");
}

TEST_CASE("a place that does not exist changes nothing, and is told") {
  CHECK(with(tree, {{"d1", "net:s9"}, {"d2", "other:s1"}, {"d3", "net:s0"}}) == "s0=s[1-2] s1=n[1-2] s2=n3");
  const TopologyConfig config{{tree, blocks}};
  CHECK(check_node_topology(config, "net:s1,racks:b9").ok());
  CHECK(check_node_topology(config, "nat:s1").error().message == "Topology=nat:s1: there is no topology nat");
  CHECK(check_node_topology(config, "net:s0").error().message ==
        "Topology=net:s0: topology net has no such place for a node");
}
