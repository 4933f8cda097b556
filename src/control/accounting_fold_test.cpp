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

}  // namespace

TEST_CASE("a job that gives a node back has a row for each size, and its steps too") {
  Cluster c;
  c.config = parsed(patient_conf());
  c.boot();
  c.all_up();
  const JobId id = c.submit(alice, c.job(2));
  const std::int64_t began = c.job_of(id).times.started->seconds;
  StepRequest step;
  step.job = id;
  step.name = "both";
  step.command.arguments = {"sleep"};
  REQUIRE(std::holds_alternative<StepReply>(c.ask(alice, step)));
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
