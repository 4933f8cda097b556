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
