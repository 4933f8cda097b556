// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/job_environment.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

const Environment caller{{"HOME", "/root"}, {"PATH", "/bin"}, {"SLURM_CONF", "/etc/slurm.conf"}};

std::vector<std::string> kept(const char* names) {
  auto exported = exported_environment(names, caller);
  REQUIRE(exported);
  return exported->variables;
}

}  // namespace

TEST_CASE("everything goes along unless told otherwise") {
  CHECK(exported_environment(std::nullopt, caller)->variables.size() == 3);
  CHECK(kept("ALL") == std::vector<std::string>{"HOME=/root", "PATH=/bin", "SLURM_CONF=/etc/slurm.conf"});
}

TEST_CASE("NONE keeps Slurm's own and asks for the login environment, NIL does not ask") {
  CHECK(kept("NONE") == std::vector<std::string>{"SLURM_CONF=/etc/slurm.conf", "SLURM_EXPORT_ENV=NONE"});
  CHECK(exported_environment("NONE", caller)->load_login);
  CHECK_FALSE(exported_environment("NIL", caller)->load_login);
}

TEST_CASE("a list takes values from the caller or from itself") {
  CHECK(kept("FOO=bar,HOME,GONE") == std::vector<std::string>{"FOO=bar", "HOME=/root", "SLURM_CONF=/etc/slurm.conf",
                                                              "SLURM_EXPORT_ENV=FOO=bar,HOME,GONE"});
  CHECK(kept("ALL,PATH='/a,/b'")[1] == "PATH=/a,/b");
  CHECK_FALSE(exported_environment("=x", caller));
  CHECK(exported_environment("HOME", caller)->load_login);
  CHECK_FALSE(exported_environment("HOME,ALL", caller)->load_login);
}

TEST_CASE("an environment file holds records ended by zero bytes") {
  using namespace std::string_literals;
  auto environment = parse_environment_file("A=1\0B=two\nlines\0"s);
  REQUIRE(environment);
  CHECK(*environment->find("B") == "two\nlines");
  CHECK_FALSE(parse_environment_file("A=1\0nonsense\0"s));
}
