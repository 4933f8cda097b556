// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/hostlist/hostlist.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

#include "core/hostlist/host_key.h"

using namespace slurmxx;

namespace {
HostNames expand(std::string_view text) {
  auto names = expand_hostlist(text);
  INFO(text);
  REQUIRE(names.ok());
  CHECK(*count_hosts(text) == names->size());
  return *names;
}
std::string fold(std::string_view text) { return fold_hosts(expand(text)); }
std::string sorted(std::string_view text) { return fold_hosts_sorted(expand(text)); }
std::string refusal(std::string_view text) {
  auto names = expand_hostlist(text);
  return names ? "accepted" : names.error().message;
}
}  // namespace

TEST_CASE("hostlist: brackets expand in the order written, padded to the width of the lower end") {
  CHECK(expand("n[1-4,7-9],m2") == HostNames{"n1", "n2", "n3", "n4", "n7", "n8", "n9", "m2"});
  CHECK(expand("node[08-10,20]") == HostNames{"node08", "node09", "node10", "node20"});
  CHECK(expand("n[8-010]") == HostNames{"n8", "n9", "n10"});
  CHECK(expand("n1 n2\tn3") == HostNames{"n1", "n2", "n3"});
  CHECK(expand("n[1-2]-ib,x") == HostNames{"n1-ib", "n2-ib", "x"});
  CHECK(expand("[1-2]") == HostNames{"1", "2"});
  CHECK(expand("") == HostNames{});
  CHECK(expand(",n1,,n1,") == HostNames{"n1", "n1"});
}

TEST_CASE("hostlist: the last of several brackets varies fastest") {
  CHECK(expand("a[01-03]b[1-2]") == HostNames{"a01b1", "a01b2", "a02b1", "a02b2", "a03b1", "a03b2"});
  CHECK(expand("r[0-1]c[0,2]n[1-2]z").size() == 8);
  CHECK(expand("r[0-1]c[0,2]n[1-2]z")[3] == "r0c2n2z");
}

TEST_CASE("hostlist: folding keeps the order given") {
  CHECK(fold("n1,n2,n3,m7") == "n[1-3],m7");
  CHECK(fold("n3,n1,n2") == "n[3,1-2]");
  CHECK(fold("n1,n1,n2") == "n[1,1-2]");
  CHECK(fold("n01,n2,n3") == "n[01,2-3]");
  CHECK(fold("n09,n10,n11") == "n[09-11]");
  CHECK(fold("n9,n10,n11") == "n[9-11]");
  CHECK(fold("n099,n100") == "n[099-100]");
  CHECK(fold("n99,n100") == "n[99-100]");
  CHECK(fold("n001,n02,n003") == "n[001,02,003]");
  CHECK(fold("a01b1,a01b2,a02b1,a02b2") == "a01b[1-2],a02b[1-2]");
  CHECK(fold("x,y,x") == "x,y,x");
  CHECK(fold("n1-ib,n2-ib") == "n1-ib,n2-ib");
  CHECK(fold("n,n1,n2,n") == "n,n[1-2],n");
  CHECK(fold("n[1-2],m[1-2],n3") == "n[1-2],m[1-2],n3");
}

TEST_CASE("hostlist: sorted by prefix, number of digits and number; a set holds each name once") {
  CHECK(sorted("n3,n1,n2") == "n[1-3]");
  CHECK(sorted("n1,n2,n3,m7") == "m7,n[1-3]");
  CHECK(sorted("n[1-2],m[1-2],n3") == "m[1-2],n[1-3]");
  CHECK(sorted("n01,n2,n3") == "n[2-3,01]");
  CHECK(sorted("n001,n02,n003") == "n[02,001,003]");
  CHECK(sorted("n10,n9,n1,n1") == "n[1,1,9-10]");
  CHECK(fold_hosts(unique_hosts(expand("n10,n9,n1,n1"))) == "n[1,9-10]");
}

TEST_CASE("hostlist: union, intersection and difference") {
  auto a = expand("n[3-6],m1,n3");
  auto b = expand("n[1-4],k");
  CHECK(fold_hosts(hosts_union(a, b)) == "k,m1,n[1-6]");
  CHECK(fold_hosts(hosts_intersection(a, b)) == "n[3-4]");
  CHECK(fold_hosts(hosts_difference(a, b)) == "m1,n[5-6]");
  CHECK(hosts_difference(a, a).empty());
}

