// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/index_set.h"

#include <doctest/doctest.h>

#include <set>

namespace slurmxx {
namespace {

constexpr std::uint32_t end = 4'000'001;

IndexSet set_of(std::string_view text) {
  auto set = parse_indices(text, end);
  REQUIRE_MESSAGE(set.ok(), std::string(text));
  return *set;
}

std::set<std::uint32_t> numbers_of(const IndexSet& set) {
  std::set<std::uint32_t> numbers;
  set.for_each([&](std::uint32_t index) { return numbers.insert(index).second; });
  return numbers;
}

TEST_CASE("index set: what users write is read, and printed as squeue prints it") {
  const std::pair<const char*, const char*> rows[] = {
      {"0-9", "0-9"},       {"7", "7"},           {"1,3,5-7", "1,3,5-7"}, {"5-7,1,3", "1,3,5-7"},
      {"0-20:4", "0-20:4"}, {"0-6:2", "0,2,4,6"}, {"0-5,3-9", "0-9"},     {"1-5:2,2-6:2", "1-6"},
      {"0-21:4", "0-20:4"}, {"3-3", "3"},         {"1,,2,", "1-2"},       {"1,3,5,7,9,11,13", "1-13:2"}};
  for (const auto& [given, printed] : rows) CHECK(set_of(given).text() == printed);
}

TEST_CASE("array: the limit stands behind any piece, and no task is lost") {
  struct Row {
    const char *given, *indices;
    std::uint32_t throttle;
  };
  const Row rows[] = {{"0-9%2", "0-9", 2},     {"1-10%2,20", "1-10,20", 2}, {"1-3%2,5-7%1", "1-3,5-7", 2},
                      {"1%x,3", "1,3", 0},     {"0-3%,5", "0-3,5", 0},      {"%2,4", "0,4", 2},
                      {"[1-3%2]", "1-3", 2},   {"[1-3]%2", "1-3", 2},       {"[1-3%2,5]", "1-3,5", 2},
                      {"1-10%2%3", "1-10", 2}, {"1-3%2-5", "1-3", 2},       {"+1", "1", 0},
                      {" 0-3", "0-3", 0},      {"1, 3", "1,3", 0},          {"7", "7", 0}};
  for (const Row& row : rows) {
    const auto array = parse_array(row.given, end);
    REQUIRE_MESSAGE(array.ok(), row.given);
    CHECK(array->indices.text() == row.indices);
    CHECK(array->throttle == row.throttle);
  }
  for (const char* text : {"0-3 ", "0-3 ,5", "", " ", "+", "1+2", "++1", "[1-3"})
    CHECK_MESSAGE(!parse_array(text, end).ok(), text);
}

TEST_CASE("index set: what is no list of numbers below the limit is refused") {
  for (const char* text : {"", "abc", "5-1", "1,2,x", "1-3:0", "3:2", "-1", "1-", ",", "4000001", "1-2-3",
                           "0-4000000,0-4000000,0-4000000"})
    CHECK_MESSAGE(parse_indices(text, end).error().code == Errc::invalid_array, text);
  CHECK(!parse_indices("1001", 1001).ok());
  CHECK(parse_indices("1000", 1001).ok());
  CHECK(!parse_indices("0", 0).ok());
}

TEST_CASE("index set: millions of numbers are one range, also with a hole") {
  const IndexSet all = set_of("0-3999999");
  CHECK(all.size() == 4'000'000);
  const IndexSet rest = all.without(IndexSet(17));
  CHECK(rest.ranges().size() == 2);
  CHECK(rest.size() == 3'999'999);
  CHECK(!rest.contains(17));
  CHECK(rest.contains(18));
  CHECK(rest.text() == "0-16,18-3999999");
}

TEST_CASE("index set: a long text is cut behind a comma") {
  const IndexSet odd = set_of("1,3,5,7,9,12,14,16,18,20,23");
  CHECK(odd.text(11) == "1,3,5,7,9,...");
  CHECK(odd.text(100) == "1,3,5,7,9,12,14,16,18,20,23");
}

TEST_CASE("index set: common and without agree with sets of numbers") {
  const char* texts[] = {"0-9", "1,3,5-7", "0-20:4", "2-20:3", "0-6:2,9,11-15", "5", "40-50", "0-60"};
  for (const char* left : texts)
    for (const char* right : texts) {
      const IndexSet a = set_of(left), b = set_of(right);
      std::set<std::uint32_t> both, rest;
      for (const std::uint32_t index : numbers_of(a)) (numbers_of(b).contains(index) ? both : rest).insert(index);
      CAPTURE(left);
      CAPTURE(right);
      CHECK(numbers_of(a.common(b)) == both);
      CHECK(numbers_of(a.without(b)) == rest);
      CHECK(a.without(b).size() == rest.size());
      for (std::uint32_t index = 0; index < 65; ++index) CHECK(a.common(b).contains(index) == both.contains(index));
    }
}

}  // namespace
}  // namespace slurmxx
