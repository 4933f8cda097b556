// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/config/helpers_conf.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

Result<FeatureHelpers> helpers(const std::string& text) {
  return parse_helpers_conf("/etc/slurm/helpers.conf", [&](const std::string&) { return Result<std::string>(text); });
}

std::string error_of(const std::string& text) {
  const auto parsed = helpers(text);
  return parsed ? "" : parsed.error().message;
}

}  // namespace

TEST_CASE("helpers.conf: programs for features, of all nodes or some") {
  const FeatureHelpers all = helpers(
                                 "AllowUserBoot=alice,bob BootTime=60\nExecTime=5\n"
                                 "NodeName=n[1-2] Feature=nps1,nps2 Helper=/sbin/nps\n"
                                 "feature=turbo helper=/sbin/turbo flags=rebootless\nMutuallyExclusive=nps1,nps2\n")
                                 .value();
  CHECK(all.users == std::vector<std::string>{"alice", "bob"});
  CHECK(all.boot_time == Seconds(60));
  CHECK(all.exec_time == Seconds(5));
  CHECK(all.features_of("n1") == std::vector<std::string>{"nps1", "nps2", "turbo"});
  CHECK(all.features_of("n3") == std::vector<std::string>{"turbo"});
  CHECK(all.is_changeable("nps2"));
  CHECK_FALSE(all.is_changeable("ib"));
  CHECK_FALSE(all.helpers.front().rebootless);
  CHECK(all.helpers.back().rebootless);
  CHECK(all.exclusive == std::vector<std::string>{"nps1,nps2"});
}

TEST_CASE("helpers.conf: errors name the line") {
  CHECK(error_of("Feature=a Helper=nps\n") == "helpers.conf line 1: Helper=nps: an absolute path is wanted");
  CHECK(error_of("\nHelper=/nps\n") == "helpers.conf line 2: Feature is missing");
  CHECK(error_of("Feature=a Helper=/a Flags=fast\n") == "helpers.conf line 1: Flags=fast: rebootless is the only flag");
  CHECK(error_of("Feature=a Helper=/a\nMutuallyExclusive=a,b\n") ==
        "/etc/slurm/helpers.conf: MutuallyExclusive=a,b: no line has Feature=b");
  CHECK(error_of("Feture=a\n").find("Feature") != std::string::npos);
}
