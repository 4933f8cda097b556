// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0

#include "core/config/grammar.h"

#include <doctest/doctest.h>

#include <map>

using namespace slurmxx;

namespace {

using Files = std::map<std::string, std::string>;

Result<ConfigText> read(Files files) {
  return read_config_text("/etc/slurm/slurm.conf", [files](const std::string& path) -> Result<std::string> {
    auto found = files.find(path);
    if (found == files.end()) return fail(path + ": no such file");
    return found->second;
  });
}

Result<ConfigText> read(const std::string& text) { return read(Files{{"/etc/slurm/slurm.conf", text}}); }

std::vector<Setting> only(const std::string& text) {
  auto result = read(text);
  REQUIRE_MESSAGE(result.ok(), text);
  REQUIRE(result->statements.size() == 1);
  return result->statements[0].settings;
}

std::string refusal(const std::string& text) {
  auto result = read(text);
  REQUIRE_FALSE(result.ok());
  return result.error().message;
}

}  // namespace

TEST_CASE("config grammar: pairs stand between blanks and comments vanish") {
  CHECK(only("# first\n\n A=1\tB=2,3  # rest=4\n") == std::vector<Setting>{{"A", "1"}, {"B", "2,3"}});
  CHECK(only("P=a=b,c=d") == std::vector<Setting>{{"P", "a=b,c=d"}});
  CHECK(only("P=x\\#y#z") == std::vector<Setting>{{"P", "x#y"}});
  CHECK(only("A=1\r\n") == std::vector<Setting>{{"A", "1"}});
}

TEST_CASE("config grammar: quotes hold blanks and hashes together") {
  CHECK(only("Reason=\"broken fan #3\" B=\"\"") == std::vector<Setting>{{"Reason", "broken fan #3"}, {"B", ""}});
  CHECK(refusal("\nReason=\"broken") == "slurm.conf line 2: the value of Reason has no closing quote");
}

TEST_CASE("config grammar: blanks around the equals sign and empty values are accepted") {
  CHECK(only("A = 1 B= 2") == std::vector<Setting>{{"A", "1"}, {"B", "2"}});
  CHECK(only("A= B=2 C=") == std::vector<Setting>{{"A", ""}, {"B", "2"}, {"C", ""}});
}

TEST_CASE("config grammar: a backslash joins lines, blanks and comments after it are tolerated") {
  auto result = read("X=0\nNodeName=n1 \\  \n  CPUs=4 \\\n\tState=UNKNOWN\nY=1\\\n");
  REQUIRE(result.ok());
  REQUIRE(result->statements.size() == 3);
  CHECK(result->statements[1].line == 2);
  CHECK(result->statements[1].settings ==
        std::vector<Setting>{{"NodeName", "n1"}, {"CPUs", "4"}, {"State", "UNKNOWN"}});
  CHECK(result->statements[2].line == 5);
  CHECK(result->statements[2].settings == std::vector<Setting>{{"Y", "1"}});
}

TEST_CASE("config grammar: what is no pair is refused with its place") {
  CHECK(refusal("A=1\nfoo\n") == "slurm.conf line 2: 'foo' is not of the form Key=Value");
  CHECK(refusal("=1") == "slurm.conf line 1: a '=' without a key before it");
}

TEST_CASE("config grammar: Include reads another file in place, relative to the including one") {
  auto result = read({{"/etc/slurm/slurm.conf", "ClusterName=Tux\nInclude sub/%c.conf\nC=3\n"},
                      {"/etc/slurm/sub/tux.conf", "A=1\ninclude nodes.conf\n"},
                      {"/etc/slurm/sub/nodes.conf", "\nNodeName=n1\n"}});
  REQUIRE(result.ok());
  REQUIRE(result->statements.size() == 4);
  CHECK(result->statements[1].settings[0].key == "A");
  CHECK(result->statements[2].file == "/etc/slurm/sub/nodes.conf");
  CHECK(result->statements[2].line == 2);
  CHECK(place_of(result->statements[2]) == "nodes.conf line 2");
  CHECK(result->files.size() == 3);
}

TEST_CASE("config grammar: a missing or endless Include is refused") {
  CHECK(refusal("A=1\nInclude gone.conf") == "slurm.conf line 2: Include: /etc/slurm/gone.conf: no such file");
  CHECK(refusal("Include slurm.conf") == "slurm.conf line 1: Include nests deeper than 10 files");
}
