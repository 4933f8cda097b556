// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "core/config/dbd_config.h"

#include <doctest/doctest.h>

namespace slurmxx {
namespace {

Result<DbdConfig> parsed(std::string text) {
  std::vector<std::string> warnings;
  return parse_dbd_config(
      "/etc/slurm/slurmdbd.conf", [&](const std::string&) { return text; }, warnings);
}

TEST_CASE("slurmdbd.conf: keys in any case, and defaults of the manual") {
  const auto config = parsed(
      "DbdHost=db\nstoragetype=accounting_storage/mysql\nStoragePass=secret\nPurgeJobAfter=12months\nArchiveJobs=yes\n"
      "PrivateData=jobs,Usage\nMaxQueryTimeRange=7-0\n");
  REQUIRE(config);
  CHECK(config->identity.dbd_address == "db");
  CHECK(config->identity.port == 6819);
  CHECK(config->storage.location == "slurm_acct_db");
  CHECK(config->storage.user == "root");
  CHECK(config->retention.rule(RecordKind::jobs).kept == KeepSpan{12, KeepSpan::Unit::months});
  CHECK(config->retention.rule(RecordKind::jobs).archived);
  CHECK_FALSE(config->retention.rule(RecordKind::steps).archived);
  CHECK(config->identity.private_data == std::vector<std::string>{"jobs", "usage"});
  CHECK(config->behaviour.max_query_range == Seconds(7 * 86400));
  for (const auto& [key, value] : config->shown) CHECK(value != "secret");
}

TEST_CASE("slurmdbd.conf: what is wrong is named with its place") {
  CHECK(parsed("StorageTyp=x\n").error().message ==
        "slurmdbd.conf line 1: unknown slurmdbd.conf key StorageTyp; did you mean StorageType?");
  CHECK(parsed("PurgeJobAfter=12years\n").error().message.find("PurgeJobAfter=12years") != std::string::npos);
  CHECK(!parsed("DbdPort=0\n"));
  CHECK(parsed("PrivateData=jobs,bogus\n").error().message.find("PrivateData=jobs,bogus: bogus is not known") !=
        std::string::npos);
  CHECK(parsed("PrivateData=job,User,none\n")->identity.private_data == std::vector<std::string>{"jobs", "users"});
}

}  // namespace
}  // namespace slurmxx
