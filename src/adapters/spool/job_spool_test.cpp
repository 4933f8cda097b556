// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/spool/job_spool.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "adapters/step/step_folder.h"

using namespace slurmxx;

TEST_CASE("the controller that was obeyed last is known after a restart, and a file that cannot be read is told") {
  char folder[] = "/tmp/slurmxx-spool-XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  auto spool = JobSpool::open(folder);
  REQUIRE(spool.ok());
  std::vector<std::string> remarks;
  CHECK(spool->obeyed(remarks) == ObeyedController{});
  REQUIRE(spool->keep_obeyed({Epoch(7), "log"}).ok());
  CHECK(JobSpool::open(folder)->obeyed(remarks) == ObeyedController{Epoch(7), "log"});
  CHECK(remarks.empty());
  REQUIRE(write_whole(spool->obeyed_path(), "\xff\xff", false).ok());
  CHECK(spool->obeyed(remarks) == ObeyedController{});
  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0].find(spool->obeyed_path()) == 0);
  std::filesystem::remove_all(folder);
}

TEST_CASE("of a job whose removal was broken off nothing comes back") {
  char name[] = "/tmp/slurmxx-spool.XXXXXX";
  const std::string folder = mkdtemp(name);
  std::vector<std::string> remarks;
  auto spool = JobSpool::open(folder);
  REQUIRE(spool.ok());
  NodeJob job;
  job.order.job = {JobId(7), 0};
  REQUIRE(spool->keep_job(job).ok());
  REQUIRE(spool->scan(remarks).size() == 1);
  REQUIRE(std::filesystem::create_directory(folder + "/job00007/step5"));
  std::filesystem::remove(folder + "/job00007/job");  // what remove_job() does first
  CHECK(spool->scan(remarks).empty());
  CHECK(remarks.empty());
  CHECK_FALSE(std::filesystem::exists(folder + "/job00007"));
  std::filesystem::remove_all(folder);
}
