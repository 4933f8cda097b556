// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Many orders as one, federations, and what goes with a user's last association.
#include <doctest/doctest.h>

#include "core/accounting/conditions.h"
#include "core/accounting/load.h"
#include "core/accounting/suspensions.h"
#include "core/text/words.h"

using namespace slurmxx;

namespace {

BookOrder order_of(std::string_view line) {
  const auto words = *split_words(line);
  const BookVerb verb = words[0] == "add" ? BookVerb::add : words[0] == "modify" ? BookVerb::modify : BookVerb::remove;
  return *parse_order(verb, *find_entity(words[1]), std::span(words).subspan(2));
}

struct Book {
  AccountBook rows = register_cluster(first_book(), {"golden", "127.0.0.1", 6817, 11776, {"cpu"}, 4}, Instant(1)).book;
  Actor actor{"root", AdminLevel::administrates};

  std::string run(std::string_view line) {
    const Outcome outcome = execute(rows, actor, order_of(line), Instant(100));
    if (outcome.changes) rows = outcome.book;
    return outcome.out + outcome.err;
  }
  Outcome load(LoadOrder order) { return execute_all(rows, actor, order, Instant(100)); }
};

std::vector<std::string> chosen(const AccountBook& book, std::string_view where, QosMeant meant) {
  const auto words = *split_words(where);
  const ListOrder order = *parse_list(Entity::association, words);
  std::vector<std::string> names;
  for (const auto& placed : book.tree("golden"))
    if (meets(book, *placed.association, order.where, meant))
      names.push_back(placed.association->account + "/" + placed.association->user);
  return names;
}

}  // namespace

TEST_CASE("a file is carried out whole, or nothing of it is") {
  Book book;
  book.run("add account phys");
  book.run("add user games account=phys");
  const LoadOrder bad{
      "", {{order_of("add account chem"), {}, 3}, {order_of("add user news account=chem qos=nosuch"), {}, 4}}};
  const Outcome refused = book.load(bad);
  CHECK(refused.err == " error: Unknown QOS 'nosuch': see sacctmgr show qos\n Problem with line(4)\n");
  CHECK((refused.exit_code == 1 && !refused.changes && refused.book == book.rows && refused.out.empty()));
  const LoadOrder again{"",
                        {{order_of("add account phys"), order_of("modify account phys set fairshare=7"), 3},
                         {order_of("add account chem"), {}, 4}}};
  const Outcome done = book.load(again);
  CHECK((done.changes && done.book.find("golden", "phys")->shares == 7 && done.book.account("chem")));
  CHECK(!Book{done.book}.load(again).err.size());
}

TEST_CASE("a clean load keeps the numbers of what comes back and drops the rest") {
  Book book;
  for (const char* line :
       {"add account phys", "add account chem", "add user games account=phys", "add user news account=chem"})
    book.run(line);
  const std::uint32_t number = book.rows.find("golden", "phys", "games")->id;
  const Outcome done =
      book.load({"golden", {{order_of("add account phys"), {}, 2}, {order_of("add user games account=phys"), {}, 3}}});
  CHECK((done.changes && done.book.find("golden", "phys", "games")->id == number));
  CHECK((!done.book.find("golden", "chem") && !done.book.find("golden", "chem", "news")));
  CHECK((done.book.find("golden", "root") && done.book.find("golden", "root", "root")));
  book.actor = {"games", AdminLevel::none};
  CHECK(book.load({"golden", {}}).err == " Error with request: Access/permission denied\n");
}

TEST_CASE("with the last association of a user the user goes") {
  Book book;
  book.run("add account phys");
  book.run("add user games account=phys");
  CHECK(book.run("delete user games account=phys") ==
        " Deleting user associations...\n  C = golden     A = phys                 U = games    \n"
        " Deleting users (No Associations)...\n  games\n");
  CHECK(!book.rows.user("games"));
  CHECK(book.run("delete user root account=root") == " error: the user root stays\n");
}

TEST_CASE("federations are rows; a cluster is in one of them") {
  Book book;
  CHECK(book.run("add federation f1") == " Adding Federation(s)\n  f1\n");
  CHECK(book.run("add federation f1") == " This federation f1 already exists.  Not adding.\n Nothing new added.\n");
  CHECK(book.run("add federation f2 clusters=golden") ==
        " Adding Federation(s)\n  f2\n Settings\n  Cluster       = golden\n");
  CHECK(book.run("add federation f3 cluster=nosuch") == " The cluster nosuch doesn't exist. Please add first.\n");
  CHECK(book.run("add federation") == " Need name of federation to add.\n");
  CHECK(book.run("modify federation f1 set clusters+=golden") ==
        " The cluster golden is assigned to federation f2\n Setting\n  Cluster       += golden\n Modified "
        "federation...\n  f1\n");
  CHECK((book.rows.cluster("golden")->federation == "f1" && book.rows.cluster("golden")->federation_index == 1));
  CHECK(book.run("modify cluster golden set fedstate=drain") ==
        " Setting\n  FedState       = DRAIN\n Modified cluster...\n  golden\n");
  CHECK(book.rows.cluster("golden")->federation_state == "DRAIN");
  CHECK(book.run("modify cluster golden set fedstate=asleep").find("Invalid FedState") != std::string::npos);
  CHECK(book.run("modify cluster golden set federation=nosuch").find("doesn't exist") != std::string::npos);
  book.run("modify cluster golden set features=a,b");
  book.run("modify cluster golden set features-=a");
  CHECK(book.rows.cluster("golden")->features == std::vector<std::string>{"b"});
  CHECK(book.run("delete federation f1") == " Deleting federations...\n  f1\n");
  CHECK((book.rows.cluster("golden")->federation.empty() && book.rows.cluster("golden")->federation_state.empty()));
  CHECK(book.run("modify federation f1 set clusters=golden") == " The federation f1 doesn't exist.\n");
  CHECK(book.run("delete federation f1") == " Nothing deleted\n");
  CHECK(difference(AccountBook(), book.rows).rows.federations.size() == 1);
}

