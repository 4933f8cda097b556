// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The masks of the first cases are those a slurmd with this hardware was seen to set.
#include "core/launch/task_binding.h"

#include <doctest/doctest.h>

#include "core/text/words.h"

using namespace slurmxx;

namespace {

const NodeTopology big{2, 4, 2, {}};  // CPUs 0-7 and 8-15

std::vector<std::uint32_t> cpus_of(std::string_view text) {  // "0-3,8-9"
  std::vector<std::uint32_t> ids;
  for (const std::string_view part : split_commas(text)) {
    const auto range = split_once(part, '-');
    const auto low = *parse_natural(range ? range->first : part);
    const auto high = range ? *parse_natural(range->second) : low;
    for (auto id = low; id <= high; ++id) ids.push_back(static_cast<std::uint32_t>(id));
  }
  return ids;
}

struct Case {
  const char* cpus;
  std::uint32_t tasks;
  BindRequest request = {};
};

std::string bound(const Case& c, const NodeTopology& node = big) {
  const auto binding = bind_cpus(c.request, node, cpus_of(c.cpus), c.tasks);
  return binding ? binding->type + binding->list : binding.error().message;
}

BindRequest with(const char* cpu_bind, const char* distribution = "", std::uint32_t cpus_per_task = 1) {
  BindRequest request;
  request.cpu_bind = cpu_bind;
  request.distribution = distribution;
  request.cpus_per_task = cpus_per_task;
  return request;
}

}  // namespace

TEST_CASE("automatic binding: as many threads, cores or sockets as the tasks ask for") {
  CHECK(bound({"0-1,8-9", 4}) == "mask_cpu:0x0001,0x0100,0x0002,0x0200");
  CHECK(bound({"0-3,8-9", 6}) == "mask_cpu:0x0001,0x0100,0x0002,0x0200,0x0004,0x0008");
  CHECK(bound({"0-15", 8}) == "mask_cpu:0x0003,0x0300,0x000C,0x0C00,0x0030,0x3000,0x00C0,0xC000");
  CHECK(bound({"0-15", 2}) == "mask_cpu:0x00FF,0xFF00");
  CHECK(bound({"0-15", 4}) == "mask_cpu:0xFFFF");
  CHECK(bound({"0-1,8-9", 3}) == "mask_cpu:0x0303");
  CHECK(bound({"0", 1}, {1, 4, 1, {}}) == "mask_cpu:0x1");
  CHECK(bound({"0-3", 4}, {2, 2, 1, {}}) == "mask_cpu:0x1,0x4,0x2,0x8");
}

TEST_CASE("CPUs of one task are of one socket, unless it has not so many or fcyclic is asked for") {
  CHECK(bound({"0-3", 2, with("", "", 2)}) == "mask_cpu:0x0003,0x000C");
  CHECK(bound({"0-5", 2, with("", "", 3)}) == "mask_cpu:0x0007,0x0038");
  CHECK(bound({"0-9", 5, with("", "", 2)}) == "mask_cpu:0x0003,0x0300,0x000C,0x0030,0x00C0");
  CHECK(bound({"0-5,8-13", 1, with("", "", 12)}) == "mask_cpu:0x3F3F");
  CHECK(bound({"0-15", 2, with("", "*:fcyclic", 8)}) == "mask_cpu:0x0F0F,0xF0F0");
  CHECK(bound({"0-15", 4, with("", "*:fcyclic", 4)}) == "mask_cpu:0x0303,0x0C0C,0x3030,0xC0C0");
  CHECK(bound({"0-15", 4, with("", "*:cyclic", 4)}) == "mask_cpu:0x000F,0x0F00,0x00F0,0xF000");
  CHECK(bound({"0-15", 4, with("", "*:block", 4)}) == "mask_cpu:0x000F,0x00F0,0x0F00,0xF000");
}

