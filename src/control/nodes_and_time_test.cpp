// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Suspended jobs, reservations, nodes that are switched off, reboots and triggers, as the controller has them.
#include <doctest/doctest.h>

#include "control/cluster_fixture.h"
#include "control/inputs.h"
#include "core/model/node_state.h"
#include "core/text/words.h"
#include "core/trigger/trigger_event.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

JobVerbRequest verb(JobVerb what, JobId job) { return {what, job, {}, 0, false}; }

UpdateRequest reservation(const Cluster& c, const std::string& name, std::vector<KeyValue> keys) {
  keys.push_back({"StartTime", std::to_string(c.seconds)});
  keys.push_back({"Duration", "60"});
  return {"reservation", name, std::move(keys), UpdateVerb::create};
}

std::vector<std::string> programs(const Cluster& c) {
  std::vector<std::string> words;
  for (const Outgoing& one : c.out)
    if (const auto* program = std::get_if<SiteProgram>(&one.what)) words.push_back(join(program->words, " "));
  return words;
}

}  // namespace

TEST_CASE("a suspended job gives its CPUs back, and its time limit stands still") {
  Cluster c;
  c.all_up();
  const JobId job = c.submit(alice, c.job());
  const Instant limit = *c.job_of(job).times.limit_at;
  CHECK(c.refused(alice, verb(JobVerb::suspend, job)) == Errc::access_denied);
  c.pass(20);
  CHECK(c.refused(admin, verb(JobVerb::suspend, job)) == Errc::ok);
  REQUIRE(c.orders<SuspendJob>().size() == 1);
  CHECK(c.job_of(job).state == JobState::suspended);
  CHECK(c.node(1).use.cpus == 0);
  CHECK(c.node(1).use.suspended_jobs == 1);
  c.pass(5);
  CHECK(c.refused(admin, verb(JobVerb::resume, job)) == Errc::ok);
  CHECK(*c.job_of(job).times.limit_at == limit + Seconds(5));
  CHECK(run_time(c.job_of(job).times, false, Instant(c.seconds)) == Seconds(20));
  CHECK(c.node(1).use.jobs == 1);
  CHECK(c.refused(admin, verb(JobVerb::resume, job)) == Errc::job_not_suspended);
}

TEST_CASE("CPUs that were given to another meanwhile are shared until one of the two ends") {
  Cluster c;
  c.all_up();
  SubmitRequest whole = c.job(4);
  whole.spec.resources.cpus_per_task = 4;
  const JobId first = c.submit(alice, whole);
  c.ask(admin, verb(JobVerb::suspend, first));
  const JobId second = c.submit(alice, whole);
  CHECK(c.job_of(second).state == JobState::running);
  c.ask(admin, verb(JobVerb::resume, first));
  CHECK(c.node(1).use.cpus == 4);
  c.ask(alice, verb(JobVerb::cancel, second));
  for (std::uint64_t node = 1; node <= 4; ++node) c.report(node, NodeCleared{{second, 0}, ""});
  CHECK(c.node(1).use.cpus == 4);
  c.ask(alice, verb(JobVerb::cancel, first));
  for (std::uint64_t node = 1; node <= 4; ++node) c.report(node, NodeCleared{{first, 0}, ""});
  CHECK(c.node(1).use.cpus == 0);
  CHECK(c.node(1).use.cpus_shared.empty());
}

TEST_CASE(
    "reservations: PART_NODES is all of a partition, users and groups exclude one another, Skip goes to the next day") {
  Cluster c;
  c.config = parsed(patient_conf());
  c.boot();
  c.all_up();
  const auto refused = [&](std::vector<KeyValue> keys) {
    return c.refused(admin, reservation(c, "bad", std::move(keys)));
  };
  CHECK(refused({{"NodeCnt", "1"}, {"Flags", "PART_NODES"}, {"Users", "alice"}}) == Errc::error);
  CHECK(refused({{"Nodes", "ALL"}, {"Flags", "PART_NODES"}, {"Users", "alice"}}) == Errc::error);
  CHECK(refused({{"Nodes", "n1"}, {"Flags", "REPLACE"}, {"Users", "alice"}}) == Errc::invalid_node_name);
  CHECK(refused({{"Nodes", "n1"}, {"Users", "alice"}, {"Groups", "staff"}}) == Errc::error);
  c.ask(admin, reservation(c, "r", {{"Nodes", "n1"}, {"Users", "alice"}, {"Flags", "DAILY"}}));
  const Instant before = c.controller->state().find_reservation("r")->times.start;
  c.ask(admin, UpdateRequest{"reservation", "r", {{"Skip", ""}}});
  CHECK(c.controller->state().find_reservation("r")->times.start == before + Seconds(24 * 3600));
  CHECK(c.refused(admin, UpdateRequest{"reservation", "r", {{"Groups", "staff"}}}) == Errc::error);
}

