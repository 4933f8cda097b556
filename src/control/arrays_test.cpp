// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/controller.h"

#include <doctest/doctest.h>

#include "control/cluster_fixture.h"
#include "core/model/job_name.h"
#include "state/codec.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

SubmitRequest array(const Cluster& c, const std::string& text) {
  SubmitRequest request = c.job();
  request.array = text;
  return request;
}

// The names of all records of an array, as squeue shows them, with their states.
std::string records(const Cluster& c, JobId array) {
  std::string text;
  c.controller->state().jobs().for_each([&](std::uint64_t, const Job& job) {
    if (!job.array || job.array->array != array) return;
    text += (text.empty() ? "" : " ") + job_name_text(job) + ":" + std::string(state_short(job.state));
  });
  return text;
}

// What a client may send that is not ours.
struct Forged {
  std::vector<IndexSet::Range> ranges;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "ranges", self.ranges);
  }
};

JobVerbRequest verb(JobVerb verb, JobId array, const char* tasks = nullptr) {
  JobVerbRequest request{verb, array, {}, 0, false};
  if (tasks) request.tasks = *parse_indices(tasks, UINT32_MAX);
  return request;
}

}  // namespace

TEST_CASE("tasks of an array get records of their own when they start, the submitted one is the last") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, array(c, "1-5%2"));
  CHECK(records(c, id) == "1_[3-5%2]:PD 1_1:R 1_2:R");
  CHECK(c.reason(id) == "JobArrayTaskLimit");
  const auto launches = c.orders<LaunchBatch>();
  REQUIRE(launches.size() == 2);
  CHECK(launches[0].second.array == ArrayTask{id, 1});
  CHECK(launches[1].second.job.job == JobId(3));
  c.report(1, BatchEnded{{JobId(2), 0}, ExitCode{}});
  CHECK(records(c, id) == "1_[4-5%2]:PD 1_1:CD 1_2:R 1_3:R");
  c.report(1, BatchEnded{{JobId(3), 0}, ExitCode{4, 0}});
  c.report(1, BatchEnded{{JobId(4), 0}, ExitCode{}});
  CHECK(records(c, id) == "1_5:R 1_1:CD 1_2:F 1_3:CD 1_4:R");
  CHECK(c.controller->state().next_job_id() == JobId(6));
}

TEST_CASE("an array that comes in a burst of submissions starts when it is over: the jobs behind it get the next ids") {
  Cluster c;
  std::string text = conf;
  c.config = parsed(text.erase(text.find("SchedulerParameters"), 39));
  c.boot();
  c.all_up();
  const JobId id = c.submit(alice, array(c, "1-2"));
  CHECK(records(c, id) == "1_[1-2]:PD");
  CHECK((c.submit(alice, c.job()) == JobId(2) && c.job_of(JobId(2)).state == JobState::running));
  CHECK(c.controller->next_wake() == c.now().mono + FreshArrays::quiet);
  for (int second = 0; second < 2; ++second) {
    c.seconds += 1;
    c.submit(alice, c.job());
  }
  CHECK(records(c, id) == "1_[1-2]:PD");
  c.seconds += 1;
  c.submit(alice, c.job());  // batch_sched_delay, 3 seconds, is over
  CHECK(records(c, id) == "1_2:R 1_1:R");
  CHECK(job_name_text(c.job_of(JobId(6))) == "1_1");
}

TEST_CASE("refusals for which the original has a record already leave a gap in the ids") {
  Cluster c;
  SubmitRequest wide = c.job(9);
  CHECK(c.submit(alice, c.job()) == JobId(1));
  wide.spec.resources.cpus_per_task = 9;
  CHECK(c.refused(alice, wide) == Errc::node_config_unavailable);
  CHECK(c.refused(alice, array(c, "1-x")) != Errc::ok);
  CHECK(c.submit(alice, c.job()) == JobId(3));
}

TEST_CASE("an array of four million tasks is one record, and costs what its ranges cost") {
  Cluster c;
  c.config = parsed(std::string(conf) + "MaxArraySize=4000001\n");
  c.boot();
  const JobId id = c.submit(alice, array(c, "0-3999999"));
  CHECK(records(c, id) == "1_[0-3999999]:PD");
  c.ask(alice, verb(JobVerb::cancel, id, "5-3000000"));
  CHECK(records(c, id) == "1_[0-4,3000001-3999999]:PD 1_[5-3000000]:CA");
  c.ask(alice, verb(JobVerb::hold, id, "2"));
  CHECK(records(c, id) == "1_[0-1,3-4,3000001-3999999]:PD 1_[5-3000000]:CA 1_2:PD");
  CHECK((c.reason(JobId(3)) == "JobHeldUser" && c.job_of(id).hold == Hold::none));
}

