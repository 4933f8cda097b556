// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/accounting_fold.h"

#include <map>

#include <fmt/format.h>

#include "control/cluster_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

// The rows that the log of a cluster gives, as they are at last: job, life or step, state, nodes, from when to when.
std::vector<std::string> rows_of(const Cluster& c) {
  std::map<std::pair<JobKey, std::int32_t>, std::string> rows;
  const auto span = [](Instant from, std::optional<Instant> to) {
    return fmt::format("{}-{}", from.seconds, to ? std::to_string(to->seconds) : "");
  };
  const auto take = [&](const std::vector<AccountingRecord>& records) {
    for (const AccountingRecord& record : records) {
      if (const auto* job = std::get_if<JobRecord>(&record)) {
        const JobTimes& times = job->view.job.times;
        if (times.started)
          rows[{job->key(), INT32_MIN}] =
              fmt::format("{} {} {}", job->state_number(), job->view.nodes, span(*times.started, times.ended));
      }
      if (const auto* step = std::get_if<StepRecord>(&record))
        rows[{step->job, step->step.id.value}] =
            fmt::format(" {}{} {} {}{}", step->step.name, step->resized ? " resized" : "", step->nodes,
                        span(step->step.started, step->step.ended), step->step.exit.signal == 9 ? " killed" : "");
    }
  };
  State state;
  for (const Record& record : c.log) {
    take(AccountingFold::before(*picture_of(state, c.config), record));
    REQUIRE(apply(state, record).ok());
    take(AccountingFold::after(*picture_of(state, c.config), record));
  }
  std::vector<std::string> texts;
  for (const auto& [key, text] : rows) texts.push_back(text);
  return texts;
}

// Of the last record of each step, in the order of lives: its life, name, state and CPU time.
std::vector<std::string> steps_of(const Cluster& c) {
  std::map<std::pair<JobKey, std::int32_t>, std::string> rows;
  State state;
  const auto take = [&](const std::vector<AccountingRecord>& records) {
    for (const AccountingRecord& record : records)
      if (const auto* step = std::get_if<StepRecord>(&record))
        rows[{step->job, step->step.id.value}] =
            fmt::format("{} {} {} {}-{} {} us", step->job.restarts, step->step.name, state_name(step->state),
                        step->step.started.seconds, step->step.ended ? std::to_string(step->step.ended->seconds) : "",
                        step->usage ? step->usage->user_us : 0);
  };
  for (const Record& record : c.log) {
    take(AccountingFold::before(*picture_of(state, c.config), record));
    REQUIRE(apply(state, record).ok());
    take(AccountingFold::after(*picture_of(state, c.config), record));
  }
  std::vector<std::string> texts;
  for (const auto& [key, text] : rows) texts.push_back(text);
  return texts;
}

// A job of two nodes with a step on both.
struct OnTwoNodes : Cluster {
  OnTwoNodes() {
    config = parsed(patient_conf());
    boot();
    all_up();
    id = submit(alice, job(2));
    StepRequest step;
    step.job = id;
    step.name = "both";
    step.command.arguments = {"sleep"};
    REQUIRE(std::holds_alternative<StepReply>(ask(alice, step)));
  }
  JobId id;
};

StepUsage used(std::uint64_t us) {
  StepUsage usage;
  usage.user_us = us;
  return usage;
}

}  // namespace

TEST_CASE("a job that gives a node back has a row for each size, and its steps too") {
  OnTwoNodes c;
  const JobId id = c.id;
  const std::int64_t began = c.job_of(id).times.started->seconds;
  c.pass(10);
  REQUIRE(c.refused(alice, UpdateRequest{"job", std::to_string(id.value), {{"NumNodes", "1"}}}) == Errc::ok);
  const std::int64_t resized = c.job_of(id).times.resized->seconds;
  c.pass(10);
  c.report(1, BatchEnded{{id, 0}, ExitCode{}});
  const std::int64_t ended = c.job_of(id).times.ended->seconds;
  REQUIRE((began < resized && resized < ended));
  const int resizing = life_end_base + static_cast<int>(LifeEnd::resized);
  CHECK(rows_of(c) ==
        std::vector<std::string>{fmt::format("{} n[1-2] {}-{}", resizing, began, resized),
                                 fmt::format(" batch resized n1 {}-{}", began, resized),
                                 fmt::format(" both resized n[1-2] {}-{}", began, resized),
                                 fmt::format("{} n1 {}-{}", static_cast<int>(JobState::completed), resized, ended),
                                 fmt::format(" batch n1 {}-{}", resized, ended),
                                 fmt::format(" both n1 {}-{} killed", resized, ended)});
}

TEST_CASE("steps of a life that a requeue ended keep what their nodes tell of it afterwards") {
  OnTwoNodes c;
  const JobId id = c.id;
  const std::int64_t began = c.job_of(id).times.started->seconds;
  c.pass(10);
  c.ask(alice, JobVerbRequest{JobVerb::requeue, id});
  const std::int64_t requeued = c.now().wall.seconds;
  REQUIRE(c.job_of(id).state == JobState::pending);
  REQUIRE(c.job_of(id).former);
  c.pass(3);
  c.report(1, StepLeft{{id, 0, StepId{0}}, ExitCode{0, 9}, "", used(500)});
  c.report(2, StepLeft{{id, 0, StepId{0}}, ExitCode{0, 9}, "", used(70)});
  c.report(1, BatchEnded{{id, 0}, ExitCode{0, 15}, "", used(9)});
  c.report(2, StepLeft{{id, 0, StepId{0}}, ExitCode{0, 9}, "", used(70)});  // again: it counts once
  CHECK(steps_of(c) == std::vector<std::string>{fmt::format("0 batch CANCELLED {}-{} 9 us", began, requeued),
                                                fmt::format("0 both CANCELLED {}-{} 570 us", began, requeued)});
  c.report(1, NodeCleared{{id, 0}, ""});
  c.report(2, NodeCleared{{id, 0}, ""});
  c.pass(3);
  CHECK(c.job_of(id).state == JobState::running);
  CHECK(!c.job_of(id).former);
  c.report(1, BatchEnded{{id, 1}, ExitCode{}, "", used(11)});
  CHECK(steps_of(c).size() == 3);
  CHECK(steps_of(c).back().starts_with("1 batch COMPLETED"));
  CHECK(steps_of(c).back().ends_with(" 11 us"));
}

TEST_CASE("the usage of a script whose exit code sends its job back is kept in the life that it ended") {
  Cluster c;
  c.config = parsed(patient_conf() + std::string("RequeueExit=5\n"));
  c.boot();
  c.all_up();
  const JobId id = c.submit(alice, c.job(1));
  c.report(1, BatchEnded{{id, 0}, ExitCode{5, 0}, "", used(40)});
  REQUIRE(c.job_of(id).restarts == 1);
  REQUIRE(!steps_of(c).empty());
  CHECK(steps_of(c).front().starts_with("0 batch "));
  CHECK(steps_of(c).front().ends_with(" 40 us"));
}