TEST_CASE("a MAGNETIC reservation draws jobs in, and they show it") {
  Cluster c;
  c.config = parsed(patient_conf());
  c.boot();
  c.all_up();
  c.ask(admin, reservation(c, "magnet", {{"Nodes", "n2"}, {"Users", "alice"}, {"Flags", "MAGNETIC"}}));
  const JobId drawn = c.submit(alice, c.job());
  CHECK(c.job_of(drawn).allocation->shares.front().node == NodeIndex(1));
  CHECK(reservation_of(c.job_of(drawn)) == "magnet");
}

TEST_CASE("an update of a reservation looks for overlaps as its creation does") {
  Cluster c;
  c.begin_with(patient_conf());
  c.all_up();
  const auto at = [&](int hours) { return std::to_string(c.seconds + hours * 3600); };
  const auto later = [&](const std::string& name, int hours, const std::string& nodes) {
    std::vector<KeyValue> keys{{"StartTime", at(hours)}, {"Duration", "60"}, {"Nodes", nodes}, {"Users", "alice"}};
    c.ask(admin, UpdateRequest{"reservation", name, std::move(keys), UpdateVerb::create});
  };
  const auto changed = [&](const std::string& name, std::vector<KeyValue> keys) {
    return c.refused(admin, UpdateRequest{"reservation", name, std::move(keys)});
  };
  later("o1", 1, "n[1-2]");
  later("o2", 3, "n[1-2]");
  CHECK(changed("o1", {{"Duration", "180"}}) == Errc::reservation_overlap);
  CHECK(changed("o1", {{"EndTime", at(4)}}) == Errc::reservation_overlap);
  CHECK(changed("o1", {{"StartTime", at(3)}}) == Errc::reservation_overlap);
  CHECK(changed("o1", {{"Duration", "120"}}) == Errc::ok);
  CHECK(changed("o1", {{"StartTime", at(3)}, {"EndTime", at(4)}, {"Nodes", "n3"}}) == Errc::ok);
  CHECK(changed("o1", {{"Nodes", "n2"}}) == Errc::reservation_overlap);
  CHECK(changed("o2", {{"Flags", "OVERLAP"}}) == Errc::ok);
  CHECK(changed("o1", {{"Nodes", "n2"}}) == Errc::ok);
}

TEST_CASE("names of a reservation that are kept out: += lets them in again, -= forgets them, no list is mixed") {
  Cluster c;
  c.begin_with(patient_conf());
  c.all_up();
  c.ask(admin, reservation(c, "r", {{"Nodes", "n1"}, {"Users", "-alice,-bob"}}));
  const auto changed = [&](const std::string& key, const std::string& value) {
    return c.refused(admin, UpdateRequest{"reservation", "r", {{key, value}}});
  };
  const auto users = [&] { return c.controller->state().find_reservation("r")->access.users; };
  CHECK(changed("Users+", "carol") == Errc::ok);
  CHECK(users() == NameRule{{"alice", "bob"}, true});
  CHECK(changed("Users+", "alice") == Errc::ok);
  CHECK(users() == NameRule{{"bob"}, true});
  CHECK(changed("Users-", "bob") == Errc::error);  // it would be for nobody
  CHECK(changed("Users", "alice,-bob") == Errc::user_id_missing);
  CHECK(changed("Users+", "-alice") == Errc::user_id_missing);
  CHECK(changed("Users", "alice,bob") == Errc::ok);
  CHECK(changed("Users", "-bob,+carol") == Errc::ok);
  CHECK(users() == NameRule{{"alice", "carol"}, false});
  CHECK(changed("Users-", "alice") == Errc::ok);
  CHECK(users() == NameRule{{"carol"}, false});
  CHECK(changed("Accounts", "phys,-chem") == Errc::invalid_account);
}

TEST_CASE("a job may be longer than its reservation, and ends with it") {
  Cluster c;
  c.config = parsed(patient_conf());
  c.boot();
  c.all_up();
  CHECK(c.refused(admin, UpdateRequest{"reservation",
                                       "r",
                                       {{"Nodes", "n1"}, {"Users", "alice"}, {"StartTime", "10000"}},
                                       UpdateVerb::create}) == Errc::error);  // neither Duration nor EndTime
  c.ask(admin, reservation(c, "r", {{"Nodes", "n1"}, {"Users", "alice"}}));
  SubmitRequest request = c.job();
  request.spec.labels.reservation = "r";
  request.spec.times.limit = Limit<Minutes>::of(Minutes(59));
  c.pass(10 * 60);
  const JobId job = c.submit(alice, request);
  CHECK(c.job_of(job).state == JobState::running);
  CHECK(c.refused(admin, UpdateRequest{"reservation", "r", {}, UpdateVerb::remove}) == Errc::reservation_busy);
  c.pass(49 * 60);
  CHECK(c.job_of(job).state == JobState::running);
  c.pass(61);
  CHECK(c.job_of(job).state == JobState::timeout);
  CHECK(c.refused(admin, UpdateRequest{"reservation", "r", {{"Users", ""}}, UpdateVerb::change}) != Errc::ok);
}

