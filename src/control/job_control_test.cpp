// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What scontrol does to jobs beside hold, release and requeue: the special exit, the delay of a requeued job, nodes
// that are given back, the site's factor.
#include "control/cluster_fixture.h"
#include "core/model/dependency.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

struct With : Cluster {
  explicit With(const std::string& lines) {
    config = parsed(patient_conf() + lines);
    boot();
    all_up();
  }
  Errc update(const Caller& caller, JobId id, std::vector<KeyValue> changes) {
    return refused(caller, UpdateRequest{"job", std::to_string(id.value), std::move(changes)});
  }
  Errc verb(const Caller& caller, JobVerb what, JobId id, bool special = false) {
    JobVerbRequest request{what, id};
    request.special_exit = special;
    return refused(caller, std::move(request));
  }
};

SubmitRequest two_parts(const Cluster& c) {
  SubmitRequest request = c.job();
  request.components.push_back(c.job().spec);
  return request;
}

}  // namespace

TEST_CASE("a job sent back as a special exit is held, and a release lets it go on as any other") {
  With c("");
  const JobId id = c.submit(alice, c.job());
  CHECK(c.verb(alice, JobVerb::requeue_hold, id, true) == Errc::ok);
  CHECK(c.job_of(id).is_special_exit());
  CHECK(c.reason(id) == "job requeued in held state");
  c.report(1, NodeCleared{{id, 0}, ""});
  CHECK(c.job_of(id).is_special_exit());
  CHECK(c.verb(alice, JobVerb::requeue_hold, id, true) == Errc::job_pending);
  CHECK(c.verb(alice, JobVerb::hold, id) == Errc::ok);
  CHECK(c.job_of(id).is_special_exit());
  CHECK(c.verb(alice, JobVerb::release, id) == Errc::ok);
  CHECK(c.job_of(id).state == JobState::running);
  CHECK(c.verb(alice, JobVerb::requeue, id, true) == Errc::ok);
  CHECK(c.reason(id) == "job requeued in special exit state");
}

TEST_CASE("exit codes of RequeueExitHold make a special exit that its owner may release") {
  With c("RequeueExitHold=8\n");
  const JobId id = c.submit(alice, c.job());
  c.report(1, BatchEnded{{id, 0}, ExitCode{8, 0}});
  c.report(1, NodeCleared{{id, 0}, ""});
  CHECK(c.job_of(id).is_special_exit());
  CHECK(c.reason(id) == "JobHeldUser");
  CHECK(c.verb(alice, JobVerb::release, id) == Errc::ok);
  CHECK(c.job_of(id).state == JobState::running);
}

TEST_CASE("--requeue=expedite: a script that fails starts again before all others, on nodes kept for it") {
  With c("");
  std::string text = patient_conf();
  text.replace(text.find("batch_sched_delay=0"), 19, "batch_sched_delay=0,requeue_delay=60");
  c.begin_with(text);
  c.all_up();
  SubmitRequest two = c.job(2);
  two.spec.placement.sharing = Sharing::exclusive;
  two.spec.policy.requeue_expedite = true;
  const JobId id = c.submit(alice, two);
  SubmitRequest all = c.job(4);
  all.spec.policy.priority = 4'000'000'000;
  const JobId wide = c.submit(admin, all);
  c.report(1, BatchEnded{{id, 0}, ExitCode{1, 0}});
  CHECK(c.job_of(id).is_expediting());
  c.report(1, NodeCleared{{id, 0}, ""});
  SubmitRequest small = c.job();
  small.spec.placement.nodes_required = "n1";
  const JobId other = c.submit(bob, small);
  CHECK(c.job_of(other).state == JobState::pending);  // though n1 is clear
  CHECK(view_of(*c.controller->publish(), c.job_of(id)).priority == UINT32_MAX - 2);
  c.report(2, NodeCleared{{id, 0}, ""});
  CHECK(c.job_of(id).state == JobState::running);
  CHECK(c.job_of(id).restarts == 1);
  CHECK(c.job_of(id).allocation->shares.front().node == NodeIndex(0));
  CHECK(c.job_of(wide).state == JobState::pending);
  c.report(1, BatchEnded{{id, 1}, ExitCode{}});
  CHECK(c.job_of(id).state == JobState::completed);
}