TEST_CASE("a cluster has a classification and as many nodes as it says") {
  Book book;
  CHECK(book.rows.cluster("golden")->node_count == 4);
  CHECK(book.run("modify cluster golden set classification=capacity") ==
        " Setting\n  Classification = Capacity\n Modified cluster...\n  golden\n");
  CHECK(book.rows.cluster("golden")->classification == "Capacity");
  CHECK(book.run("modify cluster golden set classification=big").starts_with(" Bad classification 'big'"));
  book.run("modify cluster golden set classification=none grpjobs=3");
  CHECK((book.rows.cluster("golden")->classification.empty() &&
         book.rows.find("golden", "root")->limits.has(LimitKind::grp_jobs)));
}

TEST_CASE("lists choose by the QOS that may be used, changes by the QOS that was given") {
  Book book;
  for (const char* line : {"add qos high", "add account phys", "add account chem parent=phys",
                           "add user games account=phys qos=high,normal", "add user news account=chem",
                           "modify account chem set defaultqos=normal"})
    book.run(line);
  using Names = std::vector<std::string>;
  CHECK(chosen(book.rows, "qos=high", QosMeant::effective) == Names{"phys/games"});
  CHECK(chosen(book.rows, "qos=normal", QosMeant::effective).size() == 6);
  CHECK(chosen(book.rows, "qos=normal", QosMeant::own) == Names{"root/", "phys/games"});
  CHECK(chosen(book.rows, "parent=phys", QosMeant::effective) == Names{"chem/"});
  CHECK(chosen(book.rows, "defaultqos=normal", QosMeant::effective) == Names{"chem/"});
}

TEST_CASE("only what lies within the window counts as suspended") {
  const Suspensions known{{Instant(100), Instant(160)}, {Instant(300), Instant(open_end)}};
  CHECK(suspended_within(known, Instant(0), Instant(200)) == Seconds(60));
  CHECK(suspended_within(known, Instant(130), Instant(310)) == Seconds(40));
  CHECK(suspended_within(known, Instant(160), Instant(300)) == Seconds(0));
}

TEST_CASE("an order that changes nothing leaves the book that it was carried out on as it was") {
  Book book;
  for (const char* line :
       {"add account phys", "add user games account=phys wckeys=w", "add qos fast",
        "add coordinator account=phys names=games",
        "add resource r server=s count=3 type=license clusters=golden allowed=50", "add federation f"})
    book.run(line);
  for (const char* line :
       {"add account phys", "add user games account=phys", "add user news account=nosuch", "add qos fast",
        "add cluster golden", "add coordinator account=phys names=games", "add resource r server=s clusters=golden",
        "add wckey w user=games", "modify account nosuch set fairshare=3", "modify user nosuch set fairshare=3",
        "modify qos nosuch set priority=3", "modify resource nosuch set count=5", "delete user nosuch",
        "delete account nosuch", "delete qos nosuch", "delete resource nosuch", "delete coordinator account=nosuch"}) {
    const Outcome done = carry_out(AccountBook(book.rows), book.actor, order_of(line), Instant(100));
    CHECK_MESSAGE((!done.changes && done.book == book.rows), line);
  }
}

TEST_CASE("a file of 5,000 associations: each line finds its place in the one book that is made") {
  Book book;
  LoadOrder load;
  const auto number = [](int i) { return std::to_string(100'000 + i).substr(1); };
  for (int i = 0; i < 1000; ++i) load.steps.push_back({order_of("add account a" + number(i)), {}, 1});
  for (int i = 0; i < 4000; ++i)
    load.steps.push_back({order_of("add user u" + number(i) + " account=a" + number(i / 4)),
                          order_of("modify user u" + number(i) + " account=a" + number(i / 4) + " set fairshare=7"),
                          1});
  const Outcome made = book.load(load);
  REQUIRE(made.changes);
  CHECK(made.book.associations.size() == 5002);
  CHECK(made.book.find("golden", "a00999", "u03999")->shares == 1);
  const Outcome again = Book{made.book}.load(load);
  CHECK(again.book.associations.size() == 5002);
  CHECK(again.book.find("golden", "a00000", "u00000")->shares == 7);
  CHECK(again.book.find("golden", "a00999", "u03999")->shares == 7);
}
