// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/controller.h"

#include <doctest/doctest.h>

#include "control/cluster_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

// Component 0 on one node with the script, component 1 on two others.
SubmitRequest two_components(const Cluster& c) {
  SubmitRequest request = c.job(1);
  request.components.push_back(c.job(2).spec);
  for (JobSpec* spec : {&request.spec, &request.components[0]}) spec->placement.sharing = Sharing::exclusive;
  return request;
}

}  // namespace

TEST_CASE("a heterogeneous job starts whole, its script is told of all components, and ends whole") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, two_components(c));
  const JobId other(id.value + 1);
  CHECK((c.job_of(id).state == JobState::running && c.job_of(other).state == JobState::running));
  CHECK(c.job_of(other).spec->het == HetPlace{id, 1, 2});
  auto launches = c.orders<LaunchBatch>();
  CHECK(launches.size() == 3);
  std::erase_if(launches, [](const auto& one) { return one.second.prolog_only; });
  REQUIRE(launches.size() == 1);
  CHECK(launches[0].second.job.job == id);
  REQUIRE(launches[0].second.het.size() == 2);
  CHECK(launches[0].second.het[1].node_names == std::vector<std::string>{"n2", "n3"});
  c.report(1, BatchEnded{{id, 0}, ExitCode{2, 0}});
  CHECK((c.job_of(id).state == JobState::failed && c.job_of(other).state == JobState::failed));
  CHECK(c.job_of(other).exit == ExitCode{});
  CHECK(c.orders<EndJob>().size() == 3);
}

TEST_CASE("a heterogeneous job waits until all components have room") {
  Cluster c;
  c.all_up();
  SubmitRequest wide = c.job(3);
  wide.spec.placement.sharing = Sharing::exclusive;
  const JobId first = c.submit(alice, wide);
  const JobId id = c.submit(alice, two_components(c));
  const JobId other(id.value + 1);
  CHECK((c.job_of(id).state == JobState::pending && c.job_of(other).state == JobState::pending));
  CHECK((c.reason(id) == "Resources" && c.reason(other) == "Resources"));
  c.ask(alice, JobVerbRequest{JobVerb::hold, id, {}, 0, false});
  CHECK((c.job_of(id).hold == Hold::user && c.job_of(other).hold == Hold::user));
  JobVerbRequest part{JobVerb::cancel, other, {}, 0, false};
  CHECK(c.refused(alice, part) == Errc::error);
  part.leader = first;
  CHECK(c.refused(alice, part) == Errc::invalid_job_id);
  c.ask(alice, JobVerbRequest{JobVerb::cancel, id, {}, 0, false});
  CHECK((c.job_of(id).state == JobState::cancelled && c.job_of(other).state == JobState::cancelled));
}

TEST_CASE("a component that runs can be cancelled alone; a requeue takes all") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, two_components(c));
  const JobId other(id.value + 1);
  c.ask(alice, JobVerbRequest{JobVerb::requeue, id, {}, 0, false});
  CHECK((c.job_of(id).restarts == 1 && c.job_of(other).restarts == 1));
  CHECK(c.refused(alice, JobVerbRequest{JobVerb::requeue, other, {}, 0, false}) == Errc::error);
  for (std::uint64_t node = 1; node <= 3; ++node) c.report(node, NodeCleared{{node == 1 ? id : other, 0}, ""});
  c.pass(1);
  REQUIRE((c.job_of(id).state == JobState::running && c.job_of(other).state == JobState::running));
  c.ask(alice, JobVerbRequest{JobVerb::cancel, other, {}, 0, false});
  CHECK((c.job_of(id).state == JobState::running && c.job_of(other).state == JobState::cancelled));
}

TEST_CASE("an update by the leader's name changes every component, by a component's name that one") {
  Cluster c;
  c.all_up();
  const JobId id = c.submit(alice, two_components(c));
  const JobId other(id.value + 1);
  const auto comment = [&](const std::string& name, const std::string& text) {
    c.ask(alice, UpdateRequest{"job", name, {{"Comment", text}}});
  };
  comment(to_string(id), "both");
  CHECK((c.job_of(id).spec->labels.comment == "both" && c.job_of(other).spec->labels.comment == "both"));
  comment(to_string(id) + "+1", "one");
  CHECK((c.job_of(id).spec->labels.comment == "both" && c.job_of(other).spec->labels.comment == "one"));
}
