// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/license_growth.h"

#include "control/accounted_fixture.h"

using namespace slurmxx;
using namespace slurmxx::testing;

namespace {

struct Site : Accounted {
  explicit Site(std::vector<const char*> orders = {}) : Accounted("Licenses=matlab:10,ansys:2\n") {
    book = register_cluster(book, {"test", "head", 6817, 11776, {"license/matlab"}}, Instant(2)).book;
    for (const char* line : orders) order(line);
    tell();
  }
  JobId holds(const Caller& who, const std::string& licenses) {
    const JobId id = run(who, 1, [&](JobSpec& spec) { spec.labels.licenses = licenses; });
    CHECK(job_of(id).state == JobState::running);
    return id;
  }
  Errc update(const Caller& who, JobId id, const std::string& licenses) {
    return refused(who, UpdateRequest{"job", to_string(id), {{"Licenses", licenses}}});
  }
};

}  // namespace

TEST_CASE("who owns a job that runs gives licences back, and takes what is free; an operator goes over") {
  Site c;
  const JobId id = c.holds(alice, "matlab:4");
  c.holds(bob, "matlab:4");
  CHECK(c.update(alice, id, "matlab:6") == Errc::ok);
  CHECK(c.update(alice, id, "matlab:7") == Errc::invalid_licenses);
  CHECK(c.job_of(id).spec->labels.licenses == "matlab:6");
  CHECK(c.update(alice, id, "matlab:1,ansys:2") == Errc::ok);
  CHECK(c.update(alice, id, "matlab:6,ansys:2") == Errc::ok);
  CHECK(c.update(admin, id, "matlab:7") == Errc::ok);
  CHECK(c.update(alice, id, "matlab:7,ansys") == Errc::ok);  // no more of what is used up
}

TEST_CASE("licences that a reservation keeps are not to be had by an update") {
  Site c;
  const UpdateRequest make{"reservation",
                           "r",
                           {{"StartTime", std::to_string(c.seconds + 600)},
                            {"Duration", "60"},
                            {"Licenses", "matlab:5"},
                            {"Users", "bob"},
                            {"Flags", "LICENSE_ONLY"}},
                           UpdateVerb::create};
  CHECK(c.refused(admin, make) == Errc::ok);
  const JobId id = c.holds(alice, "matlab:4");
  CHECK(c.update(alice, id, "matlab:5") == Errc::ok);
  CHECK(c.update(alice, id, "matlab:6") == Errc::invalid_licenses);
}

TEST_CASE("limits of accounts and QOS hold for what a job takes while it runs") {
  Site c({"modify account phys set grptres=license/matlab=6", "modify qos normal set maxtresperjob=license/matlab=5"});
  const JobId id = c.holds(alice, "matlab:3");
  CHECK(c.update(alice, id, "matlab:5") == Errc::ok);
  CHECK(c.update(alice, id, "matlab:6") == Errc::accounting_policy);  // of the job
  CHECK(c.update(alice, id, "matlab:3") == Errc::ok);
  c.holds(bob, "matlab:2");
  CHECK(c.update(alice, id, "matlab:5") == Errc::accounting_policy);  // of the account
  CHECK(c.update(alice, id, "matlab:4") == Errc::ok);
}

TEST_CASE("components of one job do not get the same licences twice") {
  Site c;
  SubmitRequest request = c.job(1);
  request.spec.labels.licenses = "matlab:2";
  request.components.push_back(request.spec);
  const JobId id = c.submit(alice, request);
  CHECK(c.job_of(id).state == JobState::running);
  CHECK(c.update(alice, id, "matlab:6") == Errc::invalid_licenses);
  CHECK(c.update(alice, id, "matlab:5") == Errc::ok);
}
