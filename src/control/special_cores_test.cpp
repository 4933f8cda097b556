// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Cores apart: those that a job leaves to the system, and those that a reservation holds of a node.
#include <doctest/doctest.h>

#include "control/cluster_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

using Ids = std::vector<std::uint32_t>;

std::string conf_with(const std::string& line) { return patient_conf() + line + "\n"; }

Errc change(Cluster& c, const Caller& caller, JobId job, KeyValue what) {
  return c.refused(caller, UpdateRequest{"job", std::to_string(job.value), {std::move(what)}, UpdateVerb::change});
}

const PlacementRequest& placement(const Cluster& c, JobId job) { return c.job_of(job).spec->placement; }

JobId held(Cluster& c) {
  SubmitRequest request = c.job();
  request.spec.policy.hold = true;
  return c.submit(alice, request);
}

Errc reserve(Cluster& c, const std::string& name, std::vector<KeyValue> keys, std::int64_t in = 0) {
  keys.push_back({"StartTime", std::to_string(c.seconds + in)});
  keys.push_back({"Duration", "60"});
  keys.push_back({"Users", "alice"});
  return c.refused(admin, UpdateRequest{"reservation", name, std::move(keys), UpdateVerb::create});
}

const Reservation& reservation(const Cluster& c, const std::string& name) {
  const Reservation* found = c.controller->state().find_reservation(name);
  REQUIRE(found);
  return *found;
}

SubmitRequest inside(const Cluster& c, std::uint32_t tasks, const std::string& name) {
  SubmitRequest request = c.job();
  request.spec.resources.tasks = tasks;
  request.spec.resources.tasks_set = true;
  request.spec.labels.reservation = name;
  return request;
}

const NodeShare& share(const Cluster& c, JobId job) { return c.job_of(job).allocation->shares.at(0); }

}  // namespace

TEST_CASE("--core-spec has the node alone and leaves the last cores, where it is allowed") {
  Cluster c;
  c.begin_with(conf_with("AllowSpecResourcesUsage=YES"));
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.placement.core_spec = 1;
  const JobId job = c.submit(alice, request);
  REQUIRE(c.job_of(job).state == JobState::running);
  CHECK(placement(c, job).sharing == Sharing::exclusive);
  CHECK(c.job_of(job).allocation->whole_nodes);
  CHECK(share(c, job).cpu_ids == Ids{0, 1, 2});
  CHECK(share(c, job).cpus == 4);
  CHECK(c.node(1).use.cpus == 4);
  c.ask(alice, JobVerbRequest{JobVerb::cancel, job, {}, 0, false});
  c.report(1, NodeCleared{{job, 0}, ""});
  CHECK(c.node(1).use.cpus == 0);
  request.spec.placement.core_spec = 4;
  CHECK(c.refused(alice, request) == Errc::node_config_unavailable);
}

TEST_CASE("--core-spec does nothing where slurm.conf does not allow it") {
  Cluster c;
  c.all_up();
  SubmitRequest request = c.job();
  request.spec.placement.core_spec = 1;
  request.spec.placement.thread_spec.reset();
  const JobId job = c.submit(alice, request);
  CHECK(!placement(c, job).core_spec);
  CHECK(placement(c, job).sharing == Sharing::unset);
  CHECK(share(c, job).cpus == 1);
  const JobId waiting = held(c);
  CHECK(change(c, admin, waiting, {"CoreSpec", "1"}) == Errc::access_denied);
  CHECK(!placement(c, waiting).core_spec);
}

