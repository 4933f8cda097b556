// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/tres/gres.h"

#include <doctest/doctest.h>

using namespace slurmxx;
using Requests = std::vector<GresRequest>;
using Offers = std::vector<NodeGres>;

TEST_CASE("gres: every way to ask for one") {
  CHECK(*parse_gres_request("gpu") == Requests{{"gpu", "", 1}});
  CHECK(*parse_gres_request("gpu:2") == Requests{{"gpu", "", 2}});
  CHECK(*parse_gres_request("gpu:a100") == Requests{{"gpu", "a100", 1}});
  CHECK(*parse_gres_request("gpu:a100:2") == Requests{{"gpu", "a100", 2}});
  CHECK(*parse_gres_request("gres/gpu:1") == Requests{{"gpu", "", 1}});
  CHECK(*parse_gres_request("gres:gpu:1") == Requests{{"gpu", "", 1}});
  CHECK(*parse_gres_request("gres/gpu:a100=2") == Requests{{"gpu", "a100", 2}});
  CHECK(*parse_gres_request("gpu:2080ti:1,shard:2k") == Requests{{"gpu", "2080ti", 1}, {"shard", "", 2048}});
  CHECK(*parse_gres_request("gpu:1g.10gb:3") == Requests{{"gpu", "1g.10gb", 3}});
  for (auto text : {"", "none", "NONE", "gpu:0"}) CHECK(parse_gres_request(text)->empty());
}

TEST_CASE("gres: a bad request is refused in one line") {
  for (auto text : {"gpu:", "gpu:a:", "gpu:a:b:c", "gpu:a:b:1", "gpu:-1:x", ":2", "gpu=x", "gpu=", "gpu:2,gpu:3",
                    "gpu:no_consume:2", "g pu"}) {
    INFO(text);
    auto requests = parse_gres_request(text);
    REQUIRE_FALSE(requests.ok());
    CHECK(requests.error().code == Errc::invalid_gres);
  }
  CHECK(parse_gres_request("gpu:").error().message ==
        "Invalid generic resource (gres) specification: \"gpu:\": give NAME[:TYPE][:COUNT], as in gpu:a100:2");
}

TEST_CASE("gres: what a node offers, with sockets and suffixes") {
  CHECK(*parse_node_gres("gpu:a100:8(S:0-1)") == Offers{{"gpu", "a100", 8, "0-1", true}});
  CHECK(*parse_node_gres("gpu:a100:2(S:0,1),nic:1") ==
        Offers{{"gpu", "a100", 2, "0,1", true}, {"nic", "", 1, "", true}});
  CHECK(*parse_node_gres("bandwidth:lustre:no_consume:4G") == Offers{{"bandwidth", "lustre", 4ull << 30, "", false}});
  CHECK(node_gres_text(*parse_node_gres("gpu:a100:8(S:0-1),bandwidth:lustre:no_consume:4G")) ==
        "gpu:a100:8(S:0-1),bandwidth:lustre:no_consume:4G");
  for (auto text : {"gpu:8(S:", "gpu:8(S:)", "gpu:8(X:0)", "gpu:8(S:a)", "gpu:1,gpu:2"}) {
    INFO(text);
    CHECK_FALSE(parse_node_gres(text).ok());
  }
}

TEST_CASE("gres: counted as trackable resources, typed ones under both names") {
  CHECK(tres_text(gres_tres(*parse_gres_request("gpu:a100:2,gpu:h100:1,nic"))) ==
        "gres/gpu=3,gres/gpu:a100=2,gres/gpu:h100=1,gres/nic=1");
  CHECK(tres_text(gres_tres(*parse_node_gres("gpu:a100:2"))) == "gres/gpu=2,gres/gpu:a100=2");
  CHECK(gres_text(*parse_gres_request("gpu:a100,nic:2")) == "gres/gpu:a100:1,gres/nic:2");
}
