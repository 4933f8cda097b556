// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "state/paged_table.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

using slurmxx::PagedTable;

TEST_CASE("a copy keeps what it saw while the original goes on") {
  PagedTable<std::string> table;
  table.insert(1, "one");
  table.insert(1000, "thousand");
  const PagedTable<std::string> snapshot = table;
  table.change(1) = "changed";
  table.erase(1000);
  table.insert(2, "two");
  CHECK(*snapshot.find(1) == "one");
  CHECK(*snapshot.find(1000) == "thousand");
  CHECK(snapshot.find(2) == nullptr);
  CHECK(*table.find(1) == "changed");
  CHECK(table.find(1000) == nullptr);
  CHECK(table.size() == 2);
  CHECK(snapshot.size() == 2);
}

TEST_CASE("a copy tells whether the original has gone on") {
  PagedTable<std::string> table;
  table.insert(1, "one");
  table.insert(1000, "thousand");
  PagedTable<std::string> snapshot = table;
  CHECK(snapshot.shares_all_with(table));
  table.change(1) = "one";
  CHECK(!snapshot.shares_all_with(table));
  snapshot = table;
  table.erase(1000);
  CHECK(!snapshot.shares_all_with(table));
  snapshot = table;
  table.insert(2, "two");
  CHECK(!snapshot.shares_all_with(table));
}

TEST_CASE("rows come in order and behave as a map through a long random life") {
  PagedTable<int> table;
  std::map<std::uint64_t, int> model;
  std::uint64_t random = 42;
  for (int i = 0; i < 20'000; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    const std::uint64_t number = (random >> 33) % 3000;
    if (model.count(number) == 0) {
      model[number] = i;
      table.insert(number, i);
    } else if (i % 3 == 0) {
      model.erase(number);
      table.erase(number);
    } else {
      model[number] = -i;
      table.change(number) = -i;
    }
  }
  std::map<std::uint64_t, int> seen;
  std::uint64_t last = 0;
  table.for_each([&](std::uint64_t number, int value) {
    CHECK((seen.empty() || number > last));
    last = number;
    seen[number] = value;
  });
  CHECK(seen == model);
  CHECK(table.size() == model.size());
}
