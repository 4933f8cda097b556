// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/licenses/licenses.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

LicenseTable table() { return LicenseTable(*parse_license_totals("matlab:10,ansys@flex:4,foo")); }

LicenseRequest request(const char* text) {
  auto parsed = parse_license_request(text);
  REQUIRE(parsed);
  return *parsed;
}

std::string offered(const LicenseTable& table, const char* text) {
  const auto counts = table.offer(request(text));
  return counts ? license_text(*counts) : "wait";
}

}  // namespace

TEST_CASE("Licenses= names licences, their servers and counts") {
  const auto totals = parse_license_totals("matlab:10,ansys@flex:4,foo,bar*3,matlab:2");
  REQUIRE(totals);
  CHECK(license_text(*totals) == "ansys@flex:4,bar:3,foo:1,matlab:10");
  CHECK(parse_license_totals("")->empty());
  CHECK(text_of(parse_license_totals("matlab:x").error()) == "matlab:x: NAME or NAME:COUNT is wanted");
}

TEST_CASE("-L is read as leniently as users write it") {
  CHECK(license_text(request("matlab:2,ansys").counts) == "matlab:2,ansys:1");
  CHECK(license_text(request(",matlab:").counts) == "matlab:1");
  CHECK(license_text(request("matlab:2,matlab:3").counts) == "matlab:5");
  CHECK(license_text(request("matlab:1;foo").counts) == "matlab:1,foo:1");
  CHECK(request("matlab:0").counts.empty());
  CHECK(request("matlab:2|foo:1").any_of);
  for (const char* wrong : {"matlab=2", "matlab:x", "matlab:-1", "matlab*2", "a|b,c", ":3"})
    CHECK_MESSAGE(parse_license_request(wrong).error().code == Errc::invalid_licenses, wrong);
}

TEST_CASE("a request can be met once, or never") {
  CHECK(table().could_serve(request("matlab:10,foo")));
  CHECK_FALSE(table().could_serve(request("matlab:11")));
  CHECK_FALSE(table().could_serve(request("nosuch")));
  CHECK(table().could_serve(request("matlab:11|foo")));
  CHECK_FALSE(table().could_serve(request("nosuch|foo")));
  CHECK(table().knows(request("matlab:11")));
  CHECK_FALSE(table().knows(request("ansys:1")));  // its server is part of the name
}

TEST_CASE("what a job takes is gone for the next") {
  LicenseTable licenses = table();
  CHECK(offered(licenses, "matlab:7,foo") == "matlab:7,foo:1");
  licenses.take(*licenses.offer(request("matlab:7,foo")));
  CHECK(offered(licenses, "matlab:4") == "wait");
  CHECK(offered(licenses, "matlab:3,foo") == "wait");
  CHECK(offered(licenses, "matlab:3") == "matlab:3");
  CHECK(offered(licenses, "foo|matlab:4|ansys@flex:2|matlab") == "ansys@flex:2");
  licenses.take({{"matlab", 9}});
  CHECK(licenses.rows()[2] == LicenseTable::Row{"matlab", 10, 16});
  CHECK(offered(licenses, "matlab") == "wait");
}
