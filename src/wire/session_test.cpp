// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/session.h"

#include <doctest/doctest.h>

namespace slurmxx {

namespace {

constexpr Instant now{1'700'000'000};
const std::string key_a(32, 'a'), key_b(32, 'b');
const Message hello{RequestId(77), 513, "body"};

Session left() { return Session::with_keys({key_a, key_b}); }
Session right() { return Session::with_keys({key_b, key_a}); }

std::string refusal(Session& session, std::string_view frame, Instant at) {
  auto message = session.open(frame, at);
  return message ? std::string("accepted") : message.error().message;
}

bool says(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("sealed messages open in order, in both directions") {
  Session a = left(), b = right();
  for (int i = 0; i < 3; ++i) {
    auto there = b.open(a.seal(hello, now), now);
    REQUIRE(there);
    CHECK(*there == hello);
    auto back = a.open(b.seal(hello, now), now);
    REQUIRE(back);
    CHECK(*back == hello);
  }
}

TEST_CASE("a sealed frame with any byte altered, cut or added is refused") {
  const std::string frame = left().seal(hello, now);
  for (std::size_t at = 0; at < frame.size(); ++at) {
    std::string altered = frame;
    altered[at] ^= 1;
    Session b = right();
    CHECK(says(refusal(b, altered, now), "MAC"));
    Session c = right();
    CHECK(!c.open(std::string_view(frame).substr(0, at), now));
  }
  Session b = right();
  CHECK(says(refusal(b, frame + "x", now), "MAC"));
}

TEST_CASE("a frame of an ageless session opens however long it waited, and only in its place") {
  Session a = Session::ageless({key_a, key_b}), b = Session::ageless({key_b, key_a});
  const std::string one = a.seal(hello, now);
  const Instant much_later{now.seconds + 100'000};
  REQUIRE(b.open(one, much_later));
  CHECK(says(refusal(b, one, much_later), "replay"));
  Session strict = right();
  CHECK(says(refusal(strict, one, much_later), "old"));
}

TEST_CASE("a replayed, a missing and a reflected frame are refused, and the session stays lost") {
  Session a = left();
  const std::string one = a.seal(hello, now), two = a.seal(hello, now);
  Session replayed = right();
  REQUIRE(replayed.open(one, now));
  CHECK(says(refusal(replayed, one, now), "replay"));
  CHECK(says(refusal(replayed, two, now), "earlier frame"));
  Session gap = right();
  CHECK(says(refusal(gap, two, now), "missing"));
  CHECK(says(refusal(a, one, now), "MAC"));
}

TEST_CASE("a frame older or newer than 300 s is refused") {
  const std::string frame = left().seal(hello, now);
  Session b = right(), c = right(), d = right(), e = right();
  CHECK(b.open(frame, now + Seconds(300)));
  CHECK(says(refusal(c, frame, now + Seconds(301)), "301 s old"));
  CHECK(d.open(frame, now - Seconds(300)));
  CHECK(says(refusal(e, frame, now - Seconds(301)), "301 s ahead"));
}

TEST_CASE("a trusted session needs no MAC but keeps count") {
  Session a = Session::trusted(), b = Session::trusted();
  const std::string frame = a.seal(hello, now);
  CHECK(frame.size() == 26 + hello.body.size());
  REQUIRE(b.open(frame, now));
  CHECK(says(refusal(b, frame, now), "replay"));
}

}  // namespace slurmxx
