// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/extra_filter.h"

#include <doctest/doctest.h>

#include "base/result.h"

namespace slurmxx {
namespace {

const NodeExtra node = parse_node_extra(R"({"a": 1.23, "b": true, "c": 0, "foo": "bar", "zed": 23, "list": [1]})");

bool met(std::string_view text) {
  const auto filter = ExtraFilter::parse(text);
  REQUIRE(filter);
  return filter->is_met_by(node);
}

TEST_CASE("A node fulfils what its Extra says") {
  for (const char* text : {"", "a=1.23", "a=1.230001", "b=true", "foo=bar", "zed>22.5", "zed>=23", "c<1", "foo!=baz",
                           "a=1.23&b=true,c=0", "a=2|foo=bar", "(a=2|c=0)&zed=23", " zed = 23 ", "a=2&b=true|c=0"})
    CHECK_MESSAGE(met(text), text);
  for (const char* text : {"a=1.24", "zed<23", "b=false", "foo=baz", "missing=1", "missing!=1", "list=1", "zed=23kb",
                           "a=1.23&c=1", "(a=2|c=1)&zed=23", "b=true&(a=2|c=1)"})
    CHECK_FALSE_MESSAGE(met(text), text);
}

TEST_CASE("An Extra that is no object has no members") {
  const auto filter = ExtraFilter::parse("a!=1");
  REQUIRE(filter);
  for (const char* json : {"", "text", "[1]", "{\"a\": 2", "{\"a\": {\"b\": 2}}"})
    CHECK_FALSE_MESSAGE(filter->is_met_by(parse_node_extra(json)), json);
}

TEST_CASE("What cannot be read is told with its place") {
  for (const char* text : {"a", "a=", "=1", "a=1&", "(a=1", "a=1)", "a==1", "a=1 b=2|", "!a=1"})
    CHECK_FALSE_MESSAGE(ExtraFilter::parse(text), text);
  CHECK(text_of(ExtraFilter::parse("a=1&b").error()).find("'a=1&b' cannot be read at ''") != std::string::npos);
  std::string wide = "(a=1|a=2)";
  for (int i = 0; i < 10; ++i) wide += "&(a=1|a=2)";
  CHECK_FALSE(ExtraFilter::parse(wide));
  CHECK_FALSE(ExtraFilter::parse(std::string(100, '(') + "a=1" + std::string(100, ')')));
}

}  // namespace
}  // namespace slurmxx
