// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "control/cluster_fixture.h"
#include "core/model/job_name.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

SubmitRequest after(const Cluster& c, const std::string& dependency, const std::string& array = "") {
  SubmitRequest request = c.job();
  request.spec.labels.dependency = dependency;
  request.array = array;
  return request;
}

void end(Cluster& c, std::uint32_t job, std::uint32_t status = 0) {
  c.report(1, BatchEnded{{JobId(job), 0}, ExitCode{status, 0}});
  c.report(1, NodeCleared{{JobId(job), 0}});
}

// What a job waits for, as scontrol shows it; its state when it waits for nothing.
std::string waits(Cluster& c, std::uint32_t id) {
  const Job& job = c.job_of(JobId(id));
  const std::string text = dependencies_text(job.dependencies);
  return job.state == JobState::pending && !text.empty() ? text : std::string(state_short(job.state));
}

struct OneNode : Cluster {
  OneNode() {
    config = parsed(patient_conf());
    boot();
    hello(1);
  }
};

}  // namespace

TEST_CASE("a job starts when the job that it depends on has come so far") {
  OneNode c;
  c.submit(alice, c.job());
  for (const char* kind : {"after:1", "afterany:1", "afterok:1", "afternotok:1", "afterany:1?afternotok:1"})
    c.submit(alice, after(c, kind));
  CHECK(waits(c, 2) == "R");  // it has started
  CHECK(waits(c, 3) == "afterany:1(unfulfilled)");
  CHECK(c.reason(JobId(3)) == "Dependency");
  CHECK_FALSE(c.job_of(JobId(3)).times.eligible.has_value());
  c.report(1, BatchEnded{{JobId(1), 0}, ExitCode{}});
  CHECK(waits(c, 3) == "afterany:1(unfulfilled)");  // it completes
  c.report(1, NodeCleared{{JobId(1), 0}});
  CHECK((waits(c, 3) == "R" && waits(c, 4) == "R" && waits(c, 6) == "R"));
  CHECK(c.job_of(JobId(3)).times.eligible.has_value());
  CHECK(waits(c, 5) == "afternotok:1(failed)");
  CHECK(c.reason(JobId(5)) == "DependencyNeverSatisfied");
}

TEST_CASE("after+minutes counts from the start") {
  OneNode c;
  c.submit(alice, c.job());
  c.pass(30);
  c.submit(alice, after(c, "after:1+1"));
  c.pass(29);
  CHECK(waits(c, 2) == "after:1+1(unfulfilled)");
  c.pass(2);
  CHECK(waits(c, 2) == "R");
}

TEST_CASE("after+minutes outlives the record of the job that it counts from, and a restart") {
  OneNode c;
  c.submit(alice, c.job());
  c.submit(alice, after(c, "after:1+10"));
  end(c, 1);
  c.pass(200);  // MinJobAge is 100
  CHECK(c.controller->state().find(JobId(1)) == nullptr);
  CHECK(waits(c, 2) == "after:1+10(unfulfilled)");
  c.boot();
  c.hello(1);
  c.pass(399);
  CHECK(waits(c, 2) == "after:1+10(unfulfilled)");
  c.pass(2);
  CHECK(waits(c, 2) == "R");
}

TEST_CASE("what can never be met ends the job, if it or the cluster says so") {
  OneNode c;
  c.submit(alice, c.job());
  SubmitRequest request = after(c, "afterok:1");
  request.spec.policy.kill_on_invalid_dependency = true;
  c.submit(alice, request);
  c.submit(alice, after(c, "afterok:1"));
  c.submit(alice, after(c, "afterany:2"));
  end(c, 1, 3);
  CHECK(waits(c, 2) == "CA");
  CHECK(c.job_of(JobId(2)).end_reason == "DependencyNeverSatisfied");
  CHECK(waits(c, 3) == "afterok:1(failed)");
  CHECK(waits(c, 4) == "R");  // in the same breath
  c.ask(alice, UpdateRequest{"job", "3", {{"Dependency", ""}}});
  CHECK(waits(c, 3) == "R");
}

