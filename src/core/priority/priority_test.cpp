// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/priority/priority.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

// Two nodes of 16 CPUs: what slurm-wlm's sprio showed of the same jobs is expected here.
const PriorityScale two_nodes{2, 32, 10, 0, 0};
const TresCounts partition_tres{{"cpu", 32}, {"mem", 128000}, {"node", 2}};

PrioritySettings weighted() {
  PrioritySettings settings;
  settings.type = "priority/multifactor";
  settings.weight_age = 1000;
  settings.weight_fair_share = 1000;
  settings.weight_job_size = 10000;
  settings.weight_partition = 1000;
  settings.weight_tres = "CPU=1000,Mem=2000";
  return settings;
}

PriorityPolicy policy_with(std::vector<std::string> flags, bool favor_small = false) {
  PrioritySettings settings = weighted();
  settings.flags = std::move(flags);
  settings.favor_small = favor_small;
  std::vector<std::string> problems;
  PriorityPolicy policy = priority_policy(settings, JobId(1), &problems);
  CHECK(problems.empty());
  return policy;
}

struct Asked {
  TresCounts tres;
  PrioritySubject subject;

  Asked(std::uint32_t nodes, std::uint32_t cpus, std::uint64_t memory, std::uint32_t partition_factor)
      : tres{{"cpu", cpus}, {"mem", memory}, {"node", nodes}} {
    subject.nodes = nodes;
    subject.cpus = cpus;
    subject.partition_factor = partition_factor;
    subject.tres = &tres;
    subject.tres_of_partition = &partition_tres;
    subject.time_limit = TimeLimit::of(Minutes(5));
  }
  Asked(const Asked&) = delete;
};

PriorityTerms judged(const PriorityPolicy& policy, const Asked& asked, const PriorityScale& scale = two_nodes) {
  PriorityTerms terms = priority_terms(policy, scale, asked.subject);
  std::int64_t sum = terms.site - terms.nice;
  for (const PriorityTerm& term : terms.factors) sum += term.weighted;
  for (const TresTerm& tres : terms.tres) sum += tres.term.weighted;
  if (sum > 0) CHECK(terms.priority == sum);
  CHECK(terms.priority == priority_value(policy, scale, asked.subject));
  return terms;
}

PriorityTerm factor(const PriorityTerms& terms, PriorityFactor which) {
  return terms.factors[static_cast<std::size_t>(which)];
}

std::int64_t size_of(const PriorityPolicy& policy, const Asked& asked) {
  return factor(judged(policy, asked), PriorityFactor::job_size).weighted;
}

}  // namespace

TEST_CASE("a priority is the sum of its weighted factors, each a whole number") {
  const PriorityPolicy policy = policy_with({});
  const Asked one(1, 1, 64000, 10);
  const PriorityTerms terms = judged(policy, one);
  CHECK(terms.priority == 4687);
  CHECK(factor(terms, PriorityFactor::job_size) == PriorityTerm{265'625'000, 2656});
  CHECK(factor(terms, PriorityFactor::partition) == PriorityTerm{billion, 1000});
  CHECK(terms.tres == std::vector<TresTerm>{{"cpu", {31'250'000, 31}}, {"mem", {billion / 2, 1000}}});
  Asked nice(1, 4, 1000, 5);
  nice.subject.nice = 100;
  CHECK(judged(policy, nice).priority == 3665);
  nice.subject.nice = -30;
  CHECK(judged(policy, nice).priority == 3795);
  nice.subject.site = 7;
  CHECK(judged(policy, nice).priority == 3802);
}

TEST_CASE("a priority stays between 1 and 4294967295") {
  Asked job(1, 1, 0, 5);
  job.subject.nice = 2147483645;
  CHECK(judged(policy_with({}), job).priority == 1);
  job.subject.site = 2 * std::int64_t{UINT32_MAX};
  job.subject.nice = 0;
  CHECK(priority_value(policy_with({}), two_nodes, job.subject) == UINT32_MAX);
}

TEST_CASE("age grows with the time waited, up to PriorityMaxAge") {
  PriorityPolicy policy = policy_with({});
  policy.max_age = Seconds(1000);
  Asked job(1, 1, 0, 5);
  const auto age = [&](std::optional<Seconds> waited) {
    job.subject.waited = waited;
    return factor(judged(policy, job), PriorityFactor::age).weighted;
  };
  CHECK(age({}) == 0);
  CHECK(age(Seconds(250)) == 250);
  CHECK(age(Seconds(5000)) == 1000);
  CHECK(age(Seconds(-5)) == 0);
}

TEST_CASE("PriorityFavorSmall and SMALL_RELATIVE_TO_TIME change the size factor") {
  const Asked half(1, 16, 0, 5);
  CHECK(size_of(policy_with({}), half) == 5000);
  CHECK(size_of(policy_with({}, true), half) == 5000);
  const Asked all(2, 32, 0, 5);
  CHECK(size_of(policy_with({}), all) == 10000);
  CHECK(size_of(policy_with({}, true), all) == 0);
  CHECK(size_of(policy_with({"SMALL_RELATIVE_TO_TIME"}), half) == 1000);
  CHECK(size_of(policy_with({"SMALL_RELATIVE_TO_TIME"}, true), half) == 9000);
}

TEST_CASE("NO_NORMAL_* take a factor as it is") {
  PriorityPolicy policy = policy_with({"NO_NORMAL_ALL"});
  Asked job(1, 4, 64000, 10);
  job.subject.qos_priority = 40;
  job.subject.association_priority = 3;
  policy.weights[static_cast<std::size_t>(PriorityFactor::qos)] = 2;
  policy.weights[static_cast<std::size_t>(PriorityFactor::association)] = 5;
  const PriorityTerms terms = judged(policy, job);
  CHECK(factor(terms, PriorityFactor::partition).weighted == 10000);
  CHECK(factor(terms, PriorityFactor::qos).weighted == 80);
  CHECK(factor(terms, PriorityFactor::association).weighted == 15);
  CHECK(terms.tres == std::vector<TresTerm>{{"cpu", {4 * billion, 4000}}, {"mem", {64000 * billion, 128'000'000}}});
  const PriorityScale ranks{2, 32, 10, 80, 6};
  const PriorityTerms normal = judged(policy_with({}), job, ranks);
  CHECK(factor(normal, PriorityFactor::qos).factor_billionths == billion / 2);
  CHECK(factor(normal, PriorityFactor::association).factor_billionths == billion / 2);
}

TEST_CASE("priority/basic stands each job below the one before it") {
  PrioritySettings settings;
  settings.type = "priority/basic";
  const PriorityPolicy policy = priority_policy(settings, JobId(100));
  PrioritySubject subject;
  subject.job = JobId(100);
  CHECK(priority_value(policy, two_nodes, subject) == 4294901760);
  subject.job = JobId(103);
  CHECK(priority_value(policy, two_nodes, subject) == 4294901757);
  CHECK(priority_terms(policy, two_nodes, subject).factors.empty());
}

TEST_CASE("what is wrong with the settings is told and left out") {
  PrioritySettings settings = weighted();
  settings.flags = {"NO_FAIRTREE"};
  settings.weight_tres = "cpu";
  std::vector<std::string> problems;
  const PriorityPolicy policy = priority_policy(settings, JobId(1), &problems);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].starts_with("PriorityFlags: NO_FAIRTREE is not known"));
  CHECK(problems[1] == "PriorityWeightTRES: cpu: NAME=NUMBER is wanted");
  CHECK(policy.flags.fair_tree);
  CHECK_FALSE(policy_with({"depth_oblivious"}).flags.fair_tree);
}