TEST_CASE("--requeue=expedite: a lost node sends the job back at once, and a hold gives its nodes to others") {
  With c("");
  SubmitRequest two = c.job(2);
  two.spec.placement.sharing = Sharing::exclusive;
  two.spec.policy.requeue_expedite = true;
  two.spec.policy.requeue = true;
  two.spec.placement.nodes_required = "n1,n2";
  const JobId id = c.submit(alice, two);
  CHECK(c.refused(admin, UpdateRequest{"node", "n2", {{"State", "DOWN"}, {"Reason", "gone"}}}) == Errc::ok);
  CHECK(c.job_of(id).is_expediting());
  c.report(1, NodeCleared{{id, 0}, ""});
  SubmitRequest small = c.job();
  small.spec.placement.nodes_required = "n1";
  const JobId other = c.submit(bob, small);
  CHECK(c.job_of(other).state == JobState::pending);
  c.boot();  // the log says the same
  CHECK(c.job_of(id).is_expediting());
  c.all_up();
  CHECK(c.verb(alice, JobVerb::hold, id) == Errc::ok);
  CHECK_FALSE(c.job_of(id).is_expediting());
  CHECK(c.job_of(other).state == JobState::running);
}

TEST_CASE("requeued, cancelled and requeued again: a node that is not clear yet is told of the life that it has") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, c.job());
  REQUIRE(c.job_of(id).state == JobState::running);
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::requeue, id}) == Errc::ok);
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::cancel, id}) == Errc::ok);
  CHECK(c.refused(admin, JobVerbRequest{JobVerb::requeue, id}) == Errc::ok);
  for (const auto& [session, order] : c.orders<EndJob>()) CHECK(order.job == Incarnation{id, 0});
  CHECK(c.job_of(id).life_on_nodes() == 0);
  c.boot();
  CHECK(c.job_of(id).life_on_nodes() == 0);
}

TEST_CASE("requeue_delay: a job that went back to the queue waits so long") {
  With c("");
  std::string text = patient_conf();
  text.replace(text.find("batch_sched_delay=0"), 19, "batch_sched_delay=0,requeue_delay=60");
  c.begin_with(text);
  c.all_up();
  const JobId id = c.submit(alice, c.job());
  CHECK(c.verb(alice, JobVerb::requeue, id) == Errc::ok);
  c.report(1, NodeCleared{{id, 0}, ""});
  CHECK(c.job_of(id).times.submitted == Instant(c.seconds));
  CHECK(c.job_of(id).times.eligible == Instant(c.seconds + 60));
  CHECK(c.reason(id) == "BeginTime");
  c.pass(59);
  CHECK(c.job_of(id).state == JobState::pending);
  c.pass(1);
  CHECK(c.job_of(id).state == JobState::running);
}

TEST_CASE("a job that runs gives nodes back: its first ones stay, and nobody gets the others before they are clear") {
  With c("");
  SubmitRequest wide = c.job(4);
  wide.spec.placement.sharing = Sharing::exclusive;
  const JobId id = c.submit(alice, wide), next = c.submit(bob, c.job(1));
  REQUIRE(c.job_of(id).allocation->shares.size() == 4);
  CHECK(c.update(alice, id, {{"NumNodes", "5"}}) == Errc::not_supported);
  CHECK(c.update(alice, id, {{"NodeList", "n[2-3]"}}) == Errc::error);  // the script's node
  CHECK(c.update(alice, id, {{"NodeList", "n1,n9"}}) == Errc::invalid_node_name);
  CHECK(c.update(alice, id, {{"NumNodes", "4"}}) == Errc::ok);
  CHECK_FALSE(c.job_of(id).times.resized);
  CHECK(c.update(alice, id, {{"NumNodes", "3"}}) == Errc::ok);
  REQUIRE(c.orders<EndJob>().size() == 1);
  CHECK(c.orders<EndJob>()[0].first == 4);
  CHECK(c.job_of(id).allocation->shares.size() == 3);
  CHECK(c.job_of(id).times.resized == Instant(c.seconds));
  CHECK(c.node(4).use.cpus == 0);
  CHECK(c.node(4).use.jobs == 0);
  CHECK(c.job_of(next).state == JobState::pending);
  c.report(4, NodeCleared{{id, 0}, ""});
  CHECK(c.job_of(next).allocation->shares.front().node == NodeIndex(3));
  CHECK(c.job_of(id).state == JobState::running);
  CHECK(c.update(alice, id, {{"NodeList", "n[1,3]"}}) == Errc::ok);
  CHECK(c.node(2).use.cpus == 0);
  CHECK(c.job_of(id).unfinished == std::vector<NodeIndex>{NodeIndex(0), NodeIndex(2)});
  c.boot();  // the log says the same
  CHECK(c.job_of(id).allocation->shares.size() == 2);
}

