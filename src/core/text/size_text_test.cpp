// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/size_text.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("memory: every written form, K rounded up, M when no letter is given") {
  struct Row {
    const char* text;
    std::int64_t mebibytes;
  };
  for (auto [text, mebibytes] :
       {Row{"500", 500}, Row{"16G", 16384}, Row{"2T", 2097152}, Row{"100K", 1}, Row{"1500k", 2}, Row{"1024K", 1},
        Row{"5MB", 5}, Row{"5g", 5120}, Row{"0", 0}, Row{" 5 ", 5}}) {
    INFO(text);
    REQUIRE(parse_memory(text).ok());
    CHECK(*parse_memory(text) == MebiBytes(mebibytes));
  }
  for (auto text :
       {"", "abc", "-5", "1P", "1.5G", "5X", "5MX", "G", "5MBB", "99999999999999999999", "9000000000T", "5 G"}) {
    INFO(text);
    CHECK_FALSE(parse_memory(text).ok());
  }
  CHECK(parse_memory("abc").error().message ==
        "\"abc\" is not a memory size: give digits and K, M, G or T, as in 500M or 16G");
}

TEST_CASE("memory: printed in the largest unit that shows it in halves") {
  struct Row {
    std::int64_t mebibytes;
    const char* text;
  };
  for (auto [mebibytes, text] :
       {Row{100, "100M"}, Row{500, "500M"}, Row{1000, "1000M"}, Row{1024, "1G"}, Row{1536, "1.50G"}, Row{2048, "2G"},
        Row{16000, "16000M"}, Row{32000, "32000M"}, Row{64000, "62.50G"}, Row{128000, "125G"}, Row{1048576, "1T"},
        Row{1572864, "1.50T"}, Row{1049088, "1024.50G"}, Row{0, "0"}, Row{512, "512M"}})
    CHECK(memory_text(MebiBytes(mebibytes)) == text);
  CHECK(scaled_text(1000) == "1000");
  CHECK(scaled_text(2048) == "2K");
  CHECK(scaled_text(3, 'K') == "3K");
}

TEST_CASE("counts: k and m are powers of 1024") {
  CHECK(*parse_count("1k") == 1024);
  CHECK(*parse_count("2M") == 2097152);
  CHECK(*parse_count("7") == 7);
  for (auto text : {"", "k", "1kk", "-1", "1x", "99999999999P"}) CHECK_FALSE(parse_count(text).ok());
}

TEST_CASE("node counts: a number or a range, the mistake named") {
  CHECK(*parse_node_count("4") == NodeCountRange{4, 4});
  CHECK(*parse_node_count("1-4") == NodeCountRange{1, 4});
  CHECK(*parse_node_count("-4") == NodeCountRange{1, 4});
  CHECK(*parse_node_count("1-1k") == NodeCountRange{1, 1024});
  CHECK(*parse_node_count("0") == NodeCountRange{0, 0});
  CHECK(parse_node_count("x").error().message == "\"x\" is not a valid node count");
  CHECK(parse_node_count("1-4:2").error().message == "\"4:2\" is not a valid node count");
  CHECK(parse_node_count("2-1").error().message == "Maximum node count 1 is less than minimum node count 2");
  for (auto text : {"", "4-", "1-2-3", "5000000000", "-", "4294967295", "2147483648"})
    CHECK_FALSE(parse_node_count(text).ok());
}
