// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/preempt/time_slices.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>

using namespace slurmxx;

namespace {

// Jobs on the cores of one node, on a clock of slices of ten seconds.
class Gang {
 public:
  void start(std::uint32_t id, std::vector<std::uint32_t> cpus, const std::string& partition = "p") {
    auto job = std::make_unique<Job>();
    job->id = JobId(id);
    job->spec = std::make_shared<const JobSpec>();
    job->state = JobState::running;
    job->times.started = now_;
    job->allocation = Allocation{partition, {NodeShare{NodeIndex(0), 1, {}, std::move(cpus), {}}}};
    job->allocation->jobs_per_core = 3;
    jobs_.push_back(std::move(job));
    turn(false);
  }
  void end(std::uint32_t id) {
    std::erase_if(jobs_, [&](const auto& job) { return job->id == JobId(id); });
    turn(false);
  }
  std::string slice() {
    now_ = now_ + Seconds(10);
    turn(true);
    return running();
  }
  std::string running() const {
    std::string text;
    for (const auto& job : jobs_)
      if (job->state == JobState::running) text += fmt::format("{} ", job->id.value);
    return text;
  }

 private:
  void turn(bool over) {
    std::vector<const Job*> list;
    for (const auto& job : jobs_)
      if (takes_turns(*job)) list.push_back(job.get());
    const SliceTurn next = next_row(list, over);
    for (const auto& job : jobs_) {
      const bool stops = std::find(next.stop.begin(), next.stop.end(), job->id) != next.stop.end();
      const bool goes_on = std::find(next.go_on.begin(), next.go_on.end(), job->id) != next.go_on.end();
      if (!stops && !goes_on) continue;
      job->state = stops ? JobState::suspended : JobState::running;
      job->allocation->time_sliced = stops;
      job->times.suspended = now_;
    }
  }

  Instant now_;
  std::vector<std::unique_ptr<Job>> jobs_;
};

}  // namespace

TEST_CASE("gang: who comes later waits, and they take turns") {
  // cpu 0  1 2 3 1 2 3
  Gang gang;
  gang.start(1, {0});
  gang.start(2, {0});
  gang.start(3, {0});
  CHECK(gang.running() == "1 ");
  CHECK(gang.slice() == "2 ");
  CHECK(gang.slice() == "3 ");
  CHECK(gang.slice() == "1 ");
  CHECK(gang.slice() == "2 ");
}

TEST_CASE("gang: jobs that have no core in common run in one row") {
  // cpu 0  1 3 1
  // cpu 1  2 3 2
  // cpu 2  4 4 4   nobody is on its core
  Gang gang;
  gang.start(1, {0});
  gang.start(2, {1});
  gang.start(3, {0, 1});
  gang.start(4, {2});
  CHECK(gang.running() == "1 2 4 ");
  CHECK(gang.slice() == "3 4 ");
  CHECK(gang.slice() == "1 2 4 ");
}

TEST_CASE("gang: cores that come free go to who has waited the longest, before the slice is over") {
  Gang gang;
  gang.start(1, {0, 1});
  gang.start(2, {0});
  gang.start(3, {0, 1});
  gang.start(4, {1});
  CHECK(gang.running() == "1 ");
  gang.end(1);
  CHECK(gang.running() == "2 4 ");
  gang.end(2);
  CHECK(gang.running() == "4 ");
  CHECK(gang.slice() == "3 ");
}

TEST_CASE("gang: who is alone on its cores, shares none or is suspended by hand takes no turns") {
  Job job;
  job.spec = std::make_shared<const JobSpec>();
  job.state = JobState::running;
  job.allocation.emplace();
  CHECK(!takes_turns(job));
  job.allocation->jobs_per_core = 2;
  CHECK(takes_turns(job));
  job.state = JobState::suspended;
  CHECK(!takes_turns(job));
  job.allocation->time_sliced = true;
  CHECK(takes_turns(job));
}

TEST_CASE("jobs of different partitions on one core take no turns with each other") {
  Gang gang;
  gang.start(1, {0});
  gang.start(2, {0}, "q");
  CHECK(gang.running() == "1 2 ");
  gang.start(3, {0}, "q");
  CHECK(gang.slice() == "1 3 ");
  CHECK(gang.slice() == "1 2 ");
}
