// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/tres/gres_pools.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

IndexSet cores(std::uint32_t first, std::uint32_t last) { return IndexSet({IndexSet::Range{first, last, 1}}); }

GresFound gpus(const char* type, std::vector<std::string> files, IndexSet near) {
  const std::uint64_t count = files.size();
  return {"gpu", type, count, std::move(files), std::move(near), "", ""};
}

Node node_with(const char* declared, const std::vector<GresFound>& found) {
  Node node;
  node.declared = {8, 1, 2, 2, 2, MebiBytes(1000), {}};
  node.gres = gres_pools(declared, found);
  return node;
}

}  // namespace

TEST_CASE("devices are numbered over all types, in the order of gres.conf") {
  const Node node =
      node_with("gpu:a100:2,gpu:v100:2,bw:no_consume:4G,nic:2", {gpus("a100", {"/dev/a0", "/dev/a1"}, cores(0, 1)),
                                                                 gpus("v100", {"/dev/v0", "/dev/v1"}, cores(2, 3)),
                                                                 {"bw", "", 4ull << 30, {}, {}, "", ""},
                                                                 {"nic", "", 2, {}, {}, "", ""}});
  REQUIRE(node.gres.size() == 4);
  CHECK(node.gres[1].devices[0].index == 2);
  CHECK(gres_pools_text(node) == "gpu:a100:2(S:0),gpu:v100:2(S:1),bw:4G,nic:2");
  CHECK(gres_used_text(node) == "gpu:a100:0(IDX:N/A),gpu:v100:0(IDX:N/A),bw:0,nic:0");
  CHECK(tres_text(only_tracked(gres_tres(std::span(node.gres)), "gres/gpu,gres/gpu:a100")) ==
        "gres/gpu=4,gres/gpu:a100=2");
}

TEST_CASE("a declaration without a type takes the types that were found; no more than it declares") {
  const Node node =
      node_with("gpu:3", {gpus("a100", {"/dev/a0", "/dev/a1"}, {}), gpus("v100", {"/dev/v0", "/dev/v1"}, {})});
  CHECK(gres_pools_text(node) == "gpu:a100:2,gpu:v100:1");
}

TEST_CASE("shards lie evenly on the gpus") {
  const Node node =
      node_with("gpu:2,shard:7", {gpus("", {"/dev/a0", "/dev/a1"}, {}), {"shard", "", 7, {}, {}, "", ""}});
  REQUIRE(node.gres.size() == 2);
  REQUIRE(node.gres[1].devices.size() == 2);
  CHECK(node.gres[1].devices[0].count == 4);
  CHECK(node.gres[1].devices[1].count == 3);
}

TEST_CASE("a node that has less than slurm.conf says is told so") {
  const std::vector<GresFound> one{gpus("a100", {"/dev/a0"}, {})};
  CHECK(gres_lack("gpu:a100:2", one) == "gres/gpu count reported lower than configured (1 < 2)");
  CHECK(gres_lack("gpu:a100:1", one) == "");
  CHECK(gres_lack("gpu:v100:1", one) == "gres/gpu count reported lower than configured (0 < 1)");
  CHECK(gres_lack("", one) == "");
}

TEST_CASE("shares print their indexes as ranges, or their count") {
  const std::vector<GresShare> shares{{"gpu", "a100", 3, {0, 1, 3}, {}}, {"nic", "", 1, {}, {}}};
  CHECK(gres_shares_text(shares) == "gpu:a100:3(IDX:0-1,3),nic(CNT:1)");
}