TEST_CASE("steps lose the nodes that their job gives back; disable_job_shrink forbids it") {
  With c("");
  const JobId id = c.submit(alice, c.job(2));
  StepRequest step;
  step.job = id;
  step.command.arguments = {"hostname"};
  const ClientReply made = c.ask(alice, step);
  REQUIRE(std::holds_alternative<StepReply>(made));
  CHECK(c.update(alice, id, {{"NumNodes", "1"}}) == Errc::ok);
  REQUIRE(c.job_of(id).steps.size() == 1);
  CHECK(c.job_of(id).steps[0].unfinished == std::vector<NodeIndex>{NodeIndex(0)});

  std::string text = patient_conf();
  text.replace(text.find("batch_sched_delay=0"), 19, "batch_sched_delay=0,disable_job_shrink");
  c.begin_with(text);
  c.all_up();
  const JobId other = c.submit(alice, c.job(2));
  CHECK(c.update(alice, other, {{"NumNodes", "1"}}) == Errc::not_supported);
}

TEST_CASE("SiteFactor is an administrator's, and counts for the priority as it is") {
  With c("PriorityType=priority/multifactor\nPriorityWeightPartition=1000\n");
  SubmitRequest wide = c.job(4);
  wide.spec.placement.sharing = Sharing::exclusive;
  c.submit(alice, wide);
  const JobId id = c.submit(alice, wide);
  CHECK(c.update(alice, id, {{"SiteFactor", "500"}}) == Errc::access_denied);
  CHECK(c.update(admin, id, {{"SiteFactor", "much"}}) == Errc::error);
  CHECK(c.update(admin, id, {{"SiteFactor", "500"}}) == Errc::ok);
  c.pass(1);
  const auto reply = c.ask(alice, PrioritiesRequest{});
  const auto& rows = std::get<PrioritiesReply>(reply).rows;
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].terms.site == 500);
  CHECK(rows[0].terms.priority == 1500);
  CHECK(c.update(admin, id, {{"SiteFactor", "-70"}}) == Errc::ok);
  CHECK(view_of(*c.controller->publish(), c.job_of(id)).priority == 930);
}

TEST_CASE("sprio tells of those alone that could start: no begin time to come, no dependency") {
  With c("PriorityType=priority/multifactor\n");
  SubmitRequest wide = c.job(4), late = c.job(), dependent = c.job();
  wide.spec.placement.sharing = Sharing::exclusive;
  c.submit(alice, wide);
  const JobId waiting = c.submit(alice, wide);
  late.spec.times.begin = Instant(c.seconds + 50);
  c.submit(alice, late);
  dependent.spec.labels.dependency = "afterok:1";
  c.submit(alice, dependent);
  const auto told = [&] { return std::get<PrioritiesReply>(c.ask(alice, PrioritiesRequest{})).rows; };
  REQUIRE(told().size() == 1);
  CHECK(told()[0].job == waiting);
  c.pass(60);
  CHECK(told().size() == 2);
}

TEST_CASE("ResetAccrueTime lets the age of a job that waits begin anew") {
  With c("");
  SubmitRequest wide = c.job(4);
  wide.spec.placement.sharing = Sharing::exclusive;
  const JobId running = c.submit(alice, wide), id = c.submit(alice, wide);
  c.pass(30);
  CHECK(c.update(alice, id, {{"ResetAccrueTime", ""}}) == Errc::ok);
  CHECK(c.job_of(id).times.accrual.since == Instant(c.seconds));
  CHECK(c.update(alice, running, {{"ResetAccrueTime", ""}}) == Errc::job_not_pending);
}

