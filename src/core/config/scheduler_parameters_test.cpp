// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/config/scheduler_parameters.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <algorithm>

#include "core/config/cluster_config.h"
#include "core/text/words.h"

using namespace slurmxx;

namespace {

SchedulerParameters of(std::vector<std::string> words) {
  std::vector<std::string> problems;
  SchedulerParameters parsed = parse_scheduler_parameters(words, &problems);
  CHECK(problems.empty());
  return parsed;
}

std::vector<std::string> problems_of(std::vector<std::string> words) {
  std::vector<std::string> problems;
  parse_scheduler_parameters(words, &problems);
  return problems;
}

}  // namespace

TEST_CASE("SchedulerParameters: a word sets its field, and what is not said keeps its default") {
  const SchedulerParameters p = of({"bf_interval=2", "defer", "BF_Max_Job_Test=1000", "sched_interval=-1",
                                    "bf_hetjob_prio=avg", "bf_min_prio_reserve=69121", "disable_hetjob_steps"});
  CHECK(p.backfill.times.interval == Seconds(2));
  CHECK(p.backfill.depths.max_job_test == 1000);
  CHECK(p.backfill.depths.max_job_array_resv == 20);
  CHECK(p.backfill.reserves.hetjob_prio == HetJobPriority::avg);
  CHECK(p.backfill.reserves.min_prio_reserve == 69121);
  CHECK(p.main.defer);
  CHECK(p.main.sched_interval == Seconds(-1));
  CHECK(p.main.default_queue_depth == 100);
  CHECK_FALSE(p.submission.hetjob_steps);
}

TEST_CASE("SchedulerParameters: some words bring others along") {
  CHECK(of({"bf_interval=120"}).backfill.times.max_time == Seconds(120));
  CHECK(of({"bf_interval=120", "bf_max_time=5"}).backfill.times.max_time == Seconds(5));
  CHECK(of({"bf_interval=-1"}).backfill.times.max_time == Seconds(30));
  CHECK(of({"bf_licenses"}).backfill.reserves.running_job_reserve);
  CHECK(of({"bf_hetjob_immediate"}).backfill.reserves.hetjob_prio == HetJobPriority::min);
  CHECK(of({"bf_hetjob_immediate", "bf_hetjob_prio=max"}).backfill.reserves.hetjob_prio == HetJobPriority::max);
  CHECK(of({"no_env_cache"}).start.requeue_setup_env_fail);
}

TEST_CASE("SchedulerParameters: what is wrong is told, and the default holds") {
  CHECK(problems_of({"bf_interval=0.5"}) ==
        std::vector<std::string>{"bf_interval=0.5: a whole number from -1 to 10800 is wanted, and the default holds"});
  CHECK(problems_of({"bf_hetjob_prio"}) ==
        std::vector<std::string>{"bf_hetjob_prio: min, avg or max is wanted, and the default holds"});
  CHECK(problems_of({"default_queue_depth=x"}).front() ==
        "default_queue_depth=x: a whole number is wanted, and the default holds");
  CHECK(problems_of({"bf_intervall=3"}).front().starts_with("bf_intervall is not known"));
  const std::vector<std::string> words{"bf_window=0"};
  CHECK(parse_scheduler_parameters(words).backfill.times.window == Minutes(1440));
}

TEST_CASE("SchedulerParameters: names are in order and unique, so that a row is found by eye") {
  std::vector<std::string> names;
  for (const SchedulerWord& word : scheduler_words()) names.push_back(lower(word.name));
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("SchedulerParameters: the guide says of every word what it does") {
  std::filesystem::path here = std::filesystem::current_path();
  while (!std::filesystem::exists(here / "docs/guide/scheduling.md") && here != here.root_path())
    here = here.parent_path();
  std::stringstream text;
  text << std::ifstream(here / "docs/guide/scheduling.md").rdbuf();
  const std::string guide = text.str().substr(text.str().find("## SchedulerParameters"));
  const auto place_of = [&](std::string_view word) {
    for (std::size_t at = guide.find(word); at != std::string::npos; at = guide.find(word, at + 1)) {
      const auto is_part = [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); };
      if (!is_part(guide[at - 1]) && !is_part(guide[at + word.size()])) return at;
    }
    return std::string::npos;
  };
  const std::size_t settled = guide.find("of no effect");
  for (const SchedulerWord& word : scheduler_words()) {
    INFO(word.name);
    const std::size_t place = place_of(word.name);
    REQUIRE(place != std::string::npos);
    CHECK((place < settled) == (word.use == WordUse::obeyed));
  }
}