TEST_CASE("a kind that is asked for: threads, cores, sockets, again when all are taken") {
  CHECK(bound({"0-15", 4, with("threads")}) == "mask_cpu:0x0001,0x0100,0x0002,0x0200");
  CHECK(bound({"0-15", 4, with("threads", "*:block:cyclic")}) == "mask_cpu:0x0001,0x0002,0x0004,0x0008");
  CHECK(bound({"0-15", 4, with("cores", "*:block")}) == "mask_cpu:0x0003,0x000C,0x0030,0x00C0");
  CHECK(bound({"0-1,8-9", 4, with("cores")}) == "mask_cpu:0x0003,0x0300,0x0300,0x0003");
  CHECK(bound({"0-7,8-11", 12, with("cores")}) ==
        "mask_cpu:0x0003,0x0300,0x000C,0x0C00,0x0030,0x00C0,0x0300,0x0003,0x0C00,0x000C,0x0030,0x00C0");
  CHECK(bound({"0-3", 3, with("v,cores")}) == "mask_cpu:0x0003,0x000C,0x0003");
  CHECK(bound({"0-15", 5, with("sockets")}) == "mask_cpu:0x00FF,0xFF00,0x00FF,0xFF00,0x00FF");
  CHECK(bound({"0-1,8-9", 4, with("sockets")}) == "mask_cpu:0x0003,0x0300,0x0003,0x0300");
}

TEST_CASE("hints and counts per core or socket choose the kind") {
  BindRequest hint;
  hint.hint = "compute_bound";
  CHECK(bound({"0-15", 4, hint}) == "mask_cpu:0x0003,0x0300,0x000C,0x0C00");
  hint.hint = "nomultithread";
  CHECK(bound({"0-15", 4, hint}) == "mask_cpu:0x0001,0x0100,0x0004,0x0400");
  hint.hint = "multithread";
  CHECK(bound({"0-15", 4, hint}) == "mask_cpu:0x0001,0x0100,0x0002,0x0200");
  BindRequest threads;
  threads.threads_per_core = 1;
  CHECK(bound({"0-3,8-11", 4, threads}) == "mask_cpu:0x0001,0x0100,0x0004,0x0400");
  threads.cpus_per_task = 2;
  CHECK(bound({"0-15", 4, threads}) == "mask_cpu:0x0005,0x0500,0x0050,0x5000");
  BindRequest per;
  per.per_core = true;
  CHECK(bound({"0-15", 4, per}) == "mask_cpu:0x0003,0x0300,0x000C,0x0C00");
  per = {};
  per.per_socket = true;
  CHECK(bound({"0-15", 4, per}) == "mask_cpu:0x00FF,0xFF00,0x00FF,0xFF00");
  BindRequest site;
  site.default_bind = "cores";
  CHECK(bound({"0-15", 3, site}) == "mask_cpu:0x0003,0x0300,0x000C");
}

TEST_CASE("maps and masks are taken as they are, within the step's CPUs") {
  CHECK(bound({"0-15", 4, with("mask_cpu:f*2,0xF0")}) == "mask_cpu:f,f,f0");
  CHECK(bound({"0-15", 2, with("map_cpu:0,1")}) == "map_cpu:0,1");
  CHECK(bound({"0-15", 2, with("rank")}) == "rank");
  CHECK(bound({"0-15", 2, with("map_ldom:1")}) == "map_ldom:1");
  CHECK(bound({"0-15", 2, with("none")}) == "none");
  CHECK(bound({"0-3", 4, with("map_cpu:77")}) ==
        "CPU binding outside of job step allocation, allocated CPUs are: 0x000F.");
  CHECK(bound({"0-3", 4, with("rank")}) == "Entire node must be allocated for rank");
  const auto ldoms = bind_cpus(with("mask_ldom:0x2"), big, cpus_of("0-15"), 1);
  REQUIRE(ldoms);
  CHECK(ldoms->masks[0].hex() == "ff00");
}

TEST_CASE("masks name CPUs as the system counts them") {
  NodeTopology node{1, 2, 2, {0, 2, 1, 3}};  // the threads of core 0 are the system's CPUs 0 and 2
  CHECK(bound({"0-3", 2, with("cores")}, node) == "mask_cpu:0x5,0xA");
  CHECK(bound({"0-1", 1, with("map_cpu:2")}, node) == "map_cpu:2");
  CHECK(bound({"0-1", 1, with("map_cpu:1")}, node) ==
        "CPU binding outside of job step allocation, allocated CPUs are: 0x5.");
}

