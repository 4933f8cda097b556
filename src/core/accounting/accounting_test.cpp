// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Command lines of sacctmgr on a book, with what they print.
#include <doctest/doctest.h>

#include "core/accounting/execute.h"
#include "core/text/words.h"

using namespace slurmxx;

namespace {

// A slurmdbd in one value.
struct Desk {
  AccountBook book =
      register_cluster(first_book(), {"golden", "127.0.0.1", 6817, 11776, {"cpu", "gres/gpu"}}, Instant(1)).book;
  Actor actor{"root", AdminLevel::administrates};
  Outcome last;

  std::string run(std::string_view line) {
    auto words = *split_words(line);
    const BookVerb verb = words[0] == "add"      ? BookVerb::add
                          : words[0] == "modify" ? BookVerb::modify
                                                 : BookVerb::remove;
    const auto order = parse_order(verb, *find_entity(words[1]), std::span(words).subspan(2));
    if (!order) return text_of(order.error());
    last = execute(book, actor, *order, Instant(100));
    if (last.changes) book = last.book;
    return last.out + last.err;
  }
  const Association& association(std::string_view account, std::string_view user = {}) {
    const Association* found = book.find("golden", account, user);
    REQUIRE(found);
    return *found;
  }
};

}  // namespace

TEST_CASE("accounts, users and QOS as recorded") {
  Desk desk;
  CHECK(desk.run("add account a1 Description=first Organization=org1") ==
        " Adding Account(s)\n  a1\n Settings\n  Description     = first\n  Organization    = org1\n Associations =\n"
        "  C = golden     A = a1                  \n Settings\n");
  CHECK(desk.run("add account a1") == " Already existing account a1 on cluster golden\n");
  CHECK(
      desk.run("add account a2 parent=a1 fairshare=7") ==
      " Adding Account(s)\n  a2\n Settings\n  Description     = Account Name\n  Organization    = Parent/Account Name\n"
      " Associations =\n  C = golden     A = a2                  \n Settings\n  Fairshare     = 7\n  Parent        = "
      "a1\n");
  CHECK(desk.run("add account a3 parent=nosuch") == " error: No parent account 'nosuch' on cluster 'golden'\n");
  CHECK(desk.run("add user games account=a1") ==
        " Adding User(s)\n  games\n Settings\n Associations =\n  C = golden     A = a1                   U = games    "
        "\n");
  CHECK(desk.run("add user games account=a1").starts_with("Request didn't affect anything\nNothing added.\n"));
  CHECK(desk.run("add user news account=a2 maxjobs=3 adminlevel=operator") ==
        " Adding User(s)\n  news\n Settings\n  Admin Level     = Operator\n Associations =\n"
        "  C = golden     A = a2                   U = news     \n Non Default Settings\n  MaxJobs       = 3\n");
  CHECK(desk.run("add user backup account=nosuch")
            .starts_with("No account nosuch on cluster golden, skipping.\nNothing"));
  CHECK(desk.run("add qos q1 priority=50 maxwall=1:00:00 grpjobs=5") ==
        " Adding QOS(s)\n  q1\n Settings\n  Description    = q1\n  GrpJobs                  = 5\n"
        "  MaxWall                  = 01:00:00\n  Priority                 = 50\n");
  CHECK(desk.run("add qos q1") == " Nothing new added.\n");
  CHECK(desk.run("modify user games set qos+=q1") ==
        " Modified user associations...\n  C = golden     A = a1                   U = games    \n");
  CHECK(desk.book.qos_of(desk.association("a1", "games")) == std::vector<std::string>{"normal", "q1"});
  CHECK(desk.run("modify user nosuch set maxjobs=2") == " Modified user associations...\n  Nothing modified\n");
  CHECK(desk.run("modify account a1 set fairshare=20 maxtresperjob=cpu=4,mem=2G") ==
        " Modified account associations...\n  C = golden     A = a1 of root\n"
        "  C = golden     A = a1                   U = games    \n  C = golden     A = a2                  \n"
        "  C = golden     A = a2                   U = news     \n");
  CHECK(desk.book.limit_text(desk.association("a2", "news"), LimitKind::max_tres_per_job) == "cpu=4,mem=2G");
  CHECK(desk.run("modify qos q1 set bogus=60") ==
        " Unknown option: bogus=60\n Use keyword 'where' to modify condition");
  CHECK(desk.run("delete user news") == " Deleting users...\n  news\n");
  CHECK(desk.run("delete account a1") == " Deleting accounts...\n  a1\n");
  CHECK(desk.run("delete user games account=a1") == " Nothing deleted\n");
  CHECK(desk.run("delete account a2") == " Deleting accounts...\n  a2\n");
  CHECK(desk.run("delete qos nosuch") == "  Nothing deleted\n");
  CHECK(desk.run("add coordinator account=a1 names=games") == " You specified a non-existent account 'a1'.\n");
}