TEST_CASE("a component that is named alone is what is waited for, and what is released") {
  With c("");
  SubmitRequest held = two_parts(c);
  held.spec.policy.hold = held.components[0].policy.hold = true;
  const JobId first = c.submit(alice, held);
  JobVerbRequest release{JobVerb::release, JobId(first.value + 1)};
  release.leader = first;
  CHECK(c.refused(alice, release) == Errc::ok);
  CHECK(c.job_of(JobId(first.value + 1)).hold == Hold::none);
  CHECK(c.job_of(first).hold == Hold::user);
  CHECK(c.job_of(JobId(first.value + 1)).state == JobState::pending);
  SubmitRequest after = c.job();
  after.spec.labels.dependency = "afterany:1+1";
  const JobId dependent = c.submit(alice, after);
  CHECK(dependencies_text(c.job_of(dependent).dependencies) == "afterany:1+1(unfulfilled)");
  after.spec.labels.dependency = "afterany:1+2";  // the dependent job itself: no component of 1
  CHECK(c.refused(alice, after) == Errc::dependency);
  CHECK(c.verb(alice, JobVerb::cancel, first) == Errc::ok);
  CHECK(c.job_of(dependent).state == JobState::running);
}

TEST_CASE("scontrol shutdown ends the slurmds as well, unless slurmctld alone is meant") {
  With c("");
  c.ask(admin, DaemonRequest{DaemonVerb::shutdown});
  CHECK(c.orders<Shutdown>().empty());
  c.ask(admin, DaemonRequest{DaemonVerb::shutdown, true});
  CHECK(c.orders<Shutdown>().size() == 4);
  CHECK(c.refused(alice, DaemonRequest{DaemonVerb::shutdown, true}) == Errc::user_id_missing);
}

TEST_CASE("max_submit_line_size bounds the command line that a job keeps") {
  With c("");
  std::string text = patient_conf();
  text.replace(text.find("batch_sched_delay=0"), 19, "batch_sched_delay=0,max_submit_line_size=20");
  c.begin_with(text);
  SubmitRequest request = c.job();
  request.spec.labels.submit_line = "sbatch --wrap a_long_command";
  CHECK(c.refused(alice, request) == Errc::pathname_too_long);
  request.spec.labels.submit_line = "sbatch job.sh";
  CHECK(c.refused(alice, request) == Errc::ok);
}

TEST_CASE("scontrol update of a job that runs: what it takes and what it is too late for") {
  With c("Licenses=matlab:4\n");
  const JobId id = c.submit(alice, c.job());
  REQUIRE(c.job_of(id).state == JobState::running);
  CHECK(c.update(alice, id, {{"Account", "other"}}) == Errc::job_not_pending);
  CHECK(c.update(alice, id, {{"ExcNodeList", "n2"}}) == Errc::job_not_pending);
  CHECK(c.update(alice, id, {{"MinMemoryNode", "10"}}) == Errc::job_not_pending);
  CHECK(c.update(admin, id, {{"Priority", "500"}}) == Errc::ok);
  CHECK(c.job_of(id).priority == 500u);
  CHECK(c.update(alice, id, {{"Licenses", "matlab:9"}}) == Errc::invalid_licenses);
  CHECK(c.update(alice, id, {{"Licenses", "matlab:3"}}) == Errc::ok);
  CHECK(std::get<LicensesReply>(c.ask(admin, LicensesRequest{})).licenses.front().used == 3);
  CHECK(c.update(alice, id, {{"Clusters", "x"}}) == Errc::error);
  CHECK(c.update(alice, id, {{"wait-for-switch", "60"}}) == Errc::ok);
  CHECK(c.job_of(id).spec->placement.switches_wait == Seconds(60));
}

