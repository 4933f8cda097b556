// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/data_parser.h"

#include <doctest/doctest.h>

#include "cli/option_handlers.h"

using namespace slurmxx;

namespace {

struct Shown {
  bool json = false;
};
constexpr Option<Shown> rows[] = {
    {0, "json", Argument::optional, "data_parser", "Output", "print JSON", set_data<&Shown::json>}};
constexpr CommandInfo demo{.name = "demo", .summary = "a command for tests"};

TEST_CASE("--json takes the one data_parser that there is, and lists it") {
  const auto run = [](const std::string& argument) {
    Shown shown;
    OptionSet set(demo);
    set.add(rows, shown);
    const Parsed parsed = set.parse({argument});
    if (parsed.early) return std::to_string(parsed.early->exit_code) + " " + parsed.early->out + parsed.early->err;
    return std::string(shown.json ? "json" : "text");
  };
  CHECK(run("--json") == "json");
  CHECK(run("--json=v0.0.44") == "json");
  CHECK(run("--json=data_parser/v0.0.44") == "json");
  CHECK(run("--json=list") == "0 Possible data_parser plugins:\ndata_parser/v0.0.44\n");
  CHECK(run("--json=v0.0.39") ==
        "1 demo: error: --json=v0.0.39: there is data_parser/v0.0.44 alone, without flags: --json gives it, "
        "--json=list names all\n");
  CHECK(run("--json=v0.0.44+fast").starts_with("1 demo: error: --json=v0.0.44+fast: there is "));
}

}  // namespace
