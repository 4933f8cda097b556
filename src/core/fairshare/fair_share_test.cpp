// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/fairshare/fair_share.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <string>

#include "core/fairshare/decay.h"
#include "core/text/words.h"

using namespace slurmxx;

namespace {

// A line a node: "name parent shares usage", users in capitals; shares may be "parent".
struct Drawn {
  ShareTree tree{ShareNode{}};
  std::vector<std::string> names{"root"};
  std::vector<ShareResult> results;

  Drawn(const char* text, ShareFormula formula, double dampening = 1) {
    for (std::string_view line : split(text, '\n')) {
      const auto words = *split_words(line);
      if (words.empty()) continue;
      ShareNode node;
      node.parent = place(words.at(1));
      node.is_user = words.at(0) == upper(words.at(0));
      if (words.at(2) == "parent")
        node.shares.reset();
      else
        node.shares = static_cast<std::uint32_t>(std::stoul(words.at(2)));
      node.usage = std::stod(words.at(3));
      tree.push_back(node);
      names.push_back(words.at(0));
    }
    results = fair_shares(tree, formula, dampening);
  }
  std::uint32_t place(const std::string& name) const {
    for (std::uint32_t i = 0; i < names.size(); ++i)
      if (names[i] == name) return i;
    FAIL(name);
    return 0;
  }
  const ShareResult& of(const char* name) const { return results[place(name)]; }
  std::string factor(const char* name) const { return fmt::format("{:.6f}", of(name).fair_share); }
};

// The example of the documentation's page on classic fairshare.
constexpr const char* documented = R"(
a root 40 0
b a 30 0
c a 10 0
d root 60 0
e d 25 0
f d 35 0
U1 b 1 0.2
U2 c 1 0.25
U3 c 1 0
U4 e 1 0.25
U5 f 1 0
X root 0 0.3
)";

}  // namespace

TEST_CASE("classic fairshare: the documentation's example, to the digit") {
  const Drawn drawn(documented, ShareFormula::classic);
  CHECK(drawn.of("U1").normal_shares == doctest::Approx(0.3));
  CHECK(drawn.of("U2").normal_shares == doctest::Approx(0.05));
  CHECK(drawn.of("U4").normal_shares == doctest::Approx(0.25));
  CHECK(drawn.of("U5").normal_shares == doctest::Approx(0.35));
  CHECK(drawn.of("a").effective_usage == doctest::Approx(0.45));
  CHECK(drawn.of("b").effective_usage == doctest::Approx(0.3875));
  CHECK(drawn.of("c").effective_usage == doctest::Approx(0.3));
  CHECK(drawn.of("f").effective_usage == doctest::Approx(0.145833));
  CHECK(drawn.of("U2").effective_usage == doctest::Approx(0.275));
  CHECK(drawn.of("U3").effective_usage == doctest::Approx(0.15));
  CHECK(drawn.factor("U1") == "0.408479");
  CHECK(drawn.factor("U2") == "0.022097");
  CHECK(drawn.factor("U3") == "0.125000");
  CHECK(drawn.factor("U4") == "0.500000");
  CHECK(fmt::format("{:.3f}", drawn.of("U5").fair_share) == "0.749");  // the page rounds 0.145833 on its way
}

TEST_CASE("classic fairshare: dampening, and users who are as their account") {
  const Drawn drawn(documented, ShareFormula::classic, 2);
  CHECK(drawn.factor("U4") == fmt::format("{:.6f}", 0.7071067811865476));
  const Drawn as_account("a root 1 0\nb root 1 0\nU1 a parent 6\nU2 a parent 0\nU3 b 1 2\n", ShareFormula::classic);
  CHECK(as_account.factor("U1") == as_account.factor("U2"));
  CHECK(as_account.factor("U1") == as_account.factor("a"));
  CHECK(as_account.factor("U3") > as_account.factor("U1"));
}

TEST_CASE("Fair Tree ranks every user of a better account before those of a worse one") {
  const Drawn drawn(R"(
over root 1 0
under root 1 0
A over 1 60
B over 3 20
C under 1 15
D under 1 5
)",
                    ShareFormula::fair_tree);
  CHECK(drawn.of("over").level == doctest::Approx(0.625));
  CHECK(drawn.of("under").level == doctest::Approx(2.5));
  CHECK(drawn.of("B").normal_shares == doctest::Approx(0.75));
  CHECK(drawn.of("B").effective_usage == doctest::Approx(0.25));
  CHECK(drawn.of("B").level == doctest::Approx(3));
  CHECK(drawn.factor("D") == "1.000000");
  CHECK(drawn.factor("C") == "0.750000");
  CHECK(drawn.factor("B") == "0.500000");
  CHECK(drawn.factor("A") == "0.250000");
  CHECK(drawn.of("over").fair_share == 0);
}