TEST_CASE("a node that comes back is told that its job is suspended") {
  Cluster c;
  c.all_up();
  const JobId job = c.submit(alice, c.job());
  c.ask(admin, verb(JobVerb::suspend, job));
  c.hello(1, {{job, 0}});
  REQUIRE(c.orders<SuspendJob>().size() == 1);
  CHECK(!c.orders<SuspendJob>()[0].second.resume);
}

TEST_CASE("a reservation keeps others off its nodes and lets its users in") {
  Cluster c;
  c.begin_with(patient_conf());
  c.all_up();
  const auto made = c.ask(admin, reservation(c, "", {{"Nodes", "n[1-4]"}, {"Users", "alice"}}));
  REQUIRE(std::holds_alternative<ReservationsReply>(made));
  CHECK(std::get<ReservationsReply>(made).reservations[0].reservation.name == "alice_1");
  CHECK(c.refused(bob, reservation(c, "r", {{"Nodes", "n1"}, {"Users", "bob"}})) == Errc::access_denied);
  CHECK(c.refused(admin, reservation(c, "r", {{"Nodes", "n1"}, {"Users", "bob"}})) == Errc::reservation_overlap);
  const JobId outside = c.submit(bob, c.job());
  CHECK(c.reason(outside) == "ReqNodeNotAvail, May be reserved for other job");
  SubmitRequest asks = c.job();
  asks.spec.labels.reservation = "alice_1";
  CHECK(c.refused(bob, asks) == Errc::reservation_access);
  const JobId inside = c.submit(alice, asks);
  CHECK(c.job_of(inside).state == JobState::running);
  c.pass(3600);  // over, but for the job that still runs in it
  c.ask(alice, verb(JobVerb::cancel, inside));
  c.pass(1);
  CHECK(c.controller->state().reservations().empty());
  CHECK(c.job_of(outside).state == JobState::running);
}

TEST_CASE("a job switches a cloud node on, and is launched when it has come") {
  Cluster c;
  c.begin_with(std::string(conf) +
               "NodeName=c1 CPUs=4 RealMemory=1000 State=CLOUD\nPartitionName=cloud Nodes=c1\n"
               "ResumeProgram=/resume\nResumeTimeout=100\n");
  c.all_up();
  CHECK(c.node(5).power.phase == PowerPhase::down);
  SubmitRequest request = c.job();
  request.spec.placement.partitions = {"cloud"};
  const JobId job = c.submit(alice, request);
  CHECK(c.job_of(job).preparing);
  CHECK(c.orders<LaunchBatch>().empty());
  c.pass(1);
  CHECK(programs(c) == std::vector<std::string>{"/resume c1"});
  c.pass(40);  // its silence is no fault
  CHECK(c.node(5).condition.base == NodeBase::up);
  NodeRegistration registration;
  registration.shape.cpus = 4;
  registration.shape.memory = MebiBytes(2000);
  c.report(5, NodeHello{"c1", registration, {}, {}});
  CHECK(!c.job_of(job).preparing);
  CHECK(c.orders<LaunchBatch>().size() == 1);
  CHECK(c.node(5).power.phase == PowerPhase::on);
}

namespace {

std::string cloud_conf(const std::string& nodes) {
  return patient_conf() + "NodeName=" + nodes +
         " CPUs=4 RealMemory=1000 State=CLOUD\nPartitionName=cloud Nodes=" + nodes +
         "\nResumeProgram=/resume\nSuspendProgram=/suspend\nResumeFailProgram=/fail\nResumeTimeout=8\n" +
         "SuspendTimeout=3\nSuspendTime=INFINITE\n";
}

JobId cloud_job(Cluster& c, std::uint32_t nodes, bool requeue, const std::string& on = "") {
  SubmitRequest request = c.job(nodes);
  request.spec.placement.partitions = {"cloud"};
  request.spec.placement.nodes_required = on;
  request.spec.policy.requeue = requeue;
  request.spec.policy.batch = true;
  return c.submit(alice, request);
}

std::vector<std::string> programs_of(Cluster& c, int seconds) {
  std::vector<std::string> all;
  for (int i = 0; i < seconds; ++i) {
    c.pass(1);
    for (std::string& one : programs(c)) all.push_back(std::move(one));
  }
  return all;
}

void order_state(Cluster& c, const std::string& node, const std::string& state) {
  CHECK(c.refused(admin, UpdateRequest{"node", node, {{"State", state}, {"Reason", "x"}}}) == Errc::ok);
}

NodeHello hello_of(const std::string& name) {
  NodeRegistration registration;
  registration.shape.cpus = 4;
  registration.shape.memory = MebiBytes(2000);
  return {name, registration, {}, {}};
}

}  // namespace