TEST_CASE("nobody loses a default that he needs, and no QOS preempts itself") {
  Desk desk;
  desk.run("add account a1");
  desk.run("add account a2");
  desk.run("add user games account=a1");
  desk.run("add user games account=a2");
  CHECK(desk.run("delete account a1").find("You can not remove the default account of a user\n  DA = a1") !=
        std::string::npos);
  CHECK(desk.association("a1", "games").account == "a1");
  CHECK(desk.run("delete account a2") == " Deleting accounts...\n  a2\n");
  CHECK(desk.run("delete account a1") == " Deleting accounts...\n  a1\n");  // and with it all that the user had

  desk.run("add account a3");
  desk.run("add user games account=a3");
  desk.run("add qos low");
  desk.run("add qos high");
  desk.run("modify user games set qos=normal,low");
  CHECK(desk.run("modify user games set defaultqos=low").starts_with(" Modified user"));
  const std::string refused = desk.run("modify user games set qos=normal");
  CHECK(refused.find("don't have access to their default qos.\n  DQOS = low") != std::string::npos);
  CHECK(desk.run("modify account a3 set qos=high").starts_with(" Modified account"));
  CHECK(desk.run("delete qos low")
            .starts_with(" Associations listed below have these as their Default QOS.\n"
                         "  DefQOS = low        C = golden     A = a3                   U = games"));
  CHECK(desk.book.find_qos("low"));

  CHECK(desk.run("modify qos high set preempt=low").starts_with(" Modified qos"));
  CHECK(desk.run("modify qos low set preempt=high").find("QOS Preemption loop detected") != std::string::npos);
  CHECK(desk.run("modify qos low set preempt=low").find("QOS Preemption loop detected") != std::string::npos);
}

TEST_CASE("only operators and coordinators change what is theirs") {
  Desk desk;
  desk.run("add account phys");
  desk.run("add account chem");
  desk.run("add user games account=phys");
  desk.run("add user news account=chem");
  desk.run("add coordinator account=phys names=games");
  desk.actor = {"games", AdminLevel::none};
  CHECK(desk.run("add account evil") == " error: Only admins/operators/coordinators can add accounts\n");
  CHECK(desk.run("add user backup account=phys").starts_with(" Adding User(s)"));
  CHECK(desk.run("modify user backup set maxjobs=2").starts_with(" Modified user"));
  CHECK(desk.run("modify user news set maxjobs=2") == " Error with request: Access/permission denied\n");
  const std::string denied = " Error with request: Access/permission denied\n";
  CHECK(desk.run("add qos mine") == denied);
  CHECK(desk.run("modify user games set adminlevel=admin") == denied);
}

TEST_CASE("a user chooses his own default among the QOS that he has") {
  Desk desk;
  for (const char* line : {"qos high", "qos low", "account phys", "user games account=phys qos=normal,high",
                           "user news account=phys qos=normal,high"})
    desk.run(std::string("add ") + line);
  desk.actor = {"games", AdminLevel::none};
  CHECK(desk.run("modify user games set defaultqos=high").starts_with(" Modified user associations...\n"));
  CHECK(desk.association("phys", "games").default_qos == "high");
  desk.run("modify user games set defaultqos=low");
  CHECK(!desk.last.changes);
  const std::string denied = " Error with request: Access/permission denied\n";
  CHECK(desk.run("modify user news set defaultqos=high") == denied);
  CHECK(desk.run("modify user games set defaultqos=high maxjobs=9") == denied);
  CHECK(desk.run("modify user games set qos+=low") == denied);
}

