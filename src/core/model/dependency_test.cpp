// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/dependency.h"

#include <doctest/doctest.h>

#include "base/errc.h"

using namespace slurmxx;

TEST_CASE("dependencies are read as users write them, and shown with what became of them") {
  const std::pair<const char*, const char*> rows[] = {
      {"afterok:3", "afterok:3(unfulfilled)"},
      {"afterany:1:2,singleton", "afterany:1(unfulfilled),afterany:2(unfulfilled),singleton(unfulfilled)"},
      {"AfterOK:3?afternotok:4", "afterok:3(unfulfilled)?afternotok:4(unfulfilled)"},
      {"afterok:1,afterany:2?after:3", "afterok:1(unfulfilled)?afterany:2(unfulfilled)?after:3(unfulfilled)"},
      {"after:5+10:6", "after:5+10(unfulfilled),after:6(unfulfilled)"},
      {"aftercorr:7,afterok:8_2,afterany:9_*",
       "aftercorr:7(unfulfilled),afterok:8_2(unfulfilled),afterany:9(unfulfilled)"},
      {"afterburstbuffer:1,afterburstbuffer:1", "afterburstbuffer:1(unfulfilled)"},
      {"afterok:12+1,afterany:12+0", "afterok:12+1(unfulfilled),afterany:12+0(unfulfilled)"},
      {"afterok:5_[1-2]", "afterok:5_1(unfulfilled),afterok:5_2(unfulfilled)"},
      {"afterany:5_[0-4:2,9]:6,after:7",
       "afterany:5_0(unfulfilled),afterany:5_2(unfulfilled),afterany:5_4(unfulfilled),"
       "afterany:5_9(unfulfilled),afterany:6(unfulfilled),after:7(unfulfilled)"},
      {"36:37_2", "afterany:36(unfulfilled),afterany:37_2(unfulfilled)"},
      {"", ""}};
  for (const auto& [given, shown] : rows) {
    const auto parsed = parse_dependencies(given);
    REQUIRE_MESSAGE(parsed.ok(), given);
    CHECK(dependencies_text(*parsed) == shown);
  }
}

TEST_CASE("what is no list of dependencies is refused") {
  for (const char* text :
       {"bogus:1", "afterok", "afterok:", "afterok:abc", "afterok:0", "singleton:1", "afterok:1,", "afterok:1+x",
        "afterok:1_2+1", "after:1+x", "after:1+0", "afterok:1_x", "afterok:1_2_3", "afterok:1_[", "afterok:1_[]",
        "afterok:1_[x]", "afterok:1_[1-2", "afterok:1_[0-1000]", "after:1+5_[1-2]"})
    CHECK_MESSAGE(parse_dependencies(text).error().code == Errc::dependency, text);
}

TEST_CASE("all must be met, or one where '?' stands; none of them can when it is lost") {
  auto all = *parse_dependencies("afterok:1,afterok:2");
  auto any = *parse_dependencies("afterok:1?afterok:2");
  CHECK((all.state() == DependencyState::waiting && any.state() == DependencyState::waiting));
  all.list[0].failed = any.list[0].failed = true;
  CHECK((all.state() == DependencyState::never && any.state() == DependencyState::waiting));
  CHECK(dependencies_text(any) == "afterok:1(failed)?afterok:2(unfulfilled)");
  any.list[1].failed = true;
  CHECK(any.state() == DependencyState::never);
  CHECK(Dependencies().state() == DependencyState::met);
}
