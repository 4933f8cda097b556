// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/gang.h"

#include <doctest/doctest.h>

#include "control/cluster_fixture.h"

namespace slurmxx::testing {
namespace {

// Nodes of 4 CPUs, of which each may have two jobs.
struct Site : Cluster {
  explicit Site(const std::string& more) {
    begin_with(
        "ClusterName=test\nSlurmctldHost=head\nSlurmUser=root\nSlurmdTimeout=9999\nKillWait=5\nMinJobAge=100\n"
        "SelectTypeParameters=CR_Core\nNodeName=n[1-4] CPUs=4 RealMemory=1000\n" +
        more);
    all_up();
  }
  JobId run(const std::string& partition = "main") {
    SubmitRequest request = job(4);
    request.spec.placement.partitions = {partition};
    request.spec.resources.cpus_per_task = 4;
    return submit(alice, std::move(request));
  }
  JobState state(JobId id) { return job_of(id).state; }
};

const std::string forced = "PartitionName=main Nodes=ALL Default=YES OverSubscribe=FORCE:2\n";

TEST_CASE("OverSubscribe=FORCE:2: two jobs run on the same cores, a third waits, and apply agrees after a restart") {
  Site site(forced);
  const JobId first = site.run(), second = site.run(), third = site.run();
  CHECK(site.state(first) == JobState::running);
  CHECK(site.state(second) == JobState::running);
  CHECK(site.reason(third) == "Resources");
  CHECK(site.node(1).use.cpus == 4);
  CHECK(view_of(*site.controller->publish(), site.job_of(third)).shares_cores);
  site.boot();
  site.all_up();
  site.report(1, BatchEnded{{first, 0}, {}});
  for (int node = 1; node <= 4; ++node) site.report(static_cast<std::uint64_t>(node), NodeCleared{{first, 0}, {}});
  CHECK(site.state(third) == JobState::running);
  CHECK(site.node(1).use.cpus == 4);
  CHECK(site.node(1).use.cpus_lent.size() == 4);
}

TEST_CASE("GANG: jobs on the same cores take turns at the pace of SchedulerTimeSlice") {
  Site site("PreemptMode=GANG\nSchedulerTimeSlice=10\n" + forced);
  const JobId first = site.run(), second = site.run();
  CHECK(site.state(first) == JobState::running);
  CHECK(site.state(second) == JobState::suspended);
  CHECK(!site.job_of(second).without_cpus());
  site.pass(10);
  CHECK(site.state(first) == JobState::suspended);
  CHECK(site.state(second) == JobState::running);
  CHECK(site.orders<SuspendJob>().size() == 8);
  site.pass(9);
  CHECK(site.state(second) == JobState::running);
  site.pass(1);
  CHECK(site.state(first) == JobState::running);
  site.report(1, BatchEnded{{first, 0}, {}});
  site.pass(1);
  CHECK(site.state(second) == JobState::running);
}

TEST_CASE("GANG: who waits for a turn may be suspended by hand, and then takes none") {
  Site site("PreemptMode=GANG\nSchedulerTimeSlice=10\n" + forced);
  const JobId first = site.run(), second = site.run();
  site.ask(admin, JobVerbRequest{JobVerb::suspend, second});
  CHECK(site.job_of(second).without_cpus());
  site.pass(10);
  CHECK(site.state(first) == JobState::running);
  CHECK(site.state(second) == JobState::suspended);
}

TEST_CASE("SUSPEND,GANG: those of a higher tier stop both, and they take turns again when it is over") {
  Site site("PreemptType=preempt/partition_prio\nPreemptMode=SUSPEND,GANG\nSchedulerTimeSlice=10\n" + forced +
            "PartitionName=high Nodes=ALL PriorityTier=2\n");
  const JobId first = site.run(), second = site.run();
  SubmitRequest request = site.job(4);
  request.spec.placement.partitions = {"high"};
  request.spec.resources.cpus_per_task = 4;
  const JobId high = site.submit(alice, std::move(request));
  site.pass(1);
  CHECK(site.state(high) == JobState::running);
  CHECK(site.job_of(first).without_cpus());
  CHECK(site.job_of(second).without_cpus());
  site.report(1, BatchEnded{{high, 0}, {}});
  for (int node = 1; node <= 4; ++node) site.report(static_cast<std::uint64_t>(node), NodeCleared{{high, 0}, {}});
  site.pass(1);
  CHECK((site.state(first) == JobState::running) != (site.state(second) == JobState::running));
  site.pass(10);
  CHECK((site.state(first) == JobState::running) != (site.state(second) == JobState::running));
}

TEST_CASE("scontrol update of a partition: who starts from then on shares cores") {
  Site site("PartitionName=main Nodes=ALL Default=YES\n");
  const auto update = [&](const char* value) {
    return site.refused(admin, UpdateRequest{"partition", "main", {{"OverSubscribe", value}}});
  };
  CHECK(update("FORCE:2") == Errc::ok);
  const JobId first = site.run(), second = site.run();
  CHECK(site.state(first) == JobState::running);
  CHECK(site.state(second) == JobState::running);
  CHECK(update("YES") == Errc::ok);
  const Partition* kept = site.controller->state().find_partition("main");
  CHECK((kept->jobs_per_core == 4 && !kept->sharing_forced));
  CHECK(site.reason(site.run()) == "Resources");
  CHECK(update("FORCE:0") != Errc::ok);
  CHECK(update("NO:2") != Errc::ok);
  CHECK(update("NO") == Errc::ok);
  CHECK(site.controller->state().find_partition("main")->jobs_per_core == 0);
}

}  // namespace
}  // namespace slurmxx::testing
