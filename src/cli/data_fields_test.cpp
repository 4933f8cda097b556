// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/data_fields.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

struct Pair {
  std::string name;
  std::int64_t count = 0;
};

constexpr DataField<Pair> fields[] = {
    {"count.least",
     [](const Pair& p) -> DataValue {
       return DataNumber{p.count, false};
     }},
    {"count.text.words",
     [](const Pair& p) -> DataValue {
       return DataWords{p.name, p.name};
     }},
    {"count.total", [](const Pair& p) -> DataValue { return p.count; }},
    {"name", [](const Pair& p) -> DataValue { return p.name; }},
};

}  // namespace

TEST_CASE("paths of a table become nested objects, each opened once") {
  std::string text;
  auto writer = make_data_writer(DataFormat::json, [&](std::string_view more) { text += more; });
  write_fields<Pair>(*writer, fields, Pair{"a", 3});
  writer->finish();
  std::string flat;
  for (char c : text)
    if (c != ' ' && c != '\n') flat += c;
  CHECK(
      flat ==
      R"({"count":{"least":{"set":true,"infinite":false,"number":3},"text":{"words":["a","a"]},"total":3},"name":"a"})");
}
