// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/accounting_audit.h"

#include <doctest/doctest.h>

#include "control/cluster_fixture.h"
#include "core/text/described_fields.h"

using namespace slurmxx;

TEST_CASE("an order is told with what it changed, and what the cluster does by itself is not") {
  PartitionChanged event;
  event.partition.name = "long";
  const State before;
  Record record{LogPosition(1), Instant(50), RequestId(7), event};
  const auto told = audit_of(before, record);
  REQUIRE(told.size() == 1);
  const auto& audit = std::get<AuditRecord>(told.front());
  CHECK(audit.action == "create partition");
  CHECK(audit.target == "partition long");
  CHECK(audit.at == Instant(50));
  CHECK(audit.after.find("name=long") != std::string::npos);
  CHECK_FALSE(audit.actor);
  record.actor = RecordActor{Uid(5), "10.0.0.7"};
  const auto of_somebody = std::get<AuditRecord>(audit_of(before, record).front());
  CHECK(of_somebody.actor == Uid(5));
  CHECK(of_somebody.host == "10.0.0.7");
  record.request = RequestId();
  CHECK(audit_of(before, record).empty());
}

TEST_CASE("of two structs only the fields that differ are told") {
  NodeCondition before, after;
  after.drain = true;
  after.reason = NodeReason{"fan", Uid(5), Instant(60)};
  const FieldChange change = changed_fields(fields_of(before), fields_of(after));
  CHECK(change.before == "drain= reason.at= reason.text= reason.uid=");
  CHECK(change.after == "drain=yes reason.at=60 reason.text=fan reason.uid=5");
}

TEST_CASE("the log says who gave an order, and from where") {
  testing::Cluster c;
  c.all_up();
  const JobId job = c.submit(testing::alice, c.job());
  c.ask(testing::admin, JobVerbRequest{JobVerb::suspend, job}, RequestId(77));
  const auto ordered = std::find_if(c.log.begin(), c.log.end(),
                                    [](const Record& one) { return std::holds_alternative<JobSuspended>(one.event); });
  REQUIRE(ordered != c.log.end());
  REQUIRE(ordered->actor);
  CHECK(ordered->actor->uid == Uid(0));
  CHECK(ordered->actor->host == "head");
  for (const Record& record : c.log)
    if (std::holds_alternative<JobSubmitted>(record.event)) CHECK_FALSE(record.actor);  // its owner is in it
}