TEST_CASE("a verb on an array is for all its tasks, a task that it comes too late for does not stop it") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, array(c, "0-3%1"));
  CHECK(c.refused(bob, verb(JobVerb::cancel, id, "1")) == Errc::access_denied);
  c.ask(alice, verb(JobVerb::hold, id));
  CHECK(records(c, id) == "1_[1-3%1]:PD 1_0:R");
  CHECK(c.job_of(id).hold == Hold::user);
  CHECK(c.refused(alice, verb(JobVerb::hold, id, "0")) == Errc::ok);  // held if it comes back
  CHECK(c.refused(alice, verb(JobVerb::cancel, id, "7")) == Errc::invalid_job_id);
  CHECK(c.refused(alice, verb(JobVerb::cancel, JobId(2), "0")) == Errc::invalid_job_id);
  JobVerbRequest hostile = verb(JobVerb::cancel, id);
  for (const IndexSet::Range& range : {IndexSet::Range{0, 3, 0}, IndexSet::Range{3, 0, 1}, IndexSet::Range{0, 3, 2}}) {
    hostile.tasks = *decode<IndexSet>(encode(Forged{{range}}));
    CHECK(c.refused(alice, hostile) == Errc::invalid_job_id);
  }
  c.ask(alice, verb(JobVerb::cancel, id));
  CHECK(records(c, id) == "1_[1-3%1]:CA 1_0:CA");
  CHECK(c.refused(alice, verb(JobVerb::cancel, id)) == Errc::already_done);
}

TEST_CASE("an update changes the tasks that wait, the throttle too") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, array(c, "0-9%1"));
  c.ask(alice, UpdateRequest{"job", "1", {{"ArrayTaskThrottle", "3"}}});
  CHECK(records(c, id) == "1_[3-9%3]:PD 1_0:R 1_1:R 1_2:R");
  c.ask(alice, UpdateRequest{"job", "1_[5-6]", {{"TimeLimit", "2"}}});
  CHECK(records(c, id) == "1_[3-4,7-9%3]:PD 1_0:R 1_1:R 1_2:R 1_[5-6%3]:PD");
  CHECK(c.job_of(JobId(5)).spec->times.limit == TimeLimit::of(Minutes(2)));
  CHECK(c.refused(bob, UpdateRequest{"job", "1_[7-8]", {{"TimeLimit", "2"}}}) == Errc::user_id_missing);
}

TEST_CASE("who waits for an array waits for all its tasks and hears the highest exit code") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, array(c, "0-1"));
  c.ask(alice, WaitRequest{id});
  c.report(1, BatchEnded{{JobId(2), 0}, ExitCode{5, 0}});
  c.report(1, NodeCleared{{JobId(2), 0}});
  c.report(1, BatchEnded{{id, 0}, ExitCode{}});
  const auto answered = [&] {
    return std::any_of(c.out.begin(), c.out.end(),
                       [](const Outgoing& one) { return std::holds_alternative<ClientAnswer>(one.what); });
  };
  CHECK_FALSE(answered());
  c.report(1, NodeCleared{{id, 0}});
  REQUIRE(answered());
  for (const Outgoing& one : c.out)
    if (const auto* answer = std::get_if<ClientAnswer>(&one.what))
      CHECK(std::get<WaitReply>(answer->body).job.job.array->exit_of_tasks == 5);
}

TEST_CASE("the submitted record stays until its array is over, and a controller that restarts knows all of it") {
  Cluster c;
  c.config = parsed(patient_conf());
  c.boot();
  c.all_up();
  const JobId id = c.submit(alice, array(c, "0-1"));
  c.report(1, BatchEnded{{id, 0}, ExitCode{}});
  c.report(1, NodeCleared{{id, 0}});
  c.pass(200);
  CHECK(records(c, id) == "1_1:CD 1_0:R");
  c.boot();
  c.all_up();
  c.report(1, BatchEnded{{JobId(2), 0}, ExitCode{}});
  c.report(1, NodeCleared{{JobId(2), 0}});
  c.pass(200);
  CHECK(records(c, id).empty());
}

TEST_CASE("what is no list of tasks is refused") {
  Cluster c;
  for (const char* text : {"5-1", "abc", "0-5000", "1,2,x", "1001", "0-3:0"})
    CHECK_MESSAGE(c.refused(alice, array(c, text)) == Errc::invalid_array, text);
  CHECK(c.refused(alice, array(c, "1-10%x")) == Errc::ok);
  const JobId id = c.submit(alice, array(c, "[1,2-3,]%2%9"));
  CHECK(records(c, id) == to_string(id) + "_[1-3%2]:PD");
}

TEST_CASE("a part that was split off an array waits for what holds it, and explain finds the part of a task") {
  Cluster c;
  c.all_up();
  SubmitRequest request = array(c, "0-9%2,20");
  request.spec.times.begin = Instant(c.seconds + 1000);
  const JobId id = c.submit(alice, request);
  c.ask(alice, UpdateRequest{"job", to_string(id) + "_3", {{"Nice", "5"}}});
  CHECK(records(c, id) == "1_[0-2,4-9,20%2]:PD 1_3:PD");
  CHECK(c.reason(JobId(2)) == "BeginTime");
  const auto reply = c.ask(alice, ExplainRequest{id, 3});
  const auto* found = std::get_if<ExplainReply>(&reply);
  REQUIRE(found);
  CHECK(found->explanation.job == JobId(2));
  CHECK(found->explanation.name == "1_3");
  CHECK(c.refused(alice, ExplainRequest{id, 11}) == Errc::invalid_job_id);
}
