// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "accounting/book_store.h"
#include "daemons/slurmdbd/dbd_fixture.h"

namespace slurmxx {
namespace {

struct Book : DbdFixture {
  Book() { ask(DbdRegister{"head", 6817, 1, {}}); }
  void order(BookVerb verb, Entity entity, const std::vector<std::string>& words) {
    const auto parsed = parse_order(verb, entity, words);
    REQUIRE(parsed);
    const DbdReply reply = ask(DbdBookOrder{*parsed, true});
    REQUIRE(std::get<DbdBookOutcome>(reply).exit_code == 0);
  }
  DbdBook book(bool with_deleted) { return std::get<DbdBook>(ask(DbdBookRequest{"", false, with_deleted})); }
};

TEST_CASE_FIXTURE(Book, "what was deleted can still be seen, until it is there again") {
  order(BookVerb::add, Entity::qos, {"fast", "priority=7"});
  const std::uint32_t id = book(false).book.qos.back().id;
  order(BookVerb::remove, Entity::qos, {"where", "name=fast"});
  CHECK(book(false).deleted.qos.empty());
  const DbdBook seen = book(true);
  REQUIRE(seen.deleted.qos.size() == 1);
  CHECK(seen.deleted.qos.front().name == "fast");
  CHECK(seen.deleted.qos.front().priority == 7);
  CHECK(seen.deleted.qos.front().id == id);
  order(BookVerb::add, Entity::account, {"phys"});
  order(BookVerb::remove, Entity::account, {"where", "name=phys"});
  CHECK(book(true).deleted.accounts.size() == 1);
  order(BookVerb::add, Entity::account, {"phys"});
  CHECK(book(true).deleted.accounts.empty());
}

TEST_CASE_FIXTURE(Book, "an association that comes back has its old number, and says that it was away") {
  order(BookVerb::add, Entity::account, {"phys"});
  order(BookVerb::add, Entity::user, {"alice", "account=phys"});
  order(BookVerb::modify, Entity::user, {"alice", "set", "rawusage=0", "maxjobs=3"});
  const Association first = *book(false).book.find("c", "phys", "alice");
  order(BookVerb::remove, Entity::user, {"alice", "where", "account=phys"});
  order(BookVerb::add, Entity::user, {"bob", "account=phys"});
  order(BookVerb::add, Entity::user, {"alice", "account=phys"});
  const DbdBook seen = book(true);
  const Association* again = seen.book.find("c", "phys", "alice");
  CHECK(again->id == first.id);
  CHECK(again->returns == 1);
  CHECK(again->usage_resets == 1);
  CHECK(again->limits == LimitSet());
  CHECK(seen.book.find("c", "phys", "bob")->id > first.id);
  CHECK(seen.deleted.associations.empty());
  CHECK(std::ranges::is_sorted(seen.book.associations, {}, &Association::id));
  const auto done = std::get<DbdBook>(ask(DbdBookRequest{"", true, false})).transactions;
  CHECK(std::ranges::count(done, "id_assoc=" + std::to_string(first.id), &TransactionRow::where) == 2);
}

}  // namespace
}  // namespace slurmxx
