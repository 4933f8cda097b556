// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "commands/sacct/run.h"

#include <doctest/doctest.h>

#include "commands/sacct/query.h"
#include "state/codec.h"

namespace slurmxx {
namespace {

class FakeDbd : public DbdClient {
 public:
  JobsQuery asked;
  JobsPage page;
  Result<DbdReply> call(DbdRequest request) override {
    asked = std::get<JobsQuery>(request);
    return DbdReply(page);
  }
  void add(std::uint32_t id, std::uint32_t task = 0) {
    auto spec = std::make_shared<JobSpec>();
    spec->labels.name = "job" + std::to_string(id);
    JobRecord record;
    record.view.job.id = JobId(id);
    record.view.job.spec = spec;
    record.view.job.state = JobState::completed;
    record.view.job.times = {Instant(1000), Instant(1000), Instant(1010), {}, Instant(1075), {}};
    record.view.cpu_count = 2;
    record.view.requested_tres = "node=1,mem=4G,cpu=2";
    if (task > 0) record.view.job.array = ArrayPart{JobId(4), IndexSet(task), true};
    page.jobs.push_back({"c", encode(record), {}});
  }
  void add_component(JobId leader, std::uint32_t offset, std::uint32_t size) {
    auto spec = std::make_shared<JobSpec>();
    spec->het = HetPlace{leader, offset, size};
    JobRecord record;
    record.view.job.id = spec->het->component(offset);
    record.view.job.spec = spec;
    record.view.job.state = JobState::completed;
    page.jobs.push_back({"c", encode(record), {}});
  }
};

struct Fixture {
  FakeDbd slurmdbd;
  std::string out, err;
  Output output;
  Fixture() {
    output.out = [this](std::string_view text) { out += text; };
    output.err = [this](std::string_view text) { err += text; };
    output.now = Instant(100'000);
  }
  int run(const std::vector<std::string>& arguments) {
    SacctOptions options;
    const Parsed parsed = read_sacct_options(arguments, Environment(), options);
    REQUIRE(!parsed.early);
    return run_sacct(options, slurmdbd, output);
  }
};

TEST_CASE_FIXTURE(Fixture, "tasks of an array stand together, the last of them behind those split off before") {
  slurmdbd.add(1);
  slurmdbd.add(4, 3);
  slurmdbd.add(5);
  slurmdbd.add(6, 1);
  slurmdbd.add(7, 2);
  slurmdbd.add(8);
  CHECK(run({"-X", "-n", "-P", "-o", "jobid,jobidraw,elapsed,cputimeraw"}) == 0);
  CHECK(out ==
        "1|1|00:01:05|130\n5|5|00:01:05|130\n4_1|6|00:01:05|130\n4_2|7|00:01:05|130\n4_3|4|00:01:05|130\n"
        "8|8|00:01:05|130\n");
}

TEST_CASE_FIXTURE(Fixture, "windows of time as the manual has them") {
  run({});
  CHECK(slurmdbd.asked.start == Instant(86'400));  // midnight
  CHECK(slurmdbd.asked.end == Instant(100'000));
  CHECK(!slurmdbd.asked.not_eligible_too);
  run({"-j", "12"});
  CHECK(slurmdbd.asked.start == Instant(0));
  CHECK(slurmdbd.asked.not_eligible_too);
  CHECK(slurmdbd.asked.ids == std::vector<JobId>{JobId(12)});
  run({"-s", "R"});
  CHECK(slurmdbd.asked.start == Instant(100'000));
  CHECK(slurmdbd.asked.states == std::vector<std::uint8_t>{1});
}

TEST_CASE_FIXTURE(Fixture, "--whole-hetjob asks for all components by way of any of them") {
  for (std::uint32_t i = 0; i < 3; ++i) slurmdbd.add_component(JobId(10), i, 3);
  const std::vector<std::string> columns = {"-X", "-n", "-P", "-o", "jobid"};
  const auto ask = [&](std::vector<std::string> words) {
    words.insert(words.end(), columns.begin(), columns.end());
    out.clear();
    CHECK(run(words) == 0);
    return out;
  };
  CHECK(ask({"-j", "11"}) == "10+1\n");
  CHECK(ask({"-j", "11", "--whole-hetjob"}) == "10+0\n10+1\n10+2\n");
  CHECK(ask({"-j", "10+2", "--whole-hetjob=yes"}) == "10+0\n10+1\n10+2\n");
  CHECK(slurmdbd.asked.ids == std::vector<JobId>{JobId(10)});
  CHECK(ask({"-j", "10"}) == "10+0\n10+1\n10+2\n");
  CHECK(ask({"-j", "10", "--whole-hetjob=no"}) == "10+0\n");
  CHECK(run({"--whole-hetjob=perhaps"}) == 1);
}

TEST_CASE_FIXTURE(Fixture, "columns are cut with a plus, and widths may be given") {
  slurmdbd.add(1);
  CHECK(run({"-X", "-o", "jobid%5,jobname%-3,state%+12"}) == 0);
  CHECK(out == "JobID Job        State \n----- --- ------------ \n    1 jo+    COMPLETED \n");
}

TEST_CASE_FIXTURE(Fixture, "--units and --noconvert are for the memory of TRES as well") {
  slurmdbd.add(1);
  run({"-X", "-n", "-P", "-o", "reqmem,reqtres"});
  run({"-X", "-n", "-P", "-o", "reqmem,reqtres", "--units=M"});
  run({"-X", "-n", "-P", "-o", "reqmem,reqtres", "--units=T"});
  run({"-X", "-n", "-P", "-o", "reqmem,reqtres", "--noconvert"});
  CHECK(out ==
        "4G|cpu=2,mem=4G,node=1\n4096M|cpu=2,mem=4096M,node=1\n0.00T|cpu=2,mem=0.00T,node=1\n"
        "4096M|cpu=2,mem=4096M,node=1\n");
}

TEST_CASE_FIXTURE(Fixture, "what is wrong is told in one line") {
  CHECK(run({"-o", "nosuchfield"}) == 1);
  CHECK(err == "sacct: error: Invalid field requested: \"nosuchfield\"\n");
  err.clear();
  CHECK(run({"-s", "bogus"}) == 1);
  CHECK(err == "sacct: fatal: unrecognized job state value 'bogus'\n");
  err.clear();
  CHECK(run({"-S", "bogus"}) == 1);
  CHECK(err == "Invalid time specification (pos=0): bogus\n");
}

}  // namespace
}  // namespace slurmxx
