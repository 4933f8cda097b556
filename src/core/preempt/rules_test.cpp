// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/preempt/rules.h"

#include <doctest/doctest.h>

namespace slurmxx {
namespace {

Job job_in(const std::string& partition, const std::string& qos, bool batch = true) {
  JobSpec spec;
  spec.labels.qos = qos;
  spec.policy.batch = batch;
  Job job;
  job.id = JobId(1);
  job.spec = std::make_shared<const JobSpec>(spec);
  job.state = JobState::running;
  job.times.started = Instant(100);
  job.allocation = Allocation{partition, {}, false};
  return job;
}

TEST_CASE("PreemptMode is words by commas, in whatever case") {
  CHECK(parse_preempt_modes("SUSPEND,GANG") == PreemptModes{PreemptMode::suspend, true, false});
  CHECK(parse_preempt_modes("within,cancel") == PreemptModes{PreemptMode::cancel, false, true});
  CHECK(parse_preempt_modes("OFF") == PreemptModes{});
  CHECK_FALSE(parse_preempt_modes(""));
  CHECK(parse_preempt_parameters("strict_order,reorder_count=3").reorder_count == 0);
  const PreemptTuning tuning = parse_preempt_parameters("reorder_count=3,youngest_first,min_exempt_priority=7");
  CHECK(tuning == PreemptTuning{3, true, false, 7});
}

TEST_CASE("a partition's mode comes before the cluster's, and who cannot be requeued is cancelled") {
  PreemptRules rules;
  rules.type = PreemptType::partition_prio;
  rules.modes.mode = PreemptMode::requeue;
  rules.partitions["kept"] = {PreemptModes{}, Seconds(0)};
  rules.partitions["slow"] = {{}, Seconds(30)};
  CHECK(rules.mode_of(job_in("kept", "")) == PreemptMode::off);
  CHECK(rules.mode_of(job_in("slow", "")) == PreemptMode::requeue);
  CHECK(rules.mode_of(job_in("slow", "", false)) == PreemptMode::cancel);
  CHECK(rules.grace_of(job_in("slow", "")) == Seconds(30));
  CHECK_FALSE(rules.exempt_until(job_in("kept", "")));
}

TEST_CASE("PreemptExemptTime of a QOS comes before that of all, and min_exempt_priority spares who has more") {
  PreemptRules rules;
  rules.type = PreemptType::qos;
  rules.modes.mode = PreemptMode::cancel;
  rules.exempt = Seconds(60);
  rules.qos["high"] = {{"low"}, 9, {}, Seconds(0), {}};
  rules.qos["low"] = {{}, 1, {}, Seconds(5), Seconds(10)};
  const Job high = job_in("p", "high"), low = job_in("p", "low");
  CHECK(rules.exempt_until(low) == Instant(110));
  CHECK(rules.exempt_until(high) == Instant(160));
  CHECK_FALSE(rules.verdict({&high, 1, 5}, {&low, 1, 5}, Instant(109)));
  const auto verdict = rules.verdict({&high, 1, 5}, {&low, 1, 5}, Instant(110));
  REQUIRE(verdict);
  CHECK(verdict->level == 1);
  CHECK(rules.grace_of(low) == Seconds(5));
  CHECK_FALSE(rules.verdict({&low, 1, 5}, {&high, 1, 1}, Instant(1000)));
  rules.tuning.min_exempt_priority = 4;
  CHECK_FALSE(rules.verdict({&high, 1, 5}, {&low, 1, 5}, Instant(110)));
  CHECK(rules.verdict({&high, 1, 5}, {&low, 1, 4}, Instant(110)));
}

}  // namespace
}  // namespace slurmxx