TEST_CASE("a cloud node that has not come in time is off and DOWN, and after RESUME the next job boots it") {
  Cluster c;
  c.begin_with(cloud_conf("c[1-2]"));
  c.all_up();
  const JobId job = cloud_job(c, 2, false);
  CHECK(programs_of(c, 12) == std::vector<std::string>{"/resume c[1-2]", "/fail c[1-2]"});
  CHECK(c.job_of(job).state == JobState::node_fail);
  CHECK(node_state_complete(c.node(5)) == "DOWN+CLOUD+NOT_RESPONDING+POWERED_DOWN");
  CHECK(node_state_compact_text(c.node(5)) == "down~");
  const auto told = std::count_if(c.log.begin(), c.log.end(), [](const Record& record) {
    const auto* set = std::get_if<NodeConditionSet>(&record.event);
    return set && set->node == NodeIndex(4);
  });
  CHECK(told == 1);
  order_state(c, "c1", "RESUME");
  CHECK(node_state_compact_text(c.node(5)) == "idle~");
  const JobId next = cloud_job(c, 1, false, "c1");
  CHECK(programs_of(c, 2) == std::vector<std::string>{"/resume c1"});
  CHECK(c.job_of(next).preparing);
  c.report(5, hello_of("c1"));
  CHECK(c.orders<LaunchBatch>().size() == 1);
  CHECK(node_state_compact_text(c.node(5)) == "mix");
}

TEST_CASE(
    "a job that goes while its cloud nodes boot was never there: it is over at once, and one that is requeued waits "
    "on") {
  Cluster c;
  c.begin_with(cloud_conf("c[1-2]"));
  c.all_up();
  const JobId gone = cloud_job(c, 2, false);
  c.pass(1);
  REQUIRE(c.job_of(gone).preparing);
  c.ask(alice, verb(JobVerb::cancel, gone));
  CHECK((c.job_of(gone).state == JobState::cancelled && !c.job_of(gone).completing()));
  CHECK(node_state_compact_text(c.node(5)) == "idle#");
  const JobId again = cloud_job(c, 1, true, "c1");
  c.pass(1);
  REQUIRE(c.job_of(again).preparing);
  c.ask(alice, verb(JobVerb::requeue, again));
  c.pass(1);
  CHECK((c.job_of(again).state == JobState::running && c.job_of(again).preparing));
  CHECK(c.job_of(again).restarts == 1);
  c.report(5, hello_of("c1"));
  CHECK(c.orders<LaunchBatch>().size() == 1);
  CHECK(node_state_compact_text(c.node(5)) == "mix");
}

TEST_CASE("POWER_UP tries the boot of a node that is DOWN again, which then comes back as ReturnToService says") {
  Cluster c;
  c.begin_with(cloud_conf("c[1-2]"));
  c.all_up();
  cloud_job(c, 2, false);
  programs_of(c, 12);
  order_state(c, "c2", "POWER_UP");
  CHECK(node_state_compact_text(c.node(6)) == "down#");
  CHECK(!c.node(6).condition.reason);
  CHECK(programs_of(c, 2) == std::vector<std::string>{"/resume c2"});
  c.report(6, hello_of("c2"));
  CHECK(node_state_compact_text(c.node(6)) == "idle");
}

TEST_CASE("POWER_DOWN of a busy node is taken back by RESUME, and a node with jobs does not become FUTURE") {
  Cluster c;
  c.begin_with(cloud_conf("c1"));
  c.all_up();
  cloud_job(c, 1, false);
  c.report(5, hello_of("c1"));
  order_state(c, "c1", "POWER_DOWN_ASAP");
  CHECK(node_state_compact_text(c.node(5)) == "mix!");
  order_state(c, "c1", "RESUME");
  CHECK(node_state_compact_text(c.node(5)) == "mix");
  const UpdateRequest future{"node", "c1", {{"State", "FUTURE"}}};
  CHECK(c.refused(admin, future) == Errc::invalid_node_state);
}

TEST_CASE("what a node had of jobs is over when it is off, and holds up nobody while it does not answer") {
  Cluster c;
  c.begin_with(cloud_conf("c1"));
  c.all_up();
  cloud_job(c, 1, false);
  c.report(5, hello_of("c1"));
  REQUIRE(node_state_compact_text(c.node(5)) == "mix");
  order_state(c, "c1", "DOWN");  // its job is given up, and may still run there
  order_state(c, "c1", "RESUME");
  c.pass(2);
  CHECK(node_state_compact_text(c.node(5)) == "comp");
  c.controller->begin(c.now());
  c.controller->closed(SessionId(5));
  c.settle();
  order_state(c, "c1", "DOWN");
  order_state(c, "c1", "RESUME");
  CHECK(node_state_compact_text(c.node(5)) == "idle*");
  order_state(c, "c1", "POWER_DOWN");
  CHECK(programs_of(c, 6) == std::vector<std::string>{"/suspend c1"});
  CHECK(node_state_compact_text(c.node(5)) == "idle~");
  cloud_job(c, 1, false);
  CHECK(programs_of(c, 2) == std::vector<std::string>{"/resume c1"});
}

