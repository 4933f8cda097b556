// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sreport/run.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/version.h"

namespace slurmxx {
namespace {

class FakeDbd : public DbdClient {
 public:
  DbdBook book{first_book(), {}};
  UsageSummary summary;
  UsageQuery asked;
  Result<DbdReply> call(DbdRequest request) override {
    if (std::holds_alternative<DbdBookRequest>(request)) return DbdReply(book);
    asked = std::get<UsageQuery>(request);
    return DbdReply(summary);
  }
  void account(const std::string& name, const std::string& parent) {
    Association association;
    association.id = book.book.next_association++;
    association.cluster = "c";
    association.account = name;
    association.parent = parent;
    put(book.book.associations, association);
  }
};

struct Fixture {
  FakeDbd slurmdbd;
  std::string out, err;
  Output output;
  Environment environment;
  Fixture() {
    output.out = [this](std::string_view text) { out += text; };
    output.err = [this](std::string_view text) { err += text; };
    output.now = Instant(86'400 + 5000);
    slurmdbd.account("root", "");
    slurmdbd.account("phys", "root");
    slurmdbd.account("astro", "phys");
    slurmdbd.summary.clusters = {{"c", "cpu", TresUse{1'000'000, 250'000, 100'000, 0, 50'000, 70'000}}};
    slurmdbd.summary.rows = {{"c", "astro", "alice", 0, 2, {6000}},
                             {"c", "phys", "bob", 0, 1, {60'000}},
                             {"c", "phys", "alice", 0, 1, {90}}};
  }
  int run(const std::vector<std::string>& arguments) {
    out.clear(), err.clear();
    SreportOptions options;
    const Parsed parsed = read_sreport_options(arguments, environment, options);
    REQUIRE(!parsed.early);
    SreportWorld world{slurmdbd, output, [](const std::string& user) { return user == "bob" ? "Bob B." : ""; }};
    return run_sreport(options, parsed.operands, world);
  }
};

TEST_CASE_FIXTURE(Fixture, "utilization of the cluster, in minutes and in hours with percentages") {
  CHECK(run({"cluster", "utilization", "start=1970-01-01", "end=1970-01-02"}) == 0);
  CHECK(out == std::string(80, '-') +
                   "\nCluster Utilization 1970-01-01T00:00:00 - 1970-01-01T23:59:59\nUsage reported in CPU Minutes\n" +
                   std::string(80, '-') +
                   "\n  Cluster Allocate     Down PLND Dow     Idle  Planned Reported \n"
                   "--------- -------- -------- -------- -------- -------- -------- \n"
                   "        c     4167     1667        0    10000      833    16667 \n");
  CHECK(slurmdbd.asked.tres == std::vector<std::string>{"cpu"});
  CHECK(run({"cluster", "Utilization", "-n", "-P", "-t", "hourper"}) == 0);
  CHECK(out == "c|69(25.00%)|28(10.00%)|0(0.00%)|167(60.00%)|14(5.00%)|278(100.00%)\n");
  CHECK(slurmdbd.asked.start == Instant(0));  // yesterday
  CHECK(slurmdbd.asked.end == Instant(86'400));
  CHECK(run({"-nP", "-tsec", "cluster", "util", "format=over,cluster%3", "start=now-1hour", "end=now"}) == 0);
  CHECK(out == "70000|c\n");
  CHECK(slurmdbd.asked.start == Instant(86'400));
  CHECK(slurmdbd.asked.end == Instant(90'000));
}

TEST_CASE_FIXTURE(Fixture, "a report ends with the hour that runs, and is of an hour at least") {
  const auto window = [&](const std::vector<std::string>& words) {
    std::vector<std::string> arguments{"user", "topusage"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    CHECK(run(arguments) == 0);
    const std::string heading = "Top 10 Users ";
    const std::size_t at = out.find(heading) + heading.size();
    return out.substr(at, out.find('\n', at) - at);
  };
  const std::string now = "1970-01-02T01:23:20";
  CHECK(window({"start=1970-01-01", "end=1970-01-09"}) == "1970-01-01T00:00:00 - 1970-01-02T01:59:59 (93600 secs)");
  CHECK(window({"start=1970-01-01", "end=" + now}) == "1970-01-01T00:00:00 - 1970-01-02T00:59:59 (90000 secs)");
  CHECK(window({"start=1970-01-08", "end=1970-01-09"}) == "1970-01-08T00:00:00 - 1970-01-08T00:59:59 (3600 secs)");
  CHECK(window({"start=1970-01-02"}) == "1970-01-02T00:00:00 - 1970-01-02T00:59:59 (3600 secs)");
}

TEST_CASE_FIXTURE(Fixture, "variables stand for options, which are stronger") {
  environment = {{"SREPORT_TRES", "mem"}, {"SREPORT_CLUSTER", "far"}, {"SREPORT_LOCAL", ""}};
  CHECK(run({"cluster", "utilization"}) == 0);
  CHECK(slurmdbd.asked.tres == std::vector<std::string>{"mem"});
  CHECK(slurmdbd.asked.clusters == std::vector<std::string>{"far"});
  CHECK(run({"-T", "cpu", "-M", "c", "cluster", "utilization"}) == 0);
  CHECK(slurmdbd.asked.tres == std::vector<std::string>{"cpu"});
  CHECK(slurmdbd.asked.clusters == std::vector<std::string>{"c"});
}

TEST_CASE_FIXTURE(Fixture, "accounts add up what is below them") {
  CHECK(run({"-nP", "-t", "Seconds", "cluster", "accountutilizationbyuser"}) == 0);
  CHECK(out ==
        "c|root|||66090|0\nc|phys|||66090|0\nc|phys|alice||90|0\nc|phys|bob|Bob B.|60000|0\nc|astro|||6000|0\n"
        "c|astro|alice||6000|0\n");
  CHECK(run({"-nP", "-t", "Seconds", "-T", "cpu", "cluster", "acc", "accounts=astro"}) == 0);
  CHECK(out == "c|astro|||cpu|6000\nc|astro|alice||cpu|6000\n");
  CHECK(run({"-nP", "-t", "Seconds", "cluster", "acc", "accounts=astro,phys", "tree"}) == 0);
  CHECK(out ==
        "c|phys|||66090|0\nc| phys|alice||90|0\nc| phys|bob|Bob B.|60000|0\nc| astro|||6000|0\n"
        "c|  astro|alice||6000|0\n");
}

TEST_CASE_FIXTURE(Fixture, "of users that are named the accounts have no rows") {
  std::erase_if(slurmdbd.summary.rows, [](const UsedRow& row) { return row.user != "alice"; });
  CHECK(run({"-nP", "-t", "Seconds", "cluster", "acc", "users=alice", "tree"}) == 0);
  CHECK(slurmdbd.asked.users == std::vector<std::string>{"alice"});
  CHECK(out == "c|phys|alice||90|0\nc|astro|alice||6000|0\n");
  CHECK(run({"-nP", "-t", "Seconds", "cluster", "acc", "users=alice", "accounts=phys"}) == 0);
  CHECK(out == "c|phys|alice||90|0\n");
}

TEST_CASE_FIXTURE(Fixture, "the users that used most") {
  CHECK(run({"-nP", "-t", "Minutes", "user", "top"}) == 0);
  CHECK(out == "c|bob|Bob B.|phys|1000|0\nc|alice||astro|100|0\nc|alice||phys|2|0\n");
  CHECK(run({"-nP", "-t", "Seconds", "user", "topusage", "topcount=2", "group"}) == 0);
  CHECK(out == "c|bob|Bob B.|phys|60000|0\nc|alice||astro,phys|6090|0\n");
  slurmdbd.summary.clusters[0].count = 12;
  CHECK(run({"-nP", "user", "topusage", "format=login,trescount", "topcount=1"}) == 0);
  CHECK(out == "bob|12\n");
  CHECK(run({"-nP", "cluster", "accountutilizationbyuser", "format=account,trescount", "accounts=astro"}) == 0);
  CHECK(out == "astro|12\nastro|12\n");
}

TEST_CASE_FIXTURE(Fixture, "sizes of jobs") {
  slurmdbd.summary.rows = {{"c", "astro", "", 4, 3, {6000}}, {"c", "phys", "", 64, 1, {18'000}}};
  CHECK(run({"-nP", "job", "sizesbyaccount"}) == 0);
  CHECK(out == "c|root|100|300|0|0|0|4|100.00%\n");
  CHECK(slurmdbd.asked.by_size);
  CHECK(run({"-nP", "job", "sizesbyaccount", "nodes=n[1-2],m3"}) == 0);
  CHECK(slurmdbd.asked.nodes == std::vector<std::string>{"n1", "n2", "m3"});
  CHECK(run({"-nP", "job", "sizesbyaccount", "nodes=n[1"}) == 1);
  CHECK(run({"-nP", "job", "sizes", "accounts=astro", "grouping=2,8", "printjobcount"}) == 0);
  CHECK(out == "c|astro|0|3|0|3|100.00%\n");  // of what was chosen
  CHECK(run({"-nP", "job", "sizes", "grouping=2,8", "printjobcount", "flatview"}) == 0);
  CHECK(out == "c|astro|0|3|0|3|75.00%\nc|phys|0|0|1|1|25.00%\n");
  CHECK(run({"-nP", "-t", "secper", "job", "sizes", "grouping=2,8", "flatview"}) == 0);
  CHECK(out == "c|astro|0(0.00%)|6000(100.00%)|0(0.00%)|3|25.00%\nc|phys|0(0.00%)|0(0.00%)|18000(100.00%)|1|75.00%\n");
  CHECK(run({"-nP", "-t", "percent", "job", "sizes", "grouping=8"}) == 0);
  CHECK(out == "c|root|25.00%|75.00%|4|100.00%\n");
  CHECK(run({"-nP", "job", "sizes", "accounts=astro,phys", "grouping=8", "printjobcount"}) == 0);
  CHECK(out == "c|phys|3|1|4|100.00%\n");  // astro is below it
}

TEST_CASE_FIXTURE(Fixture, "version is a command, too") {
  CHECK(run({"version"}) == 0);
  CHECK(out == fmt::format("slurm {}\n", version_text));
}

TEST_CASE_FIXTURE(Fixture, "what is wrong is told") {
  CHECK(run({"bogus"}) == 1);
  CHECK(err == "invalid keyword: bogus\n");
  CHECK(run({"user", "bogus"}) == 1);
  CHECK(err == "Not valid report bogus\nValid user reports are, \"TopUsage\"\n");
  CHECK(run({"cluster", "utilization", "format=bogus"}) == 1);
  CHECK(err == " Unknown field 'bogus'\n");
  CHECK(run({"cluster", "utilization", "bogus=1"}) == 1);
  CHECK(err == " Unknown condition: bogus=1\n");
}

}  // namespace
}  // namespace slurmxx
