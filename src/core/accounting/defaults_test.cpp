// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The default account of a user is one a cluster.
#include <doctest/doctest.h>

#include "core/accounting/conditions.h"
#include "core/accounting/execute.h"
#include "core/text/words.h"

using namespace slurmxx;

namespace {

// Accounts chem and phys on cluster bench, chem and sec on cluster second.
struct TwoClusters {
  AccountBook book = first_book();
  Actor actor{"root", AdminLevel::administrates};

  TwoClusters() {
    for (const char* name : {"bench", "second"})
      book = register_cluster(book, {name, "127.0.0.1", 6817, 11776, {"cpu"}}, Instant(1)).book;
    for (const char* line : {"add account phys cluster=bench", "add account chem", "add account sec cluster=second"})
      run(line);
  }
  std::string run(std::string_view line) {
    auto words = *split_words(line);
    const BookVerb verb = words[0] == "add"      ? BookVerb::add
                          : words[0] == "modify" ? BookVerb::modify
                                                 : BookVerb::remove;
    const auto order = parse_order(verb, *find_entity(words[1]), std::span(words).subspan(2));
    REQUIRE(order.ok());
    const Outcome outcome = execute(book, actor, *order, Instant(100));
    if (outcome.changes) book = outcome.book;
    return outcome.out + outcome.err;
  }
  // "phys sec": as the controller of each cluster is told.
  std::string defaults(std::string_view user) const {
    return book_for(book, "bench").user(user)->default_account + " " +
           book_for(book, "second").user(user)->default_account;
  }
};

}  // namespace

TEST_CASE("the first account on a cluster is the default there") {
  TwoClusters site;
  site.run("add user games account=phys cluster=bench");
  CHECK(site.defaults("games") == "phys ");
  site.run("add user games account=sec,chem cluster=second");  // of several the first by name
  CHECK(site.defaults("games") == "phys chem");
  site.run("add user games account=chem");  // one more on bench
  CHECK(site.defaults("games") == "phys chem");
  site.run("add user lp account=chem,phys,sec defaultaccount=sec");  // bench has no account sec
  CHECK(site.defaults("lp") == "chem sec");
}

TEST_CASE("a default account is set on the clusters that are named, else wherever the user has it") {
  TwoClusters site;
  site.run("add user games account=phys,chem,sec");
  CHECK(site.defaults("games") == "chem chem");
  CHECK(site.run("modify user games where cluster=second set defaultaccount=sec") == " Modified users...\n  games\n");
  CHECK(site.defaults("games") == "chem sec");
  site.run("modify user games set defaultaccount=phys");
  CHECK(site.defaults("games") == "phys sec");
  site.run("modify user games set defaultaccount=chem");
  CHECK(site.defaults("games") == "chem chem");
  CHECK(site.run("modify user games where cluster=second set defaultaccount=phys") ==
        " error: user games has no association with account phys on cluster second\n");
}

TEST_CASE("what is deleted on one cluster does not ask for the default of another") {
  TwoClusters site;
  site.run("add user games account=chem cluster=bench");
  site.run("add user games account=chem,sec cluster=second");
  CHECK(site.run("delete user games where account=chem cluster=second").find("can not remove the default account") !=
        std::string::npos);
  CHECK(site.run("delete user games where account=chem cluster=bench").starts_with(" Deleting user associations"));
  CHECK(site.defaults("games") == " chem");
  site.run("add user games account=phys cluster=bench");
  CHECK(site.defaults("games") == "phys chem");
  CHECK(site.run("delete account phys").starts_with(" Deleting accounts"));
  CHECK(site.defaults("games") == " chem");
  site.run("delete cluster second");
  CHECK(site.book.user("games")->defaults.empty());
}

TEST_CASE("conditions ask for the default account of the cluster") {
  TwoClusters site;
  site.run("add user games account=chem");
  site.run("add user games account=sec");
  site.run("modify user games where cluster=second set defaultaccount=sec");
  const Terms where{{"defaultaccount", TermSign::equals, "sec"}};
  CHECK(meets(site.book, *site.book.find("second", "chem", "games"), where));
  CHECK_FALSE(meets(site.book, *site.book.find("bench", "chem", "games"), where));
}

TEST_CASE("a row of a former version has its default account on each cluster until one is set there") {
  TwoClusters site;
  site.run("add user games account=chem");
  UserRow old = *site.book.user("games");
  old.default_account = "phys";
  old.defaults.clear();
  put(site.book.users, old);
  CHECK(site.defaults("games") == "phys phys");
  site.run("add user games account=phys,sec");  // second has no phys: it never was his default there
  CHECK(site.defaults("games") == "phys sec");
  site.run("modify user games where cluster=second set defaultaccount=chem");
  CHECK(site.defaults("games") == "phys chem");
  site.run("delete user games where account=chem,phys cluster=bench");
  CHECK(site.defaults("games") == " chem");
}