TEST_CASE("scontrol update of CoreSpec, ThreadSpec, DelayBoot and TasksPerNode of a job that waits") {
  Cluster c;
  c.begin_with(conf_with("AllowSpecResourcesUsage=YES"));
  c.all_up();
  const JobId job = held(c);
  CHECK(change(c, alice, job, {"CoreSpec", "2"}) == Errc::ok);
  CHECK(placement(c, job).core_spec == 2u);
  CHECK(placement(c, job).sharing == Sharing::exclusive);
  CHECK(change(c, alice, job, {"ThreadSpec", "3"}) == Errc::ok);
  CHECK(!placement(c, job).core_spec);
  CHECK(placement(c, job).thread_spec == 3u);
  CHECK(change(c, alice, job, {"CoreSpec", "0"}) == Errc::ok);
  CHECK(placement(c, job).core_spec == 0u);
  CHECK(!placement(c, job).thread_spec);
  CHECK(change(c, alice, job, {"CoreSpec", "-1"}) == Errc::ok);
  CHECK(!placement(c, job).core_spec);
  CHECK(change(c, alice, job, {"CoreSpec", "x"}) == Errc::error);
  CHECK(change(c, alice, job, {"DelayBoot", "5"}) == Errc::ok);
  CHECK(placement(c, job).boot.delay == Minutes(5));
  CHECK(change(c, alice, job, {"DelayBoot", "soon"}) == Errc::invalid_time_value);
  CHECK(change(c, alice, job, {"TasksPerNode", "2"}) == Errc::ok);
  CHECK(c.job_of(job).spec->resources.tasks_per_node == 2u);
  CHECK(change(c, alice, job, {"TasksPerNode", "0"}) == Errc::ok);
  CHECK(!c.job_of(job).spec->resources.tasks_per_node);
  CHECK(change(c, bob, job, {"CoreSpec", "1"}) == Errc::user_id_missing);
}

TEST_CASE("a reservation of some cores leaves the rest of the node to others") {
  Cluster c;
  c.begin_with(patient_conf());
  c.all_up();
  CHECK(reserve(c, "r", {{"Nodes", "n1"}, {"CoreCnt", "3"}}) == Errc::ok);
  REQUIRE(reservation(c, "r").cores.size() == 1);
  CHECK(reservation(c, "r").cores[0].cpu_ids == Ids{0, 1, 2});
  SubmitRequest outside = c.job();
  outside.spec.placement.nodes_required = "n1";
  const JobId other = c.submit(bob, outside);
  REQUIRE(c.job_of(other).state == JobState::running);
  CHECK(share(c, other).cpu_ids == Ids{3});
  const JobId second = c.submit(bob, outside);
  CHECK(c.job_of(second).state == JobState::pending);
  const JobId own = c.submit(alice, inside(c, 3, "r"));
  REQUIRE(c.job_of(own).state == JobState::running);
  CHECK(share(c, own).node == NodeIndex(0));
  CHECK(share(c, own).cpu_ids == Ids{0, 1, 2});
  const JobId too_many = c.submit(alice, inside(c, 4, "r"));
  CHECK(c.job_of(too_many).state == JobState::pending);
  CHECK(c.node(1).use.cpus == 4);
}

TEST_CASE("cores of a reservation: for each node, together, by CPUs, and beside others") {
  Cluster c;
  c.begin_with(patient_conf());
  c.all_up();
  CHECK(reserve(c, "each", {{"Nodes", "n[1-2]"}, {"CoreCnt", "2,1"}}) == Errc::ok);
  REQUIRE(reservation(c, "each").cores.size() == 2);
  CHECK(reservation(c, "each").cores[0].cpu_ids == Ids{0, 1});
  CHECK(reservation(c, "each").cores[1].cpu_ids == Ids{0});
  CHECK(reserve(c, "odd", {{"Nodes", "n[1-3]"}, {"CoreCnt", "2,1"}}) == Errc::error);
  CHECK(reserve(c, "beside", {{"Nodes", "n1"}, {"CoreCnt", "2"}}) == Errc::ok);
  CHECK(reservation(c, "beside").cores[0].cpu_ids == Ids{2, 3});
  CHECK(reserve(c, "full", {{"Nodes", "n1"}, {"CoreCnt", "1"}}) == Errc::reservation_overlap);
  CHECK(reserve(c, "whole", {{"Nodes", "n2"}}) == Errc::reservation_overlap);
  CHECK(reserve(c, "both", {{"NodeCnt", "2"}, {"CoreCnt", "4"}}) == Errc::ok);
  REQUIRE(reservation(c, "both").cores.size() == 2);
  CHECK(reservation(c, "both").cores[0].node == NodeIndex(1));
  CHECK(reservation(c, "both").cores[0].cpu_ids == Ids{1, 2});
  CHECK(reservation(c, "both").cores[1].cpu_ids == Ids{0, 1});
  CHECK(reserve(c, "cpus", {{"TRES", "cpu=5"}}) == Errc::ok);
  CHECK(reservation(c, "cpus").nodes == std::vector{NodeIndex(1), NodeIndex(2), NodeIndex(3)});
  CHECK(reserve(c, "later", {{"Nodes", "n1"}, {"CoreCnt", "1"}}, 7200) == Errc::ok);
  CHECK(reservation(c, "later").cores[0].cpu_ids == Ids{0});
}
