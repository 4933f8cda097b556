// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/disk/disk_folder.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

using namespace slurmxx;

TEST_CASE("a real folder appends, cuts, renames and removes") {
  char path[] = "/tmp/slurmxx-disk.XXXXXX";
  REQUIRE(::mkdtemp(path) != nullptr);
  {
    auto folder = DiskFolder::open(std::string(path) + "/state");
    REQUIRE(folder.ok());
    REQUIRE(folder->append("a", "hello ").ok());
    REQUIRE(folder->append("a", "world").ok());
    REQUIRE(folder->sync("a").ok());
    CHECK(*folder->read("a") == "hello world");
    REQUIRE(folder->truncate("a", 5).ok());
    REQUIRE(folder->append("a", "!").ok());
    CHECK(*folder->read("a") == "hello!");
    REQUIRE(folder->rename("a", "b").ok());
    REQUIRE(folder->sync_folder().ok());
    CHECK(*folder->list() == std::vector<std::string>{"b"});
    auto missing = folder->read("a");
    REQUIRE_FALSE(missing.ok());
    CHECK(missing.error().message == "cannot open " + std::string(path) + "/state/a: No such file or directory");
    REQUIRE(folder->remove("b").ok());
    CHECK(folder->list()->empty());
  }
  CHECK(::rmdir((std::string(path) + "/state").c_str()) == 0);
  CHECK(::rmdir(path) == 0);
}

TEST_CASE("a folder that cannot be made is an error with its path") {
  auto folder = DiskFolder::open("/proc/no/such/place");
  REQUIRE_FALSE(folder.ok());
  CHECK(folder.error().message.find("/proc/no/such/place") != std::string::npos);
}