TEST_CASE("DownNodes= and State= of slurm.conf keep jobs away, also from CLOUD nodes, until the node is resumed") {
  Cluster c;
  std::string text = cloud_conf("c[1-3]");
  text.replace(text.find("NodeName=n4 "), 12, "NodeName=n4 State=DRAIN Reason=own ");
  c.begin_with(text +
               "DownNodes=c1,n1 State=DOWN Reason=\"broken disk\"\nDownNodes=c2 State=DRAIN Reason=fan\n"
               "DownNodes=n2 State=FAIL Reason=soon\n");
  c.all_up();
  const auto shown = [&](std::uint32_t node) {
    const auto& reason = c.node(node).condition.reason;
    return node_state_complete(c.node(node)) + (reason ? " " + reason->text : "");
  };
  CHECK(shown(5) == "DOWN+CLOUD+POWERED_DOWN broken disk");
  CHECK(shown(6) == "IDLE+CLOUD+DRAIN+POWERED_DOWN fan");
  CHECK(shown(7) == "IDLE+CLOUD+POWERED_DOWN");
  CHECK(shown(1) == "DOWN broken disk");
  CHECK(shown(2) == "IDLE+FAIL soon");
  CHECK(shown(4) == "IDLE+DRAIN own");
  cloud_job(c, 1, false, "c1");
  CHECK(programs_of(c, 2).empty());
  order_state(c, "c1", "RESUME");
  CHECK(programs_of(c, 2) == std::vector<std::string>{"/resume c1"});
  const auto since = c.node(6).condition.reason->at;
  CHECK(c.controller->configure(c.config).ok());
  CHECK(c.node(6).condition.reason->at == since);
  CHECK(shown(1) == "DOWN broken disk");
}

TEST_CASE("a trigger fires once, when a node goes down") {
  Cluster c;
  c.all_up();
  Trigger trigger;
  trigger.event = static_cast<std::uint32_t>(1);
  trigger.subject_name = "*";
  trigger.program = "/bin/tell me";
  CHECK(c.refused(alice, SetTriggerRequest{trigger}) == Errc::access_denied);
  CHECK(c.refused(admin, SetTriggerRequest{trigger}) == Errc::ok);
  c.pass(1);
  c.ask(admin, UpdateRequest{"node", "n2", {{"State", "DOWN"}, {"Reason", "test"}}});
  c.pass(1);
  CHECK(programs(c) == std::vector<std::string>{"/bin/tell me n2"});
  CHECK(c.controller->state().triggers().empty());
}

TEST_CASE("triggers of nodes: an event within the second of --set counts, and RESUME is one") {
  Cluster c;
  c.all_up();
  const auto set = [&](TriggerEvent event, const std::string& node) {
    Trigger trigger;
    trigger.subject = TriggerSubject::node;
    trigger.subject_name = node;
    trigger.event = static_cast<std::uint32_t>(event);
    trigger.program = "/bin/tell";
    CHECK(c.refused(admin, SetTriggerRequest{trigger}) == Errc::ok);
  };
  const auto state = [&](const std::string& node, const std::string& word) {
    CHECK(c.refused(admin, UpdateRequest{"node", node, {{"State", word}, {"Reason", "x"}}}) == Errc::ok);
  };
  set(TriggerEvent::drained, "n3");
  state("n3", "DRAIN");
  c.pass(1);
  CHECK(programs(c) == std::vector<std::string>{"/bin/tell n3"});
  set(TriggerEvent::resume, "n3");
  c.pass(4);
  CHECK(programs(c).empty());
  state("n3", "RESUME");
  c.pass(1);
  CHECK(programs(c) == std::vector<std::string>{"/bin/tell n3"});
  CHECK(c.controller->state().triggers().empty());
}

TEST_CASE("SuspendExcNodes keeps so many of the idle nodes on, and those that are named alone all") {
  Cluster c;
  std::string text = patient_conf();
  c.begin_with(text + "SuspendProgram=/suspend\nSuspendTime=60\nSuspendExcNodes=n[1-3]:1,n4\n");
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.placement.nodes_required = "n1";
  const JobId job = c.submit(alice, request);
  const auto phase = [&](int node) { return c.node(node).power.phase; };
  for (int i = 0; i < 100; ++i) c.pass(1);
  REQUIRE(c.job_of(job).state == JobState::running);
  CHECK(phase(2) == PowerPhase::on);  // the one that is kept
  CHECK(phase(3) == PowerPhase::down);
  CHECK(phase(4) == PowerPhase::on);
  CHECK(phase(1) == PowerPhase::on);  // it is used
}

