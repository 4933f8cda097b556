// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/slurm_key.h"

#include <doctest/doctest.h>

namespace slurmxx {

namespace {

constexpr Instant now{1'700'000'000};
const std::string old_key(32, 'o'), new_key(40, 'n');

class CountingRandom : public Random {
 public:
  std::string bytes(std::size_t count) override { return std::string(count, static_cast<char>(++calls_)); }

 private:
  int calls_ = 0;
};

SlurmKeyAuth auth(std::vector<std::string> keys, Random& random, const std::string& cluster = "c1") {
  auto made = SlurmKeyAuth::create(std::move(keys), {cluster, Uid(1000), Gid(100)}, random);
  REQUIRE(made);
  made->set_now(now);
  return std::move(*made);
}

std::string check(SlurmKeyAuth& auth, std::string_view credential) {
  auto checked = auth.check(credential);
  return checked ? checked->payload : checked.error().message;
}

bool says(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a credential of slurm.key tells uid, gid and payload, once") {
  CountingRandom random;
  auto maker = auth({old_key}, random), checker = auth({old_key}, random);
  auto made = maker.make_credential("load");
  REQUIRE(made);
  auto checked = checker.check(*made);
  REQUIRE(checked);
  CHECK(*checked == Credential{Uid(1000), Gid(100), "load"});
  CHECK(says(check(checker, *made), "replay"));
}

TEST_CASE("a credential of slurm.key with any byte altered or cut is refused") {
  CountingRandom random;
  auto both = auth({old_key}, random);
  auto made = both.make_credential("load");
  REQUIRE(made);
  for (std::size_t at = 0; at < made->size(); ++at) {
    std::string altered = *made;
    altered[at] ^= 1;
    CHECK(says(check(both, altered), "altered"));
    CHECK(!both.check(std::string_view(*made).substr(0, at)));
  }
  CHECK(check(both, *made) == "load");
}

TEST_CASE("a credential lives 300 s, and its nonce is remembered as long") {
  CountingRandom random;
  auto both = auth({old_key}, random);
  auto made = both.make_credential("load");
  REQUIRE(made);
  both.set_now(now + Seconds(301));
  CHECK(says(check(both, *made), "older than 300 s"));
  both.set_now(now - Seconds(301));
  CHECK(says(check(both, *made), "future"));
  both.set_now(now);
  CHECK(check(both, *made) == "load");
  both.set_now(now + Seconds(300));
  CHECK(says(check(both, *made), "replay"));
}

TEST_CASE("keys overlap during a rotation, and other clusters are refused") {
  CountingRandom random;
  auto before = auth({old_key}, random), during = auth({new_key, old_key}, random), after = auth({new_key}, random);
  auto first = before.make_credential("a"), second = during.make_credential("b");
  REQUIRE(first);
  REQUIRE(second);
  CHECK(says(check(after, *first), "another slurm.key"));
  CHECK(check(during, *first) == "a");
  CHECK(check(after, *second) == "b");
  auto elsewhere = auth({old_key}, random, "c2");
  CHECK(says(check(elsewhere, *first), "for cluster c1, this is c2"));
}

TEST_CASE("the holder of the key vouches for others, and looking at a credential does not use it up") {
  CountingRandom random;
  auto holder = auth({old_key}, random), checker = auth({old_key}, random);
  auto made = holder.vouch(Uid(7), Gid(70), "load");
  REQUIRE(made);
  for (int i = 0; i < 2; ++i) {
    auto seen = holder.inspect(*made);
    REQUIRE(seen);
    CHECK(*seen == Credential{Uid(7), Gid(70), "load"});
  }
  CHECK(check(checker, *made) == "load");
  CHECK(says(check(checker, *made), "replay"));
}

TEST_CASE("no key and a short key are refused") {
  CountingRandom random;
  CHECK(!SlurmKeyAuth::create({}, {"c1", Uid(0), Gid(0)}, random));
  auto made = SlurmKeyAuth::create({"short"}, {"c1", Uid(0), Gid(0)}, random);
  REQUIRE(!made);
  CHECK(says(made.error().message, "5 bytes, at least 32"));
}

}  // namespace slurmxx
