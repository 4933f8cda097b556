// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/reason.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("a waiting reason has the name squeue prints") {
  CHECK(reason_name(ReasonCode::resources) == "Resources");
  CHECK(reason_name(ReasonCode::held_by_user) == "JobHeldUser");
  CHECK(reason_name(ReasonCode::partition_config) == "PartitionConfig");
  CHECK(parse_reason("PartitionTimeLimit") == ReasonCode::partition_time_limit);
  CHECK_FALSE(parse_reason("Moonphase"));
}

TEST_CASE("a waiting reason names the nodes that are missing") {
  CHECK(reason_text({ReasonCode::nodes_not_available, "n1", {}, {}}) == "ReqNodeNotAvail, UnavailableNodes:n1");
  CHECK(reason_text({ReasonCode::begin_time, {}, {}, {}}) == "BeginTime");
}

TEST_CASE("a waiting reason says what is short and what would cure it") {
  const Reason reason{ReasonCode::resources, {}, Shortage{"nodes", 2, 1}, {}};
  CHECK(explain_text(reason) == "Resources: nodes: needs 2, has 1 (waits until a job ends)");
  CHECK(wake_of(ReasonCode::priority) == Wake::job_started);
}