TEST_CASE("what was used is set back by administrators alone") {
  Desk desk;
  for (const char* line : {"account phys", "user games account=phys", "coordinator account=phys names=games"})
    desk.run(std::string("add ") + line);
  const std::string denied = " Error with request: Access/permission denied\n";
  desk.actor = {"games", AdminLevel::none};
  CHECK(desk.run("modify user games set rawusage=0") == denied);
  desk.actor = {"news", AdminLevel::operates};
  CHECK(desk.run("modify account phys set rawusage=0") == denied);
  desk.actor = {"root", AdminLevel::administrates};
  desk.run("modify user games set rawusage=0");
  CHECK(desk.last.changes);
}

TEST_CASE("a name with an apostrophe is written with a grave accent wherever it is named") {
  Desk desk;
  desk.run(R"(add account "o'brien")");
  CHECK(desk.association("o`brien").account == "o`brien");
  CHECK(desk.run(R"(add user games "account=o'brien")").starts_with(" Adding User(s)"));
  CHECK(desk.run(R"(add qos "'quoted'")").starts_with(" Adding QOS(s)\n  quoted\n"));
}

TEST_CASE("a coordinator changes what is below his account, an operator no QOS, clusters and resources") {
  Desk desk;
  const std::string denied = " Error with request: Access/permission denied\n";
  for (const char* line :
       {"account phys", "account theo parent=phys", "account chem", "user games account=phys", "user man account=theo",
        "user news account=chem", "coordinator account=phys names=games", "qos low"})
    desk.run(std::string("add ") + line);
  desk.actor = {"games", AdminLevel::none};
  for (const char* line : {"delete account phys", "modify account phys set fairshare=9", "delete account chem",
                           "modify account phys set maxjobs=7", "modify account phys set description=mine",
                           "modify account theo set parent=root", "delete user news account=chem"})
    CHECK_MESSAGE(desk.run(line) == denied, line);
  for (const char* line :
       {"modify account theo set fairshare=9", "modify user games set maxjobs=7", "add account lab parent=phys",
        "add user backup account=theo", "add coordinator account=phys names=man", "modify account lab set parent=theo",
        "delete account lab cluster=golden", "delete user backup account=theo", "add user lp account=theo",
        "delete user lp"}) {
    desk.run(line);
    CHECK_MESSAGE(desk.last.changes, line);
  }
  CHECK(desk.run("delete account lab") == denied);
  CHECK(desk.run("modify account theo set organization=mine") == denied);
  CHECK(desk.run("delete user news") == denied);  // of chem
  desk.actor = {"news", AdminLevel::operates};
  for (const char* line : {"add qos mine", "modify qos low set priority=3", "delete qos low", "add cluster second",
                           "delete cluster golden", "add federation f", "add resource r count=3 type=license"})
    CHECK_MESSAGE(desk.run(line) == denied, line);
  for (const char* line : {"add account bio", "modify account phys set maxjobs=9", "add user lp account=bio"}) {
    desk.run(line);
    CHECK_MESSAGE(desk.last.changes, line);
  }
}

TEST_CASE("a name that the database has no room for is refused, whatever it names") {
  Desk desk;
  const std::string most(255, 'n'), more(256, 'n');
  for (const char* line :
       {"add account ", "add qos ", "add cluster ", "add user account=root names=", "add federation ",
        "add wckey user=root names=", "add resource count=1 type=license names="}) {
    CHECK(desk.run(line + more) == " error: the name nnnnnnnnnnnnnnnn... is 256 bytes long: take one of at most 255\n");
    desk.run(line + most);
    CHECK_MESSAGE(desk.last.changes, line);
  }
}

TEST_CASE("a coordinator gives no QOS that his account has not") {
  Desk desk;
  const std::string denied = " Error with request: Access/permission denied\n";
  for (const char* line : {"qos high", "qos low", "account phys qos=normal,low", "user games account=phys",
                           "user man account=phys", "coordinator account=phys names=games"})
    desk.run(std::string("add ") + line);
  desk.run("modify user man set qos+=high");
  desk.actor = {"games", AdminLevel::none};
  for (const char* line : {"modify user games set qos+=high", "add user backup account=phys qos=high",
                           "add account lab parent=phys qos=high", "modify user games set qos=normal,high"})
    CHECK_MESSAGE(desk.run(line) == denied, line);
  for (const char* line : {"modify user games set qos=low", "modify user man set qos-=low",
                           "add user backup account=phys qos=low", "add account lab parent=phys qos=normal"}) {
    desk.run(line);
    CHECK_MESSAGE(desk.last.changes, line);
  }
}

TEST_CASE("limits know their spellings, values and reasons") {
  LimitSet limits;
  const auto set = [&](std::string_view key, std::string_view value, LimitHolder holder) {
    const auto found = find_limit(key, holder);
    return found && limits.assign(*found, value).ok();
  };
  CHECK(set("MaxTRESPerUser", "cpu=256,gres/gpu=8", LimitHolder::qos));
  CHECK(limits.text(LimitKind::max_tres_per_user) == "cpu=256,gres/gpu=8");
  CHECK(set("maxtrespu", "cpu=-1", LimitHolder::qos));
  CHECK(limits.text(LimitKind::max_tres_per_user) == "gres/gpu=8");
  CHECK(set("MaxWallDurationPerJob", "48:00:00", LimitHolder::qos));
  CHECK(limits.text(LimitKind::max_wall_per_job) == "2-00:00:00");
  CHECK(set("MaxCPUs", "4", LimitHolder::association));
  CHECK(limits.text(LimitKind::max_tres_per_job) == "cpu=4");
  CHECK_FALSE(find_limit("MaxJobsPerUser", LimitHolder::association));
  CHECK(limit_reason(LimitKind::max_tres_per_user, LimitHolder::qos, "cpu") == "QOSMaxCpuPerUserLimit");
  CHECK(limit_reason(LimitKind::grp_tres, LimitHolder::association, "gres/gpu") == "AssocGrpGRES");
  CHECK(limit_reason(LimitKind::max_jobs, LimitHolder::association) == "AssocMaxJobsLimit");
  CHECK(limit_reason(LimitKind::max_submit_per_user, LimitHolder::qos) == "QOSMaxSubmitJobPerUserLimit");
}

TEST_CASE("a difference brings one book to the other") {
  Desk desk;
  const AccountBook before = desk.book;
  desk.run("add account a1");
  desk.run("add user games account=a1");
  desk.run("add qos q1");
  AccountBook copy = before;
  apply_change(copy, difference(before, desk.book));
  CHECK(copy == desk.book);
  apply_change(copy, difference(desk.book, before));
  copy.next_association = before.next_association;
  CHECK(copy == before);
  CHECK(difference(before, before).empty());
}

TEST_CASE("names of accounts are kept in lower case, and case does not matter") {
  Desk desk;
  CHECK(desk.run("add account Phys,CHEM").starts_with(" Adding Account(s)\n  phys\n  chem\n"));
  CHECK(desk.run("add user Games account=PHYS").find("A = phys") != std::string::npos);
  CHECK(desk.run("modify account PHYS set fairshare=4").starts_with(" Modified account"));
  CHECK(desk.association("Phys").shares == 4);
  CHECK(desk.book.user("games")->default_in("golden") == "phys");
  desk.run("add user games account=chem");
  CHECK(desk.book.user("games")->default_in("golden") == "phys");
  desk.run("add user lp account=phys,chem");  // the first by name
  CHECK(desk.book.user("lp")->default_in("golden") == "chem");
}

TEST_CASE("only TRES that are counted can be limited") {
  Desk desk;
  CHECK(desk.run("modify qos normal set grptres=gres/nosuch=2").find("no TRES known by type gres/nosuch") !=
        std::string::npos);
  CHECK(desk.run("modify qos normal set grptres=gres/gpu=2,cpu=4").starts_with(" Modified qos"));
}

TEST_CASE("a resource is shared by clusters, never more of it than there is") {
  Desk desk;
  CHECK(desk.run("add resource name=ansys count=10").starts_with(" Need to designate a resource type"));
  CHECK(desk.run("add resource name=ansys server=flex count=100 type=license cluster=golden allowed=40")
            .starts_with(" Adding Resource(s)\n  ansys@flex\n   Cluster - golden\t40%\n Settings\n"));
  CHECK(desk.run("add resource name=ansys server=flex cluster=golden allowed=10") == " Nothing new added.\n");
  CHECK(desk.run("modify resource name=ansys cluster=golden set allowed=160").find("   total\t\t160%") !=
        std::string::npos);
  CHECK(desk.run("modify resource name=ansys cluster=golden set allowed=60") ==
        " Modified server resource ...\n  Cluster - golden\t- ansys@flex\n");
  CHECK(desk.book.resources.front().allocated() == 60);
  CHECK(desk.run("delete resource name=ansys cluster=golden") ==
        " Deleting resource(s)...\n  Cluster - golden\t- ansys@flex\n");
  CHECK(desk.book.resources.front().allocated() == 0);
  CHECK(desk.run("delete resource") == " No conditions given to remove, not executing.\n");
  CHECK(desk.run("delete resource name=ansys") == " Deleting resource(s)...\n  ansys@flex\n");
  desk.run("add resource name=abs type=license count=20 flags=absolute cluster=golden allowed=15");
  CHECK(desk.run("modify resource name=abs set allowed=21").find("more than the 20") != std::string::npos);
}

TEST_CASE("wckeys are given, made the default and taken away") {
  Desk desk;
  desk.run("add account phys");
  desk.run("add user games account=phys");
  CHECK(desk.run("add wckey k1 user=games cluster=golden").starts_with(" WCKeys =\n  C = golden     W = k1"));
  CHECK(desk.run("add wckey k1 user=games") == " Nothing new added.\n");
  CHECK(desk.run("modify user games set defaultwckey=k2").find("aren't associated with new default wckey 'k2'") !=
        std::string::npos);
  CHECK(desk.book.user("games")->default_wckey == "k1");
  desk.run("add wckey k3 user=games");
  CHECK(desk.book.user("games")->default_wckey == "k1");
  CHECK(desk.run("modify user games set defaultwckey=k3") == " Modified users...\n  games\n");
  desk.run("delete user games wckey=k3");
  CHECK(desk.run("modify user games set defaultwckey=k1") == " Modified users...\n  games\n");
  CHECK(desk.run("delete user games wckey=k1").starts_with(" Deleting user WCKeys...\n  C = golden     W = k1"));
  CHECK(desk.book.wckeys.empty());
  CHECK(desk.book.user("games")->default_wckey.empty());
  CHECK(desk.run("add user news account=phys defaultwckey=k9").find(" WCKeys =\n  C = golden     W = k9") !=
        std::string::npos);
  CHECK(desk.book.user("news")->default_wckey == "k9");
}

TEST_CASE("a QOS that is granted stays when the list above loses it") {
  Desk desk;
  for (const char* line :
       {"add qos high", "modify account root set qos=normal,high", "add account phys", "add user games account=phys",
        "modify user games set qos+=high", "modify account root set qos=normal"})
    desk.run(line);
  CHECK(desk.book.qos_of(desk.association("phys", "games")) == std::vector<std::string>{"normal", "high"});
  desk.run("modify user games set qos-=high");
  CHECK(desk.book.qos_of(desk.association("phys", "games")) == std::vector<std::string>{"normal"});
  desk.run("modify account root set qos+=high");
  CHECK(desk.book.qos_of(desk.association("phys", "games")) == std::vector<std::string>{"normal"});
  desk.run("modify user games set qos-=normal");
  CHECK(desk.book.qos_of(desk.association("phys", "games")).empty());
}

TEST_CASE("conditions of modify and delete choose, and those that do not are refused") {
  Desk desk;
  desk.run("add qos tiny");
  desk.run("add account a1 organization=lab");
  desk.run("add account a2 organization=hall");
  desk.run("add user games account=a1 qos=tiny");
  desk.run("add user news account=a2 adminlevel=operator");
  const auto jobs = [&](const char* account, const char* user) {
    return desk.association(account, user).limits.text(LimitKind::max_jobs);
  };
  const std::string none = jobs("a2", "news");
  desk.run("modify user where qos=tiny set maxjobs=3");
  CHECK(jobs("a1", "games") == "3");
  CHECK(jobs("a2", "news") == none);
  desk.run("modify user where adminlevel=operator set maxjobs=4");
  CHECK(jobs("a1", "games") == "3");
  CHECK(jobs("a2", "news") == "4");
  desk.run("modify account where organization=hall set maxjobs=5");
  CHECK(jobs("a2", "") == "5");
  CHECK(jobs("a1", "") == none);
  CHECK(desk.run("delete user where qos=tiny name=news").find("Nothing deleted") != std::string::npos);
  CHECK(desk.book.user("news"));
  CHECK(desk.run("delete account where name=a1 organization=hall").find("Nothing deleted") != std::string::npos);
  CHECK(desk.run("modify user where defaultaccount=a1 set adminlevel=administrator").find("games") !=
        std::string::npos);
  CHECK(desk.book.user("news")->admin == AdminLevel::operates);
  CHECK(desk.run("modify cluster where classification=x set maxjobs=1") ==
        " error: modify and delete do not choose by classification= here: name what is meant\n");
  CHECK(desk.run("modify qos where preemptmode=cancel set priority=1").find("preemptmode=") != std::string::npos);
}

TEST_CASE("flags of a QOS take their sign from before the value too, and an apostrophe becomes a backquote") {
  Desk desk;
  desk.run("add qos high flags=denyonlimit");
  const auto flags = [&] { return join(desk.book.find_qos("high")->flags, ","); };
  desk.run("modify qos high set flags=+nodecay");
  CHECK(flags() == "DenyOnLimit,NoDecay");
  desk.run("modify qos high set flags=-denyonlimit");
  CHECK(flags() == "NoDecay");
  desk.run("modify qos high set flags=-1");
  CHECK(flags().empty());
  const std::vector<std::string> words = {"a1", "organization=o'x"};
  desk.last = execute(desk.book, desk.actor, *parse_order(BookVerb::add, Entity::account, words), Instant(100));
  CHECK(desk.last.book.account("a1")->organization == "o`x");
}

TEST_CASE("a text is one line") {
  Desk desk;
  const std::vector<std::string> words = {"a1", "description=a\nb"};
  desk.last = execute(desk.book, desk.actor, *parse_order(BookVerb::add, Entity::account, words), Instant(100));
  CHECK(desk.last.exit_code == 1);
  CHECK(desk.last.err.find("description has a line break") != std::string::npos);
  CHECK_FALSE(desk.book.account("a1"));
}

TEST_CASE("a user who is renamed keeps what is his") {
  Desk desk;
  desk.run("add account phys");
  desk.run("add user games account=phys maxjobs=3");
  desk.run("add user news account=phys");
  desk.run("add coordinator account=phys names=games");
  CHECK(desk.run("modify user games set newname=news").find("there is a user news already") != std::string::npos);
  CHECK(desk.run("modify user games set newname=backup") == " Modified users...\n  games\n");
  CHECK_FALSE(desk.book.user("games"));
  CHECK(desk.association("phys", "backup").limits.number(LimitKind::max_jobs) == 3);
  CHECK(desk.book.account("phys")->coordinators == std::vector<std::string>{"backup"});
  CHECK(desk.run("modify user root set newname=toor") == " error: the user root stays\n");
}