TEST_CASE("what ResumeProgram is told of the jobs that the nodes are switched on for") {
  Cluster c;
  c.begin_with(std::string(conf) +
               "NodeName=c[1-2] CPUs=4 RealMemory=1000 Feature=big State=CLOUD\nPartitionName=cloud Nodes=c[1-2]\n"
               "ResumeProgram=/resume\nResumeTimeout=100\n");
  c.all_up();
  SubmitRequest request = c.job(2);
  request.spec.placement.partitions = {"cloud"};
  request.spec.placement.features = "big";
  request.spec.placement.sharing = Sharing::exclusive;
  request.spec.labels.extra = "a \"b\"";
  c.submit(alice, request);
  c.pass(1);
  std::string text;
  for (const Outgoing& one : c.out)
    if (const auto* program = std::get_if<SiteProgram>(&one.what)) {
      CHECK(program->file.variable == "SLURM_RESUME_FILE");
      text = program->file.text;
    }
  for (const char* member : {R"("all_nodes_resume": "c[1-2]")", R"("extra": "a \"b\"")", R"("job_id": 1)",
                             R"("features": "big")", R"("nodes_alloc": "c[1-2]")", R"("nodes_resume": "c[1-2]")",
                             R"("oversubscribe": "NO")", R"("partition": "cloud")", R"("reservation": "")"})
    CHECK_MESSAGE(text.find(member) != std::string::npos, member);
}

TEST_CASE("scontrol update SuspendExcNodes and its like: at once, over a restart, until slurm.conf is read again") {
  Cluster c;
  c.begin_with(patient_conf() + "SuspendProgram=/suspend\nSuspendTime=60\nSuspendExcNodes=n[1-3]\n");
  c.all_up();
  const auto update = [&](const std::string& key, const std::string& value) {
    return c.refused(admin, UpdateRequest{"slurmctld", "", {{key, value}}});
  };
  const auto nodes = [&] { return c.controller->config().power.suspend_exc_nodes; };
  CHECK(update("SuspendExcNodes-", "n2,n3") == Errc::ok);
  CHECK(nodes() == "n1");
  CHECK(update("SuspendExcNodes+", "n[2-4]:1") == Errc::ok);
  CHECK(nodes() == "n1,n[2-4]:1");
  CHECK(update("SuspendExcNodes", "n9") == Errc::invalid_node_name);
  CHECK(update("SuspendExcParts", "nosuch") == Errc::invalid_partition);
  CHECK(update("SuspendExcStates", "sleepy") == Errc::error);
  CHECK(update("SuspendExcStates+", "DRAIN") == Errc::ok);
  CHECK(c.refused(alice, UpdateRequest{"slurmctld", "", {{"SuspendExcParts", "main"}}}) == Errc::access_denied);
  for (int i = 0; i < 70; ++i) c.pass(1);
  CHECK(c.node(1).power.phase == PowerPhase::on);
  CHECK(c.node(4).power.phase == PowerPhase::down);
  c.boot();
  CHECK(nodes() == "n1,n[2-4]:1");
  const auto& shown = c.controller->config().globals;
  CHECK(std::ranges::find(shown, "SuspendExcStates", &GlobalValue::name)->value == "DRAIN");
  CHECK(c.controller->configure(c.config).ok());
  CHECK(nodes() == "n[1-3]");
}

TEST_CASE("PowerDownOnIdle switches a node off as soon as its last job has ended, and no other") {
  Cluster c;
  std::string text = patient_conf();
  text.insert(text.find("PartitionName=off"), "PartitionName=save Nodes=n[2-3] PowerDownOnIdle=YES\n");
  c.begin_with(text + "SuspendProgram=/suspend\nSuspendTime=90000\n");
  c.all_up();
  std::vector<std::string> ran;
  const auto run_in = [&](const char* partition, const char* node) {
    SubmitRequest request = c.job();
    request.spec.placement.partitions = {partition};
    request.spec.placement.nodes_required = node;
    const JobId job = c.submit(alice, request);
    c.ask(alice, verb(JobVerb::cancel, job));
    c.report(static_cast<std::uint64_t>(node[1] - '0'), NodeCleared{{job, 0}, ""});
    for (std::string& program : programs(c)) ran.push_back(std::move(program));
    c.pass(1);
    for (std::string& program : programs(c)) ran.push_back(std::move(program));
  };
  run_in("main", "n3");
  CHECK(c.node(3).power.phase == PowerPhase::on);
  run_in("save", "n2");
  CHECK(c.node(2).power.phase == PowerPhase::powering_down);
  CHECK(join(ran, ";") == "/suspend n2");
  c.ask(admin, UpdateRequest{"partition", "save", {{"PowerDownOnIdle", "NO"}}});
  run_in("save", "n3");
  CHECK(c.node(3).power.phase == PowerPhase::on);
}

