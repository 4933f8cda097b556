// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "state/codec.h"
#include "wire/client_messages.h"
#include "wire/node_messages.h"

using namespace slurmxx;

TEST_CASE("a call and its answer come back from their bytes") {
  ClientCall call{7, RequestId(99), JobVerbRequest{JobVerb::requeue, JobId(5), StepId{2}, 15, true}};
  auto back = decode<ClientCall>(encode(call));
  REQUIRE(back.ok());
  CHECK(back->call == 7);
  CHECK(back->request == RequestId(99));
  const auto* verb = std::get_if<JobVerbRequest>(&back->body);
  REQUIRE(verb != nullptr);
  CHECK(verb->verb == JobVerb::requeue);
  CHECK(verb->step == StepId{2});

  ClientAnswer answer{7, ErrorReply{Errc::invalid_job_id, "", {"job 5 is not there"}}};
  auto answer_back = decode<ClientAnswer>(encode(answer));
  REQUIRE(answer_back.ok());
  CHECK(std::get<ErrorReply>(answer_back->body).code == Errc::invalid_job_id);
}

TEST_CASE("orders and reports of nodes name the life of the job they mean") {
  const NodeReport report = BatchEnded{Incarnation{JobId(3), 2}, ExitCode{1, 0}};
  auto back = decode<NodeReport>(encode(report));
  REQUIRE(back.ok());
  CHECK(std::get<BatchEnded>(*back).job == Incarnation{JobId(3), 2});
  const NodeOrder order = Welcome{Epoch(4), Seconds(30), {{JobId(3), 2}, {JobId(4), 0}}};
  auto order_back = decode<NodeOrder>(encode(order));
  REQUIRE(order_back.ok());
  CHECK(std::get<Welcome>(*order_back).expected.size() == 2);
}
