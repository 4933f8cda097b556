// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/accounting_audit.h"

#include <doctest/doctest.h>

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