TEST_CASE("hostlist: malformed lists give one clear line") {
  CHECK(refusal("n[3-1]") == "Invalid hostlist: n[3-1]: the range 3-1 runs backwards");
  CHECK(refusal("n[1") == "Invalid hostlist: n[1: a [ without its ]");
  CHECK(refusal("x,n1]") == "Invalid hostlist: n1]: a ] without its [");
  CHECK(refusal("n[]") == "Invalid hostlist: n[]: \"\" is no number and no range LOW-HIGH");
  CHECK(refusal("n[a-b]") == "Invalid hostlist: n[a-b]: \"a-b\" is no number and no range LOW-HIGH");
  CHECK(refusal("n[1-]") == "Invalid hostlist: n[1-]: \"1-\" is no number and no range LOW-HIGH");
  CHECK(refusal("n[1-2-3]") == "Invalid hostlist: n[1-2-3]: \"1-2-3\" is no number and no range LOW-HIGH");
  CHECK(refusal("n[1,[2]]") == "Invalid hostlist: n[1,[2]]: brackets do not nest");
  CHECK(refusal("n[1234567890123456789]") ==
        "Invalid hostlist: n[1234567890123456789]: a number has at most 18 digits");
  CHECK(count_hosts("n[3-1]").error().code == Errc::invalid_node_name);
}

TEST_CASE("hostlist: expansion is bounded, counting is not") {
  CHECK(refusal("n[0-999999999]") ==
        "Invalid hostlist: n[0-999999999] stands for 1000000000 names; at most 4000000 are allowed");
  CHECK(*count_hosts("n[0-999999999],m") == 1'000'000'001);
  CHECK(*count_hosts("a[0-999999999]b[0-999999999]c[0-999999999]") == UINT64_MAX);
  CHECK_FALSE(expand_hostlist("n[1-11]", 10).ok());
  CHECK(expand_hostlist("n[1-10]", 10).ok());
  CHECK(refusal("[1][1][1][1][1][1][1][1][1]") ==
        "Invalid hostlist: [1][1][1][1][1][1][1][1][1]: a name has at most 8 brackets");
}

TEST_CASE("hostlist: a million names expand, fold and sort back to the same") {
  auto names = expand("node[0000000-0999999]");
  REQUIRE(names.size() == 1'000'000);
  CHECK(names[0] == "node0000000");
  CHECK(names[123456] == "node0123456");
  CHECK(names.back() == "node0999999");
  CHECK(fold_hosts(names) == "node[0000000-0999999]");
  std::ranges::reverse(names);
  CHECK(fold_hosts_sorted(names) == "node[0000000-0999999]");
  CHECK(hosts_difference(names, expand("node[0000001-0999999]")) == HostNames{"node0000000"});
}

TEST_CASE("hostlist: folding then expanding gives the names back, whatever they are") {
  std::uint64_t seed = 20261123;  // a fixed seed: the same names every run
  auto roll = [&](std::uint64_t sides) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % sides;
  };
  for (int round = 0; round < 300; ++round) {
    HostNames names;
    for (std::uint64_t i = roll(30); i > 0; --i) {
      std::string name;
      for (std::uint64_t piece = 1 + roll(3); piece > 0; --piece) {
        if (roll(3) > 0) name += "abc"[roll(3)];
        for (std::uint64_t digits = roll(4); digits > 0; --digits) name += "0189"[roll(4)];
      }
      if (!name.empty()) names.push_back(name);
    }
    INFO("round ", round, ": ", fold_hosts(names));
    CHECK(expand(fold_hosts(names)) == names);
    auto set = unique_hosts(names);
    CHECK(expand(fold_hosts(set)) == set);
    CHECK(hosts_union(names, set) == set);
    CHECK(hosts_intersection(names, set) == set);
    for (std::size_t i = 0; i + 1 < set.size(); ++i) CHECK(host_sort_key(set[i]) < host_sort_key(set[i + 1]));
  }
}
