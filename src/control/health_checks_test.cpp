// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/health_checks.h"

#include <doctest/doctest.h>

#include "core/config/launch_words.h"

using namespace slurmxx;

namespace {

Node node(std::uint32_t used, bool drain = false) {
  Node node;
  node.declared.cpus = 4;
  node.condition.base = NodeBase::up;
  node.condition.drain = drain;
  node.use.cpus = used;
  node.use.jobs = used > 0 ? 1 : 0;
  return node;
}

HealthCheckStates states(const char* words) { return *parse_health_check_states(words); }

// Ten nodes that are up and idle, looked at second by second.
struct Checked {
  std::unique_ptr<Controller> controller;
  std::int64_t second = 100;

  explicit Checked(const std::string& keys) {
    Warnings warnings;
    const std::string text =
        "ClusterName=t\nSlurmctldHost=head\nSlurmUser=root\nHealthCheckProgram=/h\nNodeName=n[1-10] CPUs=4\n"
        "PartitionName=main Nodes=ALL\nSlurmdTimeout=0\n" +
        keys;
    auto config = parse_cluster_config(
        "slurm.conf", [&](std::string_view) -> Result<std::string> { return text; }, warnings);
    REQUIRE(config.ok());
    ControllerOptions options;
    options.config = std::make_shared<const ClusterConfig>(std::move(*config));
    controller = std::make_unique<Controller>(std::move(options), Recovered(), now());
    for (std::uint64_t i = 1; i <= 10; ++i) {
      NodeHello hello;
      hello.name = "n" + std::to_string(i);
      hello.registration.shape.cpus = 4;
      controller->begin(now());
      controller->report(SessionId(i), hello);
    }
    static_cast<void>(checks());
  }
  Now now() const { return {Instant(second), MonoTime(second * 1000)}; }
  std::size_t checks() {
    controller->finish();
    static_cast<void>(controller->take_commit());
    std::size_t count = 0;
    for (const Outgoing& one : controller->take_outgoing(controller->state().position()))
      if (const auto* order = std::get_if<NodeOrder>(&one.what)) count += std::holds_alternative<CheckHealth>(*order);
    return count;
  }
  std::vector<std::size_t> seconds(std::size_t count) {
    std::vector<std::size_t> each;
    for (std::size_t i = 0; i < count; ++i) {
      ++second;
      controller->begin(now());
      each.push_back(checks());
    }
    return each;
  }
};

}  // namespace

TEST_CASE("health checks: nodes are chosen by their state") {
  CHECK(HealthChecks::wanted(node(4), states("ALLOC")));
  CHECK_FALSE(HealthChecks::wanted(node(2), states("ALLOC")));
  CHECK(HealthChecks::wanted(node(2), states("MIXED,ALLOC")));
  CHECK(HealthChecks::wanted(node(0, true), states("IDLE")));
  CHECK_FALSE(HealthChecks::wanted(node(0, true), states("NONDRAINED_IDLE")));
  CHECK(HealthChecks::wanted(node(3, true), states("ANY")));
  Node silent = node(0);
  silent.condition.not_responding = true;
  CHECK_FALSE(HealthChecks::wanted(silent, states("ANY")));
}

TEST_CASE("health checks: all at once each interval, or one after the other through it") {
  CHECK(Checked("HealthCheckInterval=3\n").seconds(7) == std::vector<std::size_t>{0, 0, 10, 0, 0, 10, 0});
  CHECK(Checked("HealthCheckInterval=5\nHealthCheckNodeState=IDLE,CYCLE\n").seconds(7) ==
        std::vector<std::size_t>{2, 2, 2, 2, 2, 2, 2});
  CHECK(Checked("HealthCheckInterval=1\nHealthCheckNodeState=START_ONLY\n").seconds(3) ==
        std::vector<std::size_t>{0, 0, 0});
  CHECK(Checked("HealthCheckInterval=0\n").seconds(3) == std::vector<std::size_t>{0, 0, 0});
}
