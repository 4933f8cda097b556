// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/safe_text.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("control characters become question marks, everything else stays") {
  CHECK(printable("plain name-1") == "plain name-1");
  CHECK(printable("a\nJobId=1\r\t\x1b[31m\x7f") == "a?JobId=1???[31m?");
  CHECK(printable("gr\xC3\xBC\xC3\x9F \xF0\x9F\x90\x8C") == "gr\xC3\xBC\xC3\x9F \xF0\x9F\x90\x8C");
  CHECK(printable("\xC2\x9B"
                  "31m") == "?31m");  // CSI above ASCII
  CHECK(printable("\x9B"
                  "31m") == "?31m");
  CHECK(printable("latin \xFC") == "latin \xFC");
  CHECK(printable(std::string_view("a\0b", 3)) == "a?b");
}

TEST_CASE("what is no UTF-8 is replaced byte by byte") {
  CHECK(valid_utf8("gr\xC3\xBC\xC3\x9F\n") == "gr\xC3\xBC\xC3\x9F\n");
  for (const char* bad : {"\xFF", "\x80", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF0\x9F\x90"}) {
    CAPTURE(bad);
    std::string expected;
    for (std::size_t i = 0; i < std::string_view(bad).size(); ++i) expected += "\xEF\xBF\xBD";
    CHECK(valid_utf8(bad + std::string("x")) == expected + "x");
  }
}
