// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/audit.h"

#include "daemons/slurmdbd/dbd_fixture.h"

namespace slurmxx {
namespace {

struct Trail : DbdFixture {
  Trail() {
    for (int i = 1; i <= 6; ++i) {
      AuditEntry entry;
      entry.at = Instant(1000 + i);
      entry.actor = i % 2 ? "alice" : "bob";
      entry.uid = Uid(1000);
      entry.action = "update node";
      entry.target = "node n" + std::to_string(i);
      entry.after = "state=DOWN";
      auto transaction = Transaction::begin(*database);
      REQUIRE(append_audit(*database, {entry}));
      REQUIRE(transaction->commit());
    }
  }
  std::string fault() {
    const auto verdict = verify_audit(*database);
    REQUIRE(verdict);
    return verdict->fault;
  }
  void sql(const char* text) { REQUIRE(database->execute(text)); }
};

TEST_CASE_FIXTURE(Trail, "a trail that nobody touched is whole") {
  const auto verdict = verify_audit(*database);
  CHECK(verdict->fault == "");
  CHECK(verdict->good == 6);
  CHECK(verdict->last_hash.size() == 64);
}

TEST_CASE_FIXTURE(Trail, "a record that was changed is named") {
  const std::string changed =
      "record 3 (1970-01-01T00:16:43, alice: update node node n3) was changed, or stands in the place of another";
  SUBCASE("its value") {
    sql("UPDATE audit SET value_after = 'state=IDLE' WHERE number = 3");
    CHECK(fault() == changed);
  }
  SUBCASE("who it was") {
    sql("UPDATE audit SET uid = NULL WHERE number = 3");
    CHECK(fault() == changed);
  }
  SUBCASE("its time") {
    sql("UPDATE audit SET done_at = 1002 WHERE number = 3");
    CHECK(fault().starts_with("record 3 ("));
  }
}

TEST_CASE_FIXTURE(Trail, "a trail that was taken away whole is missed, as soon as there is a cluster") {
  sql("DELETE FROM audit");
  sql("DELETE FROM audit_head");
  CHECK(fault() == "");
  sql("INSERT INTO clusters (name, registered) VALUES ('other', 1)");
  CHECK(fault().starts_with("all records are missing"));
}

TEST_CASE_FIXTURE(Trail, "a record that is gone is named") {
  SUBCASE("in the middle") {
    sql("DELETE FROM audit WHERE number = 2");
    CHECK(fault() == "record 2 is missing");
  }
  SUBCASE("at the end") {
    sql("DELETE FROM audit WHERE number > 4");
    CHECK(fault() == "records 5 to 6 are missing");
  }
  SUBCASE("and the others moved up") {
    sql("DELETE FROM audit WHERE number = 2");
    sql("UPDATE audit SET number = number - 1 WHERE number > 2");
    CHECK(fault().starts_with("record 2 (1970-01-01T00:16:43, alice: update node node n3) was changed"));
  }
}

TEST_CASE_FIXTURE(Trail, "records that changed places are named") {
  sql("UPDATE audit SET number = 100 WHERE number = 4");
  sql("UPDATE audit SET number = 4 WHERE number = 5");
  sql("UPDATE audit SET number = 5 WHERE number = 100");
  CHECK(fault().starts_with("record 4 (1970-01-01T00:16:45, alice: update node node n5)"));
}

TEST_CASE_FIXTURE(Trail, "a record that slurmdbd did not write is named") {
  sql("INSERT INTO audit SELECT 7, done_at, actor, uid, origin, cluster, action, target, value_before, value_after, "
      "hash FROM audit WHERE number = 6");
  CHECK(fault().starts_with("record 7 ("));
}

TEST_CASE_FIXTURE(DbdFixture, "orders of sacctmgr and of slurmctld's log are in the trail, with old and new values") {
  take({ClusterRecord{"head", 6817, "cpu=4", "n1", {}, Instant(10)}});
  caller.from = "10.0.0.7";
  const auto order = [&](BookVerb verb, std::vector<std::string> words) {
    const auto parsed = parse_order(verb, Entity::qos, words);
    REQUIRE(parsed);
    ask(DbdBookOrder{*parsed, true});
  };
  order(BookVerb::add, {"fast"});
  order(BookVerb::modify, {"where", "name=fast", "set", "priority=7"});
  take({AuditRecord{"update node", "node n1", Uid(1000), "base=idle", "base=down", Instant(20)}});
  const auto rows = database->query(
      "SELECT actor, uid, origin, action, target, value_before, value_after FROM audit "
      "ORDER BY number");
  REQUIRE(rows);
  REQUIRE(rows->size() >= 3);
  const SqlRow& node = rows->back();
  CHECK(node.integer(1) == 1000);
  CHECK(node.text(2) == "slurmctld");
  CHECK(node.text(5) == "base=idle");
  const SqlRow& qos = rows->at(rows->size() - 2);
  CHECK(qos.text(0) == "root");
  CHECK(qos.text(2) == "10.0.0.7");
  CHECK(qos.text(3) == "Modify QOS");
  CHECK(qos.text(6).find("priority=7") != std::string::npos);
  CHECK(qos.text(5).find("priority=") != std::string::npos);
  CHECK(verify_audit(*database)->fault == "");
}

TEST_CASE("a line for syslog is JSON") {
  AuditEntry entry{7, Instant(0), "a\"b", Uid(5), "::1", "c", "x", "y", "", "line\nbreak"};
  CHECK(audit_json(entry, "00") ==
        "{\"number\":7,\"time\":\"1970-01-01T00:00:00Z\",\"uid\":5,\"actor\":\"a\\\"b\",\"from\":\"::1\",\"cluster\":"
        "\"c\",\"action\":\"x\",\"target\":\"y\",\"before\":\"\",\"after\":\"line\\u000abreak\",\"hash\":\"00\"}");
}

}  // namespace
}  // namespace slurmxx
