// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/blobs/blob_store.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>

using namespace slurmxx;

namespace {

struct Place {
  Place() {
    std::array<char, 32> name{"/tmp/slurmxx-blobs-XXXXXX"};
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name.data();
  }
  ~Place() { std::filesystem::remove_all(path); }
  bool has(const std::string& hash) const { return std::filesystem::exists(path + "/" + hash); }
  std::string path;
};

std::unique_ptr<BlobStore> opened(const Place& place) {
  auto store = BlobStore::open(place.path);
  REQUIRE(store.ok());
  return std::move(*store);
}

const std::string one(32, '1'), two(32, '2'), three(32, '3');

}  // namespace

TEST_CASE("a blob is there after a restart, and what a crash left half written is not") {
  Place place;
  {
    auto store = opened(place);
    REQUIRE(store->put(one, "script").ok());
    CHECK_FALSE(place.has(one));  // no name before the bytes are durable
    REQUIRE(store->sync().ok());
  }
  std::ofstream(place.path + "/" + two + ".new") << "half";
  auto store = opened(place);
  CHECK(*store->get(one) == "script");
  CHECK_FALSE(place.has(two + ".new"));
  auto missing = store->get(two);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().message.find(two) != std::string::npos);
}

TEST_CASE("a sweep removes what nobody names, and spares what is put while it is under way") {
  Place place;
  auto store = opened(place);
  for (const std::string& hash : {one, two, three}) REQUIRE(store->put(hash, "of " + hash).ok());
  REQUIRE(store->sync().ok());
  store->begin_sweep();
  REQUIRE(store->put(two, "of " + two).ok());  // known already, and named by a record that is not durable yet
  CHECK(store->sweep({one}) == 1);
  CHECK(place.has(one));
  CHECK(place.has(two));
  CHECK_FALSE(place.has(three));
  CHECK_FALSE(store->get(three).ok());
  REQUIRE(store->put(three, "again").ok());
  REQUIRE(store->sync().ok());
  CHECK(*opened(place)->get(three) == "again");
}

TEST_CASE("many blobs become durable together") {
  Place place;
  auto store = opened(place);
  for (char letter = 'a'; letter <= 'p'; ++letter) REQUIRE(store->put(std::string(32, letter), {letter}).ok());
  REQUIRE(store->sync().ok());
  for (char letter = 'a'; letter <= 'p'; ++letter)
    CHECK(*opened(place)->get(std::string(32, letter)) == std::string{letter});
}
