// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Words of SchedulerParameters that the controller itself obeys.
#include "control/cluster_fixture.h"
#include "control/rules.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

struct WithWords : Cluster {
  explicit WithWords(const std::string& words) {
    std::string text = patient_conf();
    text.replace(text.find("batch_sched_delay=0"), 19, "batch_sched_delay=0," + words);
    config = parsed(text);
    boot();
    all_up();
  }
};

}  // namespace

TEST_CASE("max_array_tasks and max_script_size are bounds at submission") {
  WithWords c("max_array_tasks=3,max_script_size=20");
  SubmitRequest array = c.job(1);
  array.array = "0-3";
  CHECK(c.refused(alice, array) == Errc::invalid_array);
  array.array = "0-2";
  CHECK(c.refused(alice, array) == Errc::ok);
  SubmitRequest large = c.job(1);
  large.script = "#!/bin/sh\n# twenty and more\n";
  CHECK(c.refused(alice, large) == Errc::pathname_too_long);
}

TEST_CASE("spec_cores_first keeps the first cores for the system, not the last") {
  const std::string text =
      std::string(conf) + "NodeName=s1 Sockets=2 CoresPerSocket=2 ThreadsPerCore=1 CoreSpecCount=2\n";
  const auto first_words = [&](const std::string& words) {
    std::string changed = text;
    changed.replace(changed.find("batch_sched_delay=0"), 19, "batch_sched_delay=0" + words);
    return system_shares(*parsed(changed), {"s1"}).front().cpus;
  };
  using Cpus = std::vector<std::uint32_t>;
  CHECK(first_words("") == Cpus{1, 3});
  CHECK(first_words(",spec_cores_first") == Cpus{0, 2});
}

TEST_CASE("--test-only of a job behind others that wait tells of the room it would have set aside") {
  WithWords c("bf_window=1440");
  SubmitRequest wide = c.job(4);
  wide.spec.placement.sharing = Sharing::exclusive;
  wide.spec.times.limit = TimeLimit::of(Minutes(10));
  c.submit(bob, wide);
  c.submit(bob, wide);  // from 10,600 to 11,200
  SubmitRequest asked = c.job(2);
  asked.test_only = true;
  ClientReply reply = c.ask(alice, asked);
  REQUIRE(std::holds_alternative<SubmitReply>(reply));
  const SubmitReply& told = std::get<SubmitReply>(reply);
  CHECK(told.expected_start == Instant(11'200));
  CHECK(told.nodes == "n[1-2]");
  CHECK(told.processors == 2);
}

TEST_CASE("bf_hetjob_prio: a heterogeneous job stands where its components' priorities say together") {
  const auto first_of = [](const std::string& words) {
    WithWords c(words);
    const auto wide = [&](std::uint32_t nodes) {
      SubmitRequest request = c.job(nodes);
      request.spec.placement.sharing = Sharing::exclusive;
      return request;
    };
    const JobId before = c.submit(bob, wide(4));
    SubmitRequest parts = wide(2);
    parts.components.push_back(wide(2).spec);
    const JobId het = c.submit(alice, parts), other = c.submit(alice, wide(4));
    const std::pair<std::string, const char*> priorities[] = {{"2+0", "100"}, {"2+1", "400"}, {"4", "200"}};
    for (const auto& [job, priority] : priorities)
      CHECK(c.refused(admin, UpdateRequest{"job", job, {{"Priority", priority}}}) == Errc::ok);
    c.ask(bob, JobVerbRequest{JobVerb::cancel, before});
    for (std::uint64_t node = 1; node <= 4; ++node) c.report(node, NodeCleared{{before, 0}, ""});
    CHECK(c.job_of(het).runs() != c.job_of(other).runs());
    return c.job_of(het).runs() ? "het" : "other";
  };
  CHECK(first_of("bf_window=1440") == std::string("other"));  // that of its first component
  CHECK(first_of("bf_hetjob_prio=min") == std::string("other"));
  CHECK(first_of("bf_hetjob_prio=avg") == std::string("het"));  // 250
  CHECK(first_of("bf_hetjob_prio=max") == std::string("het"));
}

TEST_CASE("sched_min_interval: so many microseconds lie between two passes") {
  WithWords c("sched_min_interval=5000000");
  c.pass(10);
  const JobId first = c.submit(alice, c.job());
  c.pass(5);
  CHECK(c.job_of(first).state == JobState::running);
  const JobId second = c.submit(alice, c.job());
  CHECK(c.job_of(second).state == JobState::pending);
  c.pass(4);
  CHECK(c.job_of(second).state == JobState::pending);
  c.pass(1);
  CHECK(c.job_of(second).state == JobState::running);
}

TEST_CASE("the rules of a configuration are worked out with it") {
  const auto config =
      parsed(std::string(conf) +
             "PriorityFlags=MAX_TRES\nPartitionName=billed Nodes=n1 TRESBillingWeights=CPU=2.0,Mem=0.001\n");
  const auto rules = rules_of(*config);
  CHECK(rules->billing_sum == BillingSum::max_of_node);
  CHECK(billing_rate(*rules, "billed", TresCounts{{"cpu", 3}, {"mem", 1000}}) == doctest::Approx(6.0));
  CHECK(billing_rate(*rules, "nowhere", TresCounts{{"cpu", 3}}) ==
        doctest::Approx(billing_rate(*rules, "main", TresCounts{{"cpu", 3}})));
  CHECK(rules->parameters.main.batch_sched_delay == Seconds(0));
}
