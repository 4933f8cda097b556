// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/fan_out.h"

#include <map>
#include <string>

#include <doctest/doctest.h>

namespace slurmxx {
namespace {

std::string drawn(std::uint32_t count, std::uint32_t width) {
  std::string text;
  for (const auto& via : fan_out(count, width)) text += via ? std::to_string(*via) : std::string("-"), text += ' ';
  return text;
}

}  // namespace

TEST_CASE("as many places as the width are all reached straight") {
  CHECK(drawn(0, 4).empty());
  CHECK(drawn(4, 4) == "- - - - ");
  CHECK(drawn(6, 0) == "- - - - - - ");
  CHECK(drawn(3, 1) == "- - - ");
}

TEST_CASE("more places stand in branches of even size, each behind its first") {
  CHECK(drawn(5, 4) == "- 0 - - - ");
  CHECK(drawn(10, 3) == "- 0 0 0 - 4 4 - 7 7 ");
}

TEST_CASE("nobody reaches more than the width straight, and the way is short") {
  for (const std::uint32_t count : {1U, 16U, 17U, 64U, 272U, 273U, 1000U, 10'000U}) {
    const auto via = fan_out(count, 16);
    std::map<std::int64_t, int> reached;
    for (std::uint32_t place = 0; place < count; ++place) {
      const std::optional<std::uint32_t> before = via[place];
      CHECK(++reached[before ? *before : -1] <= 16);
      int hops = 0;
      for (auto at = before; at; at = via[*at]) {
        REQUIRE(*at < place);
        ++hops;
      }
      CHECK(hops <= 4);
    }
  }
}

}  // namespace slurmxx