TEST_CASE("ResvProlog and ResvEpilog run once for each time that a reservation begins and ends, also over a restart") {
  Cluster c;
  c.begin_with(patient_conf() + "ResvProlog=/begin\nResvEpilog=/end\n");
  c.all_up();
  std::vector<std::string> all;
  const auto wait = [&](int seconds) {
    all.clear();
    for (int i = 0; i < seconds; ++i) {
      c.pass(1);
      for (const std::string& one : programs(c)) all.push_back(one);
    }
    return all;
  };
  UpdateRequest later = reservation(c, "r", {{"Nodes", "n1"}, {"Users", "alice"}, {"Flags", "DAILY"}});
  later.changes[3].value = std::to_string(c.seconds + 10);
  c.ask(admin, later);
  CHECK(wait(5).empty());
  CHECK(wait(10) == std::vector<std::string>{"/begin r"});
  c.boot();
  c.all_up();
  CHECK(wait(10).empty());
  CHECK(wait(3600) == std::vector<std::string>{"/end r"});
  c.pass(24 * 3600 - 3600);
  CHECK(programs(c) == std::vector<std::string>{"/begin r"});
  c.ask(admin, UpdateRequest{"reservation", "r", {}, UpdateVerb::remove});
  CHECK(programs(c).empty());
}

TEST_CASE("a reboot says why in the node's reason, and update State=RESUME takes the order back") {
  Cluster c;
  c.begin_with(patient_conf() + "RebootProgram=/bin/true\n");
  c.all_up();
  const auto order = [&](const std::string& node, std::vector<KeyValue> keys) {
    CHECK(c.refused(admin, UpdateRequest{"reboot", node, std::move(keys)}) == Errc::ok);
    c.pass(1);
  };
  const auto reason = [&](int node) {
    const auto& known = c.node(node).condition.reason;
    return known ? known->text : std::string();
  };
  const auto resume = [&](const std::string& node) {
    CHECK(c.refused(admin, UpdateRequest{"node", node, {{"State", "RESUME"}}}) == Errc::ok);
  };
  const JobId job = c.submit(alice, c.job());
  order("n1", {});
  CHECK(reason(1) == "reboot requested");
  resume("n1");
  CHECK_FALSE(c.node(1).reboot);
  CHECK(reason(1).empty());
  order("n1", {{"ASAP", "yes"}});
  CHECK(reason(1) == "Reboot ASAP");
  CHECK(node_state_complete(c.node(1)).find("+DRAIN") != std::string::npos);
  CHECK(c.refused(admin, UpdateRequest{"reboot", "n1", {}, UpdateVerb::remove}) == Errc::ok);
  CHECK(reason(1).empty());
  CHECK(node_state_complete(c.node(1)).find("+DRAIN") == std::string::npos);
  order("n2", {{"Reason", "kernel"}, {"NextState", "DOWN"}});
  CHECK(reason(2) == "kernel : reboot issued");
  c.hello(2, {}, c.seconds + 1);
  CHECK(c.node(2).condition.base == NodeBase::down);
  CHECK(reason(2) == "kernel : reboot issued : reboot complete");
  c.ask(admin, UpdateRequest{"node", "n3", {{"State", "DRAIN"}, {"Reason", "fan"}}});
  order("n3", {});
  CHECK(reason(3) == "fan : reboot issued");
  c.hello(3, {}, c.seconds + 1);
  CHECK(c.node(3).condition.drain);
  CHECK(reason(3) == "fan");
  order("n4", {});
  resume("n4");
  CHECK_FALSE(c.node(4).reboot);
  CHECK(c.job_of(job).state == JobState::running);
}

TEST_CASE("of a list of nodes the reboots that were asked for are cancelled, and the answer tells of the others") {
  Cluster c;
  c.begin_with(patient_conf() + "RebootProgram=/bin/true\n");
  c.all_up();
  const JobId job = c.submit(alice, c.job());  // on n1
  REQUIRE(c.job_of(job).state == JobState::running);
  const auto order = [&](const std::string& nodes, UpdateVerb verb) {
    ClientReply reply = c.ask(admin, UpdateRequest{"reboot", nodes, {}, verb});
    c.pass(1);
    const auto* error = std::get_if<ErrorReply>(&reply);
    return error ? error->message : std::string();
  };
  CHECK(order("n1", UpdateVerb::change).empty());
  CHECK(order("n[1-3]", UpdateVerb::remove) == "Nodes n[2-3] are not to be rebooted");
  CHECK_FALSE(c.node(1).reboot);
  CHECK(order("n[1,4]", UpdateVerb::change).empty());  // n4 has no job: it reboots now
  CHECK(order("n[2,4],n1", UpdateVerb::remove) == "Node n4 is rebooting already; Node n2 is not to be rebooted");
  CHECK_FALSE(c.node(1).reboot);
  CHECK(c.node(4).reboot);
  CHECK(order("n1", UpdateVerb::change).empty());
  CHECK(order("n1,n1", UpdateVerb::remove).empty());
  CHECK(c.refused(admin, UpdateRequest{"reboot", "n1", {{"Reaso", "kernel"}}}) == Errc::error);
}