TEST_CASE("a job tells how long it waits for switches: as long as it asks, and no longer than max_switch_wait") {
  With c("");
  std::string text = patient_conf();
  text.replace(text.find("batch_sched_delay=0"), 19, "batch_sched_delay=0,max_switch_wait=60");
  c.begin_with(text);
  SubmitRequest request = c.job();
  request.spec.policy.hold = true;
  request.spec.placement.switches = 1;
  const JobId usual = c.submit(alice, request);
  CHECK(c.job_of(usual).spec->placement.switches_wait == Seconds(60));
  request.spec.placement.switches_wait = Seconds(30);
  const JobId less = c.submit(alice, request);
  CHECK(c.job_of(less).spec->placement.switches_wait == Seconds(30));
  CHECK(c.update(alice, less, {{"Switches", "2@10:00"}}) == Errc::ok);
  CHECK(c.job_of(less).spec->placement.switches_wait == Seconds(60));
}

TEST_CASE("nobody but an operator lifts the hold of an administrator") {
  With c("");
  SubmitRequest request = c.job();
  request.spec.times.begin = Instant(c.seconds + 1000);
  const JobId id = c.submit(alice, request);
  CHECK(c.refused(admin, JobVerbRequest{JobVerb::hold, id}) == Errc::ok);
  for (const JobVerb verb : {JobVerb::hold, JobVerb::user_hold, JobVerb::requeue_hold}) {
    CHECK(c.refused(alice, JobVerbRequest{verb, id}) == Errc::ok);
    CHECK(c.reason(id) == "JobHeldAdmin");
  }
  CHECK(c.update(alice, id, {{"Priority", "0"}}) == Errc::ok);
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::release, id}) == Errc::access_denied);
  CHECK(c.update(alice, id, {{"Priority", "77"}}) == Errc::access_denied);
  CHECK(c.refused(admin, JobVerbRequest{JobVerb::user_hold, id}) == Errc::ok);
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::release, id}) == Errc::ok);
  CHECK(c.job_of(id).hold == Hold::none);
  CHECK(c.update(admin, id, {{"Priority", "0"}}) == Errc::ok);
  CHECK(c.reason(id) == "JobHeldAdmin");
}

TEST_CASE("a held job may be given a deadline and then less time") {
  With c("");
  SubmitRequest request = c.job();
  request.spec.policy.hold = true;
  request.spec.times.limit = TimeLimit::of(Minutes(10));
  const JobId id = c.submit(alice, request);
  CHECK(c.update(admin, id, {{"Deadline", std::to_string(c.seconds + 300)}}) == Errc::ok);
  c.pass(2);
  CHECK(c.job_of(id).state == JobState::pending);
  CHECK(c.update(alice, id, {{"TimeLimit", "3"}}) == Errc::ok);
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::release, id}) == Errc::ok);
  CHECK(c.job_of(id).state == JobState::running);
}

TEST_CASE("scontrol update of a job that waits: a user gets no more time than the partition gives") {
  With c("");
  SubmitRequest waits = c.job();
  waits.spec.times.limit = TimeLimit::of(Minutes(30));
  waits.spec.policy.hold = true;
  const JobId id = c.submit(alice, waits);
  CHECK(c.update(alice, id, {{"TimeLimit", "60"}}) == Errc::ok);
  CHECK(c.update(alice, id, {{"TimeLimit", "61"}}) == Errc::access_denied);
  CHECK(c.update(alice, id, {{"TimeMin", "70"}}) == Errc::invalid_time_min);
  CHECK(c.update(admin, id, {{"TimeLimit", "2-0"}}) == Errc::ok);
  CHECK(c.update(alice, id, {{"TimeLimit", "1-0"}}) == Errc::ok);  // less than before
  CHECK(c.job_of(id).spec->times.limit == TimeLimit::of(Minutes(1440)));
}

TEST_CASE("a job that was cancelled goes back to the queue while its nodes are still being cleared") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, c.job());
  REQUIRE(c.ask(alice, JobVerbRequest{JobVerb::cancel, id}).index() != 0);
  REQUIRE(c.job_of(id).completing());
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::requeue, id}) == Errc::ok);
  CHECK(c.job_of(id).state == JobState::pending);
  c.pass(5);
  CHECK(c.job_of(id).state == JobState::pending);  // the nodes of its life before are not clear
  c.report(1, NodeCleared{{id, 0}, {}});
  c.pass(1);
  CHECK(c.job_of(id).state == JobState::running);
  CHECK(c.job_of(id).restarts == 1);
}
