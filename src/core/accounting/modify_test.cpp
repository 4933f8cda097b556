// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What sacctmgr modify refuses and takes, as slurm-wlm 22.05 was seen to.
#include <doctest/doctest.h>

#include "core/accounting/execute.h"
#include "core/text/words.h"

using namespace slurmxx;

namespace {

struct Book {
  AccountBook book = register_cluster(first_book(), {"golden", "127.0.0.1", 6817, 11776, {}}, Instant(1)).book;
  bool changed = false;

  Book() {
    for (const char* line : {"add qos high", "add qos low", "add account phys", "add account chem",
                             "add user games account=phys", "add resource lic type=license count=3"})
      run(line);
  }
  std::string run(std::string_view line) {
    auto words = *split_words(line);
    const BookVerb verb = words[0] == "add" ? BookVerb::add : BookVerb::modify;
    const auto order = parse_order(verb, *find_entity(words[1]), std::span(words).subspan(2));
    changed = false;
    if (!order) return text_of(order.error());
    const Outcome outcome = execute(book, {"root", AdminLevel::administrates}, *order, Instant(100));
    changed = outcome.changes;
    if (changed) book = outcome.book;
    return outcome.out + outcome.err;
  }
  std::vector<std::string> qos_of(std::string_view user) const {
    return book.qos_of(*book.find("golden", "phys", user));
  }
};

}  // namespace

TEST_CASE("a key that modify does not set is refused, alone or beside others") {
  Book book;
  const auto unknown = [](const std::string& word) {
    return " Unknown option: " + word + "\n Use keyword 'where' to modify condition";
  };
  for (const char* word : {"account=chem", "name=foo", "users=foo", "cluster=foo", "partition=foo", "wckeys=foo"})
    for (const char* more : {"", " maxjobs=3"})
      CHECK(book.run(std::string("modify user games set ") + word + more) == unknown(word));
  CHECK(book.run("modify user games set foo") == " Bad format on foo: End your option with an '=' sign");
  CHECK(book.run("modify account phys set flags=foo") == unknown("flags=foo"));
  for (const char* word : {"name=foo", "account=foo", "foo", "name=foo maxjobs=3"})
    CHECK(book.run(std::string("modify account phys set ") + word) == " Can't modify the name of an account");
  CHECK(book.run("modify account phys set cluster=foo") == " Can't modify the cluster of an account");
  CHECK(book.run("modify resource lic set cluster=golden").find("the cluster of an") != std::string::npos);
}

TEST_CASE("names behind set say nothing of other entities, and are nothing to set") {
  Book book;
  for (const char* line : {"modify cluster golden set name=foo", "modify qos high set name=foo",
                           "modify qos high set foo", "modify resource lic set name=foo"})
    CHECK_MESSAGE(book.run(line) == " You didn't give me anything to set\n", line);
  CHECK(book.run("modify qos high set name=foo priority=3") == " Modified qos...\n  high\n");
  CHECK(book.book.find_qos("high")->priority == 3);
}

TEST_CASE("who could not use his default QOS before hinders no change for others") {
  Book book;
  book.run("add user news account=phys defaultqos=high");
  for (const char* line : {"modify account root set qos+=low", "modify account phys set qos+=low"}) {
    CHECK(book.run(line).starts_with(" Modified account associations...\n"));
    CHECK(book.changed);
  }
  CHECK(book.run("modify user news set defaultqos=high").find("DQOS = high") != std::string::npos);
  book.run("modify user news set qos+=high");
  CHECK(book.run("modify user news set qos-=high").find("DQOS = high") != std::string::npos);
  CHECK_FALSE(book.changed);
}

TEST_CASE("a QOS that was granted and taken away stays away when the account gets it") {
  Book book;
  book.run("modify user games set qos+=low");
  CHECK(book.qos_of("games") == std::vector<std::string>{"normal", "low"});
  book.run("modify user games set qos-=low");
  book.run("modify account phys set qos+=low");
  CHECK(book.qos_of("") == std::vector<std::string>{"normal", "low"});
  CHECK(book.qos_of("games") == std::vector<std::string>{"normal"});
}
