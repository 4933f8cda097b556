// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
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

}  // namespace
}  // namespace slurmxx