TEST_CASE("singleton: one at a time of a name and user, in the order of their submission") {
  OneNode c;
  for (int i = 0; i < 3; ++i) c.submit(alice, after(c, "singleton"));
  c.submit(bob, after(c, "singleton"));
  CHECK((waits(c, 1) == "R" && waits(c, 4) == "R"));
  CHECK((waits(c, 2) == "singleton(unfulfilled)" && waits(c, 3) == "singleton(unfulfilled)"));
  end(c, 1);
  CHECK((waits(c, 2) == "R" && waits(c, 3) == "singleton(unfulfilled)"));
}

TEST_CASE("on an array: all its tasks, one of them, or each task after its counterpart") {
  OneNode c;
  SubmitRequest first = c.job();
  first.array = "0-1";
  c.submit(alice, first);  // 1 is task 1, 2 is task 0
  c.submit(alice, after(c, "afterok:1"));
  c.submit(alice, after(c, "afterok:1_0"));
  c.submit(alice, after(c, "aftercorr:1", "0-1"));
  c.submit(alice, after(c, "afternotok:1"));
  CHECK(waits(c, 5) == "aftercorr:1(unfulfilled)");
  end(c, 2);
  CHECK(waits(c, 4) == "R");
  CHECK(waits(c, 3) == "afterok:1(unfulfilled)");
  const JobId part(7);
  CHECK(job_name_text(c.job_of(part)) == "5_0");
  CHECK(waits(c, 7) == "R");
  end(c, 1, 2);
  CHECK(waits(c, 3) == "afterok:1(failed)");
  CHECK(waits(c, 6) == "R");
  CHECK(job_name_text(c.job_of(JobId(5))) == "5_1");
  CHECK(waits(c, 5) == "aftercorr:1(failed)");
}

TEST_CASE("aftercorr: tasks whose counterparts were cancelled together or never were cannot start") {
  OneNode c;
  SubmitRequest first = c.job();
  first.array = "0-5";
  first.spec.policy.hold = true;
  c.submit(alice, first);
  c.submit(alice, after(c, "aftercorr:1", "0-7"));
  SubmitRequest killed = after(c, "aftercorr:1", "0-1");
  killed.spec.policy.kill_on_invalid_dependency = true;
  c.submit(alice, killed);
  const JobId absent(3);  // at once
  CHECK(job_name_text(c.job_of(absent)) == "2_[6-7]");
  CHECK(waits(c, 3) == "aftercorr:1(failed)");
  JobVerbRequest cancel{JobVerb::cancel, JobId(1), {}, 0, false};
  cancel.tasks = *parse_indices("0-2", 10);
  c.ask(alice, cancel);
  CHECK(waits(c, 4) == "CA");
  CHECK(waits(c, 2) == "aftercorr:1(unfulfilled)");
  CHECK(job_name_text(c.job_of(JobId(2))) == "2_[3-5]");
  cancel.tasks.reset();
  c.ask(alice, cancel);
  CHECK(waits(c, 2) == "aftercorr:1(failed)");
}

