// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/words.h"

#include <doctest/doctest.h>

#include <array>

using namespace slurmxx;
using Views = std::vector<std::string_view>;
using Words = std::vector<std::string>;

TEST_CASE("words: split keeps empty pieces, a comma list drops them") {
  CHECK(split("a,,b", ',') == Views{"a", "", "b"});
  CHECK(split("", ',') == Views{""});
  CHECK(split_commas(" a, b,,c ") == Views{"a", "b", "c"});
  CHECK(split_commas("n[1,3],m") == Views{"n[1,3]", "m"});
  CHECK(split_commas("gpu:a100:8(S:0,1),nic") == Views{"gpu:a100:8(S:0,1)", "nic"});
  CHECK(split_commas("").empty());
}

TEST_CASE("words: quotes hold a word together and an open quote is named") {
  CHECK(*split_words("a 'b c' \"d e\"f  g\\ h ''") == Words{"a", "b c", "d ef", "g h", ""});
  CHECK(*split_quoted("x,'y,z'", ",") == Words{"x", "y,z"});
  auto open = split_words("echo 'oops");
  REQUIRE_FALSE(open.ok());
  CHECK(open.error().message == "quote ' at position 5 is never closed in \"echo 'oops\"");
}

TEST_CASE("words: comparison ignores case, trimming is for white space") {
  CHECK(equal_ignoring_case("NodeName", "nodename"));
  CHECK_FALSE(equal_ignoring_case("node", "nodes"));
  CHECK(starts_with_ignoring_case("PartitionName=x", "partitionname="));
  CHECK(contains_ignoring_case("SchedulerParameters", "DULER"));
  CHECK_FALSE(contains_ignoring_case("abc", "abcd"));
  CHECK(trim(" \t x y\r\n") == "x y");
  CHECK(upper("aZ1") == "AZ1");
  CHECK(split_once("a=b=c", '=')->second == "b=c");
  CHECK_FALSE(split_once("abc", '='));
  CHECK(join(Words{"a", "b"}, ", ") == "a, b");
}

TEST_CASE("words: a word may be cut short, but not below its shortest form") {
  CHECK((means("ACC", "accounts", 3) && means("accounts", "accounts", 3)));
  CHECK(!(means("ac", "accounts", 3) || means("acx", "accounts", 3) || means("accountsx", "accounts", 3)));
}

TEST_CASE("words: a slip of the fingers finds the word that was meant") {
  constexpr std::array<std::string_view, 4> words{"--nodes", "--nodelist", "--ntasks", "--no-kill"};
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("ab", "BA") == 1);
  CHECK(nearest_word("--ndoes", words) == "--nodes");
  CHECK(nearest_word("--nodeslist", words) == "--nodelist");
  CHECK_FALSE(nearest_word("--wrap", words));
  CHECK(did_you_mean("--ntask", words) == "; did you mean --ntasks?");
  CHECK(did_you_mean("zzz", words).empty());
}

TEST_CASE("words: whole numbers refuse signs, tails, overflow and what is out of bounds") {
  CHECK(*parse_natural("0042") == 42);
  CHECK(*parse_natural("18446744073709551615") == 18446744073709551615u);
  for (auto bad : {"", "-1", "+1", " 1", "1 ", "1k", "18446744073709551616", "0x10"})
    CHECK_FALSE(parse_natural(bad).ok());
  CHECK(parse_natural("11", {1, 10}).error().message == "\"11\" is not a whole number from 1 to 10");
  CHECK(parse_natural("x").error().message == "\"x\" is not a whole number");
  CHECK(*parse_integer("-7") == -7);
  CHECK(*parse_integer("+7") == 7);
  for (auto bad : {"", "+", "-", "+-7", "--7"}) CHECK_FALSE(parse_integer(bad).ok());
  CHECK(parse_yes_no("YES") == true);
  CHECK(parse_yes_no("off") == false);
  CHECK_FALSE(parse_yes_no("maybe"));
}