TEST_CASE("Fair Tree: level siblings rank alike, and level accounts are one") {
  const Drawn users("a root 1 0\nU1 a 1 5\nU2 a 1 5\nU3 a 1 90\n", ShareFormula::fair_tree);
  CHECK(users.factor("U1") == "1.000000");
  CHECK(users.factor("U2") == "1.000000");
  CHECK(users.factor("U3") == "0.333333");
  // a and b are level: their users are ranked as if they were of one account.
  const Drawn accounts("a root 1 0\nb root 1 0\nU1 a 1 10\nU2 a 1 30\nV1 b 1 20\nV2 b 1 20\n", ShareFormula::fair_tree);
  CHECK(accounts.factor("U1") == "1.000000");
  CHECK(accounts.factor("V1") == "0.750000");
  CHECK(accounts.factor("V2") == "0.750000");
  CHECK(accounts.factor("U2") == "0.250000");
  // A user that is level with an account ranks as the account's best.
  const Drawn mixed("a root 1 0\nU root 1 10\nV1 a 1 2\nV2 a 1 8\n", ShareFormula::fair_tree);
  CHECK(mixed.factor("U") == "1.000000");
  CHECK(mixed.factor("V1") == "1.000000");
  CHECK(mixed.factor("V2") == "0.333333");
}

TEST_CASE("Fair Tree: without usage all are level; shares of none rank last; accounts may be as their parent") {
  const Drawn unused("a root 1 0\nU1 a 1 0\nU2 a 9 0\n", ShareFormula::fair_tree);
  CHECK(unused.factor("U1") == "1.000000");
  CHECK(unused.factor("U2") == "1.000000");
  const Drawn none("a root 1 0\nU1 a 0 5\nU2 a 1 95\n", ShareFormula::fair_tree);
  CHECK(none.factor("U1") == "0.500000");
  CHECK(none.factor("U2") == "1.000000");
  // The children of `b` stand beside those of `a`.
  const Drawn moved("a root 1 0\nb a parent 0\nU1 b 1 10\nU2 a 1 30\n", ShareFormula::fair_tree);
  CHECK(moved.of("U1").normal_shares == doctest::Approx(0.5));
  CHECK(moved.of("U1").effective_usage == doctest::Approx(0.25));
  CHECK(moved.factor("U1") == "1.000000");
  CHECK(moved.factor("U2") == "0.500000");
}

TEST_CASE("Fair Tree: a user with Fairshare=parent stands first in its account, as seen beside slurm-wlm") {
  const Drawn seen(
      "phys root 1 0\nBIN phys 5 172\nDAEMON phys 5 52\nROOT phys 1 73\nSYS phys parent 52\n"
      "geo root 7 0\nGAMES geo 2 0\nNEWS geo parent 73\n",
      ShareFormula::fair_tree);
  CHECK(seen.factor("GAMES") == "1.000000");
  CHECK(seen.factor("NEWS") == "1.000000");
  CHECK(seen.of("NEWS").effective_usage == doctest::Approx(1));
  CHECK(seen.factor("SYS") == "0.666667");
  CHECK(seen.factor("DAEMON") == "0.500000");
  CHECK(seen.factor("BIN") == "0.333333");
  CHECK(seen.factor("ROOT") == "0.166667");
  CHECK(seen.of("SYS").normal_shares == seen.of("phys").normal_shares);
  CHECK(seen.of("SYS").effective_usage == doctest::Approx(52.0 / 349));
}

TEST_CASE("depth-oblivious fairshare is classic at the first level, and forgives depth below it") {
  const Drawn drawn("a root 50 0\nb root 50 0\nc a 1 0\nd a 1 0\nU1 c 1 30\nU2 d 1 10\nU3 b 1 60\n",
                    ShareFormula::depth_oblivious);
  CHECK(drawn.factor("b") == fmt::format("{:.6f}", std::exp2(-1.2)));
  CHECK(drawn.factor("a") == fmt::format("{:.6f}", std::exp2(-0.8)));
  // d used half of what its level did: k = 1, R = 0.8 * 0.5. c used more than its level did: k < 1.
  CHECK(drawn.factor("d") == fmt::format("{:.6f}", std::exp2(-0.4)));
  const double k = 1 / (1 + 25 * std::log(0.8) * std::log(0.8));
  CHECK(drawn.factor("c") == fmt::format("{:.6f}", std::exp2(-0.8 * std::pow(1.5, k))));
  CHECK(drawn.factor("U1") == drawn.factor("c"));
}

TEST_CASE("usage halves with every half-life, and is reset when its period begins") {
  CHECK(decayed_usage(800, Seconds(3 * 86400), Seconds(86400)) == doctest::Approx(100));
  CHECK(decayed_usage(800, Seconds(3 * 86400), Seconds(0)) == 800);
  const Instant thursday = utc().instant({2026, 11, 26, 8, 0, 0});
  const auto next = [&](const char* period) { return utc().civil(*next_usage_reset(period, thursday, utc())); };
  CHECK(next("DAILY") == CivilTime{2026, 11, 27, 0, 0, 0});
  CHECK(next("weekly") == CivilTime{2026, 11, 29, 0, 0, 0});
  CHECK(next("MONTHLY") == CivilTime{2026, 12, 1, 0, 0, 0});
  CHECK(next("QUARTERLY") == CivilTime{2027, 1, 1, 0, 0, 0});
  CHECK(next("YEARLY") == CivilTime{2027, 1, 1, 0, 0, 0});
  CHECK_FALSE(next_usage_reset("NONE", thursday, utc()));
}
