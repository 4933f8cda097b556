// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/mcs.h"

#include <doctest/doctest.h>

#include "control/cluster_fixture.h"

namespace slurmxx::testing {
namespace {

std::string label(const std::string& settings, const std::string& asked, Sharing sharing = Sharing::unset) {
  const auto config = parsed(std::string(conf) + settings);
  JobSpec spec;
  spec.owner = {alice.uid, alice.gid, "alice", "users", {}};
  spec.labels.account = "physics";
  spec.labels.mcs_label = asked;
  spec.placement.sharing = sharing;
  Caller caller = alice;
  caller.group_names = {"users", "lab"};
  const auto found = mcs_label_of(spec, caller, *config);
  return found ? *found : "refused";
}

}  // namespace

TEST_CASE("a job has the label of its user, group or account, when it asks for one or all have to") {
  CHECK(label("", "") == "");
  CHECK(label("", "alice") == "");
  CHECK(label("MCSPlugin=mcs/user\n", "") == "");
  CHECK(label("MCSPlugin=mcs/user\n", "alice") == "alice");
  CHECK(label("MCSPlugin=mcs/user\n", "bob") == "refused");
  CHECK(label("MCSPlugin=mcs/user\n", "", Sharing::exclusive_mcs) == "alice");
  CHECK(label("MCSPlugin=mcs/account\nMCSParameters=enforced\n", "") == "physics");
  const std::string groups = "MCSPlugin=mcs/group\nMCSParameters=ondemand,noselect:other|lab|users\n";
  CHECK(label(groups, "") == "");
  CHECK(label(groups, "lab") == "lab");
  CHECK(label(groups, "other") == "refused");
  CHECK(label("MCSPlugin=mcs/group\nMCSParameters=enforced:other|lab\n", "") == "lab");
  CHECK(label("MCSPlugin=mcs/label\n", "whatever") == "whatever");
  CHECK(label("MCSPlugin=mcs/label\n", "") == "");
  CHECK(label("MCSPlugin=mcs/group\nMCSParameters=enforced:other\n", "") == "refused");
}

TEST_CASE("MCSParameters=select keeps nodes apart for all jobs with a label, noselect for none") {
  const auto second_runs = [](const std::string& words, Sharing first, const std::string& label) {
    Cluster c;
    c.begin_with(patient_conf() + "MCSPlugin=mcs/user\nMCSParameters=" + words + "\n");
    c.all_up();
    SubmitRequest one = c.job();
    one.spec.placement.nodes_required = "n1";
    one.spec.placement.sharing = first;
    one.spec.labels.mcs_label = label;
    c.submit(alice, one);
    SubmitRequest other = c.job();
    other.spec.placement.nodes_required = "n1";
    return c.job_of(c.submit(bob, other)).state == JobState::running;
  };
  CHECK_FALSE(second_runs("enforced,select", Sharing::unset, ""));
  CHECK(second_runs("enforced,noselect", Sharing::exclusive_mcs, ""));
  CHECK_FALSE(second_runs("ondemand,select", Sharing::unset, "alice"));
  CHECK(second_runs("ondemand,select", Sharing::unset, ""));
  CHECK(second_runs("enforced,ondemandselect", Sharing::unset, ""));
  CHECK_FALSE(second_runs("enforced,ondemandselect", Sharing::exclusive_mcs, ""));
}

TEST_CASE("a node has the label of the jobs that hold it") {
  const auto shown = [](const std::string& conf) {
    Cluster c;
    c.begin_with(patient_conf() + conf);
    c.all_up();
    SubmitRequest one = c.job();
    one.spec.placement.nodes_required = "n2";
    const JobId id = c.submit(alice, one);
    CHECK(c.job_of(id).state == JobState::running);
    std::string text;
    const auto reply = answer_query(*c.controller->publish(), NodesRequest{}, c.now().wall);
    for (const NodeView& view : std::get<NodesReply>(*reply).nodes) text += view.mcs_label + "/";
    return text;
  };
  CHECK(shown("MCSPlugin=mcs/user\nMCSParameters=enforced\n").starts_with("/alice/"));
  CHECK(shown("MCSPlugin=mcs/user\n").starts_with("//"));
}

}  // namespace slurmxx::testing