TEST_CASE("the lines of verbose") {
  const auto binding = bind_cpus(with("verbose"), big, cpus_of("0-1,8-9"), 4);
  REQUIRE(binding);
  CHECK(binding->verbose);
  CHECK(bind_line(*binding, {"n1", 1, 1, 8556, false}) == "cpu-bind=MASK - n1, task  1  1 [8556]: mask 0x100 set");
  CHECK(bind_line(*binding, {"n1", 12, 0, 7, true}) == "cpu-bind=MASK - n1, task 12  0 [7]: mask 0x1 set FAILED");
  CHECK(bind_line(*bind_cpus(with("v,none"), big, {}, 1), {"n1", 0, 0, 7, false}) ==
        "cpu-bind=NONE - n1, task  0  0 [7]: mask 0x0");
  CHECK(bind_line(*bind_cpus(with("v,map_cpu:0,1"), big, cpus_of("0-3"), 2), {"n1", 1, 1, 7, false}) ==
        "cpu-bind=MAP  - n1, task  1  1 [7]: mask 0x2 set");
}

TEST_CASE("memory: rank, map and mask name nodes, local binds where the task runs") {
  BindRequest request;
  request.mem_bind = "v,rank,prefer";
  auto binding = bind_memory(request, 2, 3);
  REQUIRE(binding);
  CHECK(binding->type == "rank");
  CHECK(binding->asked.prefer);
  REQUIRE(binding->nodes.size() == 3);
  CHECK(binding->nodes[1].hex() == "2");
  CHECK(binding->nodes[2].hex() == "1");
  request.mem_bind = "map_mem:0,1";
  CHECK(bind_memory(request, 1, 2)->list == "0,1");
  request.mem_bind = "bogus";
  CHECK(bind_memory(request, 1, 2).error().message == "unrecognized --mem-bind argument \"bogus\"");
}

TEST_CASE("bind options: lists go on over commas, words may be shortened, mistakes are named") {
  CHECK(parse_cpu_bind("quiet,map_cpu:0*2,3")->list == std::vector<std::string>{"0", "0", "3"});
  CHECK(parse_cpu_bind("MASK_CPU:0x1,0x2,v")->list == std::vector<std::string>{"1", "2"});
  CHECK(parse_cpu_bind("mask_cpu:1,v")->verbose);
  CHECK(parse_cpu_bind("")->kind == CpuBindKind::automatic);
  CHECK(parse_cpu_bind("bogus").error().message == "unrecognized --cpu-bind argument \"bogus\"");
  CHECK(parse_cpu_bind("map_cpu").error().message == "missing list for \"--cpu-bind=map_cpu:<list>\"");
  CHECK(parse_cpu_bind("cores:3").error().message == "unrecognized --cpu-bind argument \"cores:3\"");
  CHECK_FALSE(parse_cpu_bind("map_cpu:0x5"));
  CHECK_FALSE(parse_cpu_bind("map_cpu:70000"));
  CHECK_FALSE(parse_cpu_bind("map_cpu:1*99999999"));
  CHECK_FALSE(parse_cpu_bind("mask_cpu:xyz"));
}

TEST_CASE("CPU sets of any size are written and read as hexadecimal numbers") {
  CpuSet set;
  CHECK(set.hex() == "0");
  set.add(0);
  set.add(100);
  CHECK(set.hex() == "10000000000000000000000001");
  CHECK(CpuSet::from_hex("0x10000000000000000000000001") == set);
  CHECK(set.count() == 2);
  CHECK(CpuSet::from_hex("0")->empty());
  CHECK_FALSE(CpuSet::from_hex(""));
  CHECK_FALSE(CpuSet::from_hex("0x"));
  CHECK_FALSE(CpuSet::from_hex("12g"));
}
