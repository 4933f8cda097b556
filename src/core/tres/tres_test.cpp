// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/tres/tres.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("tres: printed in Slurm's order, whatever order they came in") {
  auto counts = parse_tres("license/matlab=10,gres/gpu:a100=8,gres/gpu=8,billing=32,node=4,mem=64000M,cpu=32");
  REQUIRE(counts.ok());
  CHECK(tres_text(*counts) == "cpu=32,mem=62.50G,node=4,billing=32,gres/gpu=8,gres/gpu:a100=8,license/matlab=10");
  CHECK(*parse_tres("cpu=32,mem=64000,node=4,billing=32,gres/gpu=8,gres/gpu:a100=8,license/matlab=10") == *counts);
  CHECK(tres_text(*parse_tres("gres/gpuutil=1,gres/gpumem=1,pages=1,vmem=1,fs/disk=1,energy=1,fs/scratch=1")) ==
        "energy=1,fs/disk=1,vmem=1M,pages=1,gres/gpumem=1,gres/gpuutil=1,fs/scratch=1");
  CHECK(tres_text(*parse_tres("cpu=8,mem=16000,node=1,billing=8")) == "cpu=8,mem=16000M,node=1,billing=8");
  CHECK(tres_text(*parse_tres("CPU=4,Mem=2G,GRES/gpu=1k")) == "cpu=4,mem=2G,gres/gpu=1024");
  CHECK(parse_tres("")->empty());
}

TEST_CASE("tres: a bad list is refused in one line") {
  CHECK(parse_tres("cpu").error().message == "\"cpu\" has no count: give NAME=COUNT, as in cpu=8");
  CHECK(parse_tres("cpus=1").error().message.ends_with("; did you mean cpu?"));
  CHECK(parse_tres("cpu=1,cpu=2").error().message == "cpu is given twice in \"cpu=1,cpu=2\"");
  for (auto text : {"cpu=x", "cpu=-1", "mem=1.5G", "gres/=1", "=1", "cpu=", "gpu=1"}) {
    INFO(text);
    CHECK_FALSE(parse_tres(text).ok());
  }
}

TEST_CASE("tres: sums, differences and limits") {
  TresCounts used{{"cpu", 4}, {"mem", 1000}};
  used.add({{"cpu", 2}, {"gres/gpu", 1}});
  CHECK(used == TresCounts{{"gres/gpu", 1}, {"mem", 1000}, {"cpu", 6}});
  CHECK(used["cpu"] == 6);
  CHECK(used["node"] == 0);
  CHECK_FALSE(used.find("node"));
  CHECK(used.first_above({{"cpu", 6}, {"gres/gpu", 0}}) == "gres/gpu");
  CHECK(used.first_above({{"mem", 999}, {"cpu", 5}}) == "cpu");
  CHECK_FALSE(used.first_above({{"cpu", 6}, {"node", 1}}));
  CHECK(used.times(3)["mem"] == 3000);
  used.subtract({{"cpu", 2}, {"gres/gpu", 1}});
  CHECK(used == TresCounts{{"cpu", 4}, {"mem", 1000}});
  used.subtract(used);
  CHECK(used.empty());
  used.set("cpu", 0);
  CHECK(tres_text(used) == "cpu=0");
  used.add(used);
  CHECK(used.entries().size() == 1);
}