TEST_CASE("triggers of slurmctld, slurmdbd and its database fire with the name of the event") {
  Cluster c;
  c.all_up();
  const auto set = [&](TriggerEvent event, TriggerSubject subject) {
    Trigger trigger;
    trigger.subject = subject;
    trigger.event = static_cast<std::uint32_t>(event);
    trigger.program = "/bin/tell";
    CHECK(c.refused(admin, SetTriggerRequest{trigger}) == Errc::ok);
  };
  set(TriggerEvent::primary_slurmdbd_failure, TriggerSubject::database);
  set(TriggerEvent::primary_slurmctld_resumed_control, TriggerSubject::controller);
  c.controller->begin(c.now());
  serve(*c.controller, DaemonEvent{TriggerEvent::primary_slurmdbd_failure});
  serve(*c.controller, DaemonEvent{TriggerEvent::primary_slurmdbd_resumed_operation});
  c.settle();
  CHECK(programs(c) == std::vector<std::string>{"/bin/tell primary_slurmdbd_failure"});
  c.boot();
  CHECK(programs(c) == std::vector<std::string>{"/bin/tell primary_slurmctld_resumed_control"});
  CHECK(c.controller->state().triggers().empty());
}

TEST_CASE("scontrol reconfigure NODES goes to the slurmds that have a session, and tells of the others") {
  Cluster c;
  c.hello(1);
  c.hello(2);
  const auto order = [&](const Caller& who, const std::string& nodes) {
    return c.refused(who, UpdateRequest{"slurmd", nodes, {{"Reconfigure", ""}}});
  };
  CHECK(order(alice, "n1") == Errc::access_denied);
  CHECK(order(admin, "n9") == Errc::invalid_node_name);
  CHECK(order(admin, "n[1-2]") == Errc::ok);
  CHECK(c.orders<ReadConfiguration>().size() == 2);
  CHECK(order(admin, "n[2-3]") == Errc::error);
  CHECK(c.orders<ReadConfiguration>().size() == 1);
}

TEST_CASE("scontrol setdebug LEVEL nodes=NODES goes to the slurmds") {
  Cluster c;
  c.hello(1);
  c.hello(2);
  const auto order = [&](const std::string& level) {
    return c.refused(admin, UpdateRequest{"slurmd", "n[1-2]", {{"SlurmdDebug", level}}});
  };
  CHECK(order("loud") == Errc::error);
  CHECK(c.orders<SetDebug>().empty());
  CHECK(order("6") == Errc::ok);
  const auto told = c.orders<SetDebug>();
  REQUIRE(told.size() == 2);
  CHECK(told[1].second.level == "debug2");
}

TEST_CASE("licences of active reservations are shown as reserved") {
  Cluster c;
  c.begin_with(patient_conf() + "Licenses=matlab:10,ansys:2\n");
  c.all_up();
  const auto reserved = [&](const std::string& name, int from, const std::string& licenses) {
    UpdateRequest made = reservation(c, name, {{"Nodes", "n1"}, {"Users", "alice"}, {"Licenses", licenses}});
    made.changes[3].value = std::to_string(c.seconds + from);
    CHECK(c.refused(admin, made) == Errc::ok);
  };
  reserved("now", 0, "matlab:3");
  reserved("later", 36'000, "matlab:2,ansys:1");
  const auto rows = std::get<LicensesReply>(c.ask(admin, LicensesRequest{})).licenses;
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].reserved == 0);
  CHECK(rows[1].reserved == 3);
}

TEST_CASE("Topology= that a partition is given counts for the next job") {
  Cluster c;
  auto config = std::make_shared<ClusterConfig>(*parsed(patient_conf()));
  config->topology.layouts = {
      {"all", TopologyKind::flat, true, {}, {}},
      {"split", TopologyKind::tree, false, {}, {{"s1", "n[1-2]", "", 1}, {"s2", "n[3-4]", "", 1}}}};
  c.config = config;
  c.log.clear();
  c.boot();
  c.all_up();
  const JobId before = c.submit(alice, c.job(3));
  CHECK(c.job_of(before).state == JobState::running);
  c.ask(alice, verb(JobVerb::cancel, before));
  for (std::uint64_t node = 1; node <= 3; ++node) c.report(node, NodeCleared{{before, 0}, ""});
  CHECK(c.refused(admin, UpdateRequest{"partition", "main", {{"Topology", "split"}}}) == Errc::ok);
  const ClientReply reply = c.ask(alice, c.job(3));
  const auto* taken = std::get_if<SubmitReply>(&reply);
  CHECK((!taken || c.job_of(taken->job).state == JobState::pending));
  CHECK(c.job_of(c.submit(alice, c.job(2))).state == JobState::running);
}
