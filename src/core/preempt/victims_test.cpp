// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Random clusters: who is preempted leaves room for the one that preempts, and none of them could have stayed.
#include <random>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/schedule/scenario.h"

namespace slurmxx {
namespace {

struct Drawing {
  std::string head;
  std::vector<std::string> running;  // line of job 1, 2, ...
  std::string waiting;

  Scenario without(const std::set<std::uint32_t>& gone) const {
    std::string text = head;
    for (std::uint32_t i = 0; i < running.size(); ++i)
      if (!gone.contains(i + 1)) text += running[i];
    auto scenario = Scenario::parse(text + waiting);
    REQUIRE_MESSAGE(scenario.ok(), text);
    return std::move(*scenario);
  }
};

// `network`: of several leaf switches or blocks, which the job that waits wants to itself.
Drawing draw(std::mt19937& random, bool network = false) {
  const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  const unsigned nodes = network ? 6 : 1 + below(4);
  Drawing drawing;
  drawing.head = fmt::format(
      "node n[1-{0}] cpus=4\npolicy preempt=partition_prio mode=cancel\npolicy mem_per_cpu=1\n"
      "partition low nodes=n[1-{0}] tier=1\npartition mid nodes=n[1-{0}] tier=2\npartition high nodes=n[1-{0}] "
      "tier=3\n",
      nodes);
  if (network)
    drawing.head += below(2) ? "topology block sizes=2 b1=n[1-2] b2=n[3-4] b3=n[5-6]\n"
                             : "topology tree s1=n[1-3] s2=n[4-5] s3=n6 s4=s[1-2]\n";
  std::vector<unsigned> free(nodes + 1, 4);
  unsigned id = 1;
  for (unsigned node = 1; node <= nodes; ++node)
    while (free[node] > 0 && below(10) > 1) {
      const unsigned cpus = 1 + below(free[node]);
      free[node] -= cpus;
      drawing.running.push_back(fmt::format("job {} partition={} n={} prio={} runs=n{}:{}\n", id++,
                                            below(3) ? "low" : "mid", cpus, 1 + below(5), node, cpus));
    }
  drawing.waiting = fmt::format("job 99 partition=high n={} N={} {}\n", 1 + below(4 * nodes), 1 + below(nodes),
                                network ? "topo_exclusive" : "");
  return drawing;
}

std::optional<std::set<std::uint32_t>> victims_in(const Scenario& scenario) {
  for (const Decision& decision : plan(scenario.view(), scenario.policies(), Instant(0)))
    if (const auto* preempt = std::get_if<Preempt>(&decision)) {
      std::set<std::uint32_t> victims;
      for (const Preempted& one : preempt->victims) victims.insert(one.job.value);
      return victims;
    }
  return std::nullopt;
}

bool starts(const Scenario& scenario) {
  for (const std::string& line : scenario.planned())
    if (line.starts_with("start 99 ")) return true;
  return false;
}

void check_victims(bool network) {
  std::mt19937 random(7);
  unsigned preempted = 0;
  for (int round = 0; round < 400; ++round) {
    const Drawing drawing = draw(random, network);
    const Scenario scenario = drawing.without({});
    CHECK(scenario.planned() == drawing.without({}).planned());
    const auto victims = victims_in(scenario);
    if (!victims) continue;
    ++preempted;
    CHECK_FALSE(starts(scenario));
    CHECK(starts(drawing.without(*victims)));
    for (const std::uint32_t one : *victims) {
      std::set<std::uint32_t> others = *victims;
      others.erase(one);
      CHECK_FALSE(starts(drawing.without(others)));
    }
  }
  CHECK(preempted > 50);
}

TEST_CASE("the room that is made is enough, and nobody makes it in vain") { check_victims(false); }

TEST_CASE("the same of a job that wants blocks or leaf switches to itself") { check_victims(true); }

}  // namespace
}  // namespace slurmxx