TEST_CASE("aftercorr: many tasks that end one by one are followed by their counterparts one by one") {
  OneNode c;
  SubmitRequest first = c.job();
  first.array = "0-999";
  first.spec.policy.hold = true;
  c.submit(alice, first);
  c.submit(alice, after(c, "aftercorr:1", "0-999"));
  JobVerbRequest cancel{JobVerb::cancel, JobId(1), {}, 0, false};
  for (int task = 0; task < 900; ++task) {
    cancel.tasks = *parse_indices(std::to_string(task), 1000);
    c.ask(alice, cancel);
  }
  CHECK(job_name_text(c.job_of(JobId(2))) == "2_[900-999]");
  CHECK(waits(c, 2) == "aftercorr:1(unfulfilled)");
  for (std::uint32_t id = 4; id < 4 + 2 * 900; id += 2) {
    CHECK(job_name_text(c.job_of(JobId(id))) == "2_" + std::to_string(id / 2 - 2));
    CHECK(waits(c, id) == "aftercorr:1(failed)");
  }
  cancel.tasks = *parse_indices("900-949", 1000);
  c.ask(alice, cancel);
  CHECK(job_name_text(c.job_of(JobId(2))) == "2_[950-999]");
  cancel = JobVerbRequest{JobVerb::cancel, JobId(2), {}, 0, false};
  cancel.tasks = *parse_indices("950", 1000);
  c.ask(alice, cancel);
  cancel = JobVerbRequest{JobVerb::cancel, JobId(1), {}, 0, false};
  c.ask(alice, cancel);
  CHECK(waits(c, 2) == "aftercorr:1(failed)");
}

TEST_CASE("a job that has ended goes back to the queue by hand") {
  OneNode c;
  c.submit(alice, c.job());
  end(c, 1, 3);
  c.ask(alice, JobVerbRequest{JobVerb::requeue_hold, JobId(1), {}, 0, false});
  CHECK(waits(c, 1) == "PD");
  CHECK(c.job_of(JobId(1)).restarts == 1);
  c.ask(alice, JobVerbRequest{JobVerb::release, JobId(1), {}, 0, false});
  CHECK(waits(c, 1) == "R");
}

TEST_CASE("tasks that went back to the queue count for the limit of their array") {
  OneNode c;
  SubmitRequest request = c.job();
  request.array = "0-3%1";
  c.submit(alice, request);
  CHECK(waits(c, 2) == "R");
  c.ask(alice, JobVerbRequest{JobVerb::requeue, JobId(2), {}, 0, false});
  c.report(1, NodeCleared{{JobId(2), 0}});
  int running = 0;
  c.controller->state().jobs().for_each([&](std::uint64_t, const Job& job) { running += job.runs() ? 1 : 0; });
  CHECK(running == 1);
}

TEST_CASE("a dependency on what is not there, or on itself, is refused") {
  OneNode c;
  c.submit(alice, c.job());
  c.submit(alice, after(c, "afterany:1"));
  for (const char* text : {"afterok:9", "afterany:9", "afterok:1_3", "bogus:1", "afterok:x"})
    CHECK_MESSAGE(c.refused(alice, after(c, text)) == Errc::dependency, text);
  const JobId third = c.submit(alice, after(c, "afterany:2"));
  const std::string circle = "afterany:" + std::to_string(third.value);
  CHECK(c.refused(alice, UpdateRequest{"job", "2", {{"Dependency", circle}}}) == Errc::error);
  CHECK(c.refused(alice, UpdateRequest{"job", "2", {{"Dependency", "afterok:2"}}}) == Errc::error);
  CHECK(c.refused(alice, UpdateRequest{"job", "1", {{"Dependency", "afterany:2"}}}) == Errc::job_not_pending);
  end(c, 1);
  c.pass(200);  // 1 is purged: that it has ended is known, how is not
  const JobId late = c.submit(alice, after(c, "afterany:1"));
  CHECK(waits(c, late.value) == "R");
  CHECK(c.refused(alice, after(c, "afterok:1")) == Errc::dependency);
}

TEST_CASE("a controller that restarts goes on waiting") {
  OneNode c;
  c.submit(alice, c.job());
  c.submit(alice, after(c, "afterok:1"));
  c.submit(alice, after(c, "singleton"));
  c.boot();
  c.hello(1, {{JobId(1), 0}});
  CHECK(waits(c, 2) == "afterok:1(unfulfilled)");
  end(c, 1);
  CHECK(waits(c, 2) == "R");
  CHECK(waits(c, 3) == "singleton(unfulfilled)");
  end(c, 2);
  CHECK(waits(c, 3) == "R");
}
