// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "sim/disk.h"
#include "sim/runner.h"

using namespace slurmxx;
using namespace slurmxx::sim;

namespace {

RunOptions seed(std::uint64_t number) {
  RunOptions options;
  options.seed = number;
  options.minutes = 4;
  return options;
}

struct Bench {
  Report report;
  Kernel kernel{RunOptions{}, report};
  DiskFaults faults;
  SimFolder folder{kernel, faults, "test"};
};

}  // namespace

TEST_CASE("a fair world runs and comes to rest") {
  RunOptions options = seed(1);
  options.faults = false;
  const Outcome outcome = run_one(options);
  CHECK(outcome.violation == "");
  CHECK(outcome.report.counts.jobs > 20);
  CHECK(outcome.report.counts.runs > 20);
  CHECK(outcome.report.counts.node_deaths == 0);
}

TEST_CASE("a seed is the same run every time, and another seed is another") {
  const Outcome first = run_one(seed(7));
  CHECK(first.report.hash == run_one(seed(7)).report.hash);
  CHECK(first.report.hash != run_one(seed(8)).report.hash);
}

TEST_CASE("each bug that is put in is found within forty seeds") {
  for (const auto& [name, kind] : sabotages()) {
    bool found = false;
    for (std::uint64_t number = 1; number <= 40 && !found; ++number) {
      RunOptions options = seed(number);
      options.sabotage = kind;
      found = !run_one(options).violation.empty();
    }
    CHECK_MESSAGE(found, name);
  }
}

TEST_CASE("a power cut spares what is synced, bytes and names") {
  for (int i = 0; i < 50; ++i) {
    Bench bench;
    bench.kernel.rng = Rng(static_cast<std::uint64_t>(i));
    REQUIRE(bench.folder.append("a", "durable").ok());
    REQUIRE(bench.folder.sync("a").ok());
    REQUIRE(bench.folder.sync_folder().ok());
    REQUIRE(bench.folder.append("a", std::string(300, 'x')).ok());
    bench.folder.power_cut();
    const auto bytes = bench.folder.read("a");
    REQUIRE(bytes.ok());
    CHECK(bytes.value().substr(0, 7) == "durable");
    CHECK(bytes.value().size() <= 307);
  }
}

TEST_CASE("a power cut may lose a name that was not synced, and may keep it") {
  int kept = 0;
  for (int i = 0; i < 50; ++i) {
    Bench bench;
    bench.kernel.rng = Rng(static_cast<std::uint64_t>(i));
    REQUIRE(bench.folder.append("a", "bytes").ok());
    REQUIRE(bench.folder.sync("a").ok());
    bench.folder.power_cut();
    if (bench.folder.read("a").ok()) ++kept;
  }
  CHECK(kept > 5);
  CHECK(kept < 45);
}
