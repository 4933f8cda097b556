// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/frame.h"

#include <doctest/doctest.h>

#include <vector>

namespace slurmxx {

TEST_CASE("frames come out whole however the bytes arrive") {
  std::string stream;
  REQUIRE(append_frame(stream, "one"));
  REQUIRE(append_frame(stream, ""));
  REQUIRE(append_frame(stream, std::string(1000, 'x')));
  CHECK(stream.substr(0, 7) == std::string("\0\0\0\3one", 7));
  for (std::size_t piece : {1u, 2u, 5u, 4096u}) {
    FrameReader reader;
    std::vector<std::string> got;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.feed(std::string_view(stream).substr(at, piece));
      for (auto frame = reader.next(); frame && *frame; frame = reader.next()) got.push_back(**frame);
    }
    CHECK(got == std::vector<std::string>{"one", "", std::string(1000, 'x')});
    CHECK(reader.buffered() == 0);
  }
}

TEST_CASE("a length above the cap loses the stream at once") {
  FrameReader reader(10);
  reader.feed(std::string("\0\0\0\x0b", 4));
  auto frame = reader.next();
  REQUIRE(!frame);
  CHECK(frame.error().message.find("11 bytes, at most 10") != std::string::npos);
  reader.feed(std::string("\0\0\0\1x", 5));
  CHECK(!reader.next());
}

}  // namespace slurmxx
