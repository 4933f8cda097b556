// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sacctmgr/load_report.h"

#include <doctest/doctest.h>

#include "core/accounting/execute.h"
#include "core/text/words.h"

using namespace slurmxx;

namespace {

AccountBook changed_by(AccountBook book, const std::vector<const char*>& lines) {
  for (const char* line : lines) {
    const auto words = *split_words(line);
    const BookVerb verb = words[0] == "add" ? BookVerb::add : BookVerb::modify;
    const auto order = parse_order(verb, *find_entity(words[1]), std::span(words).subspan(2));
    Outcome done = execute(book, {"root", AdminLevel::administrates}, *order, Instant(100));
    REQUIRE_MESSAGE(done.changes, done.err);
    book = std::move(done.book);
  }
  return book;
}

AccountBook first_rows() {
  return changed_by(register_cluster(first_book(), {"c", "h", 6817, 11776, {}}, Instant(1)).book,
                    {"add qos fast", "add account chem", "add user games account=chem fairshare=3"});
}

}  // namespace

TEST_CASE("a load tells what it changes, and nothing of what is as the file says") {
  const AccountBook first = first_rows();
  CHECK(load_report(first, first, "c").empty());
  const AccountBook after = changed_by(
      first, {"modify account chem set description='chemistry dept' grptres=cpu=10 grpjobs=3 qos=fast,normal",
              "modify user games set fairshare=9 adminlevel=operator", "add coordinator account=chem names=games"});
  CHECK(load_report(first, after, "c") ==
        " Changed description           for Account chem           chem -> chemistry dept\n"
        " Changed Admin Level           for User    games          None -> Operator\n"
        " Making User 'games' coordinator for account(s) chem\n"
        " Changed GrpTRES               for Account chem         (null) -> cpu=10\n"
        " Changed GrpJobs               for Account chem             -1 -> 3\n"
        " Added QOS                     for Account chem       fast,normal\n"
        " Changed fairshare             for User    games             3 -> 9\n");
}

TEST_CASE("a load tells in tables what it adds") {
  const AccountBook first = first_rows();
  const AccountBook after =
      changed_by(first, {"add account lab parent=chem description='a very long description' organization=sci maxjobs=4",
                         "add user lp account=lab fairshare=4"});
  const std::string text = load_report(first, after, "c");
  const auto has = [&](const char* part) { return text.find(part) != std::string::npos; };
  CHECK(
      text.starts_with("Accounts\n"
                       "      Name                Descr                  Org                  QOS \n"
                       "---------- -------------------- -------------------- -------------------- \n"
                       "       lab a very long descrip+                  sci                      \n"
                       "---------------------------------------------------\n\n"
                       "Account Associations\n   Account ParentName     Share   GrpTRESMins GrpTRESRunMin "));
  CHECK(has("\n       lab       chem         1 "));
  CHECK(has("\nUsers\n      Name   Def Acct  Def WCKey                  QOS     Admin       Coord Accounts \n"));
  CHECK(has("\n        lp        lab                                   Not Set                      \n"));
  CHECK(has("\nUser Associations\n      User    Account     Share "));
  CHECK(has("\n        lp        lab         4 "));
  CHECK(text.ends_with("\n--------------------------------------------------------------\n\n"));
}
