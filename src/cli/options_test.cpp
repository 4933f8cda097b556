// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

struct Shared {
  std::string account;
};

struct Demo {
  Shared shared;
  bool header = true;
  std::int64_t tasks = 1;
  std::optional<std::string> nice;
  int verbose = 0;
};

constexpr Option<Shared> shared_rows[] = {
    {'A', "account", Argument::required, "name", "Filters", "charge to this account",
     [](Shared& o, const OptionValue& v) -> Status {
       o.account = v.text;
       return {};
     }},
    {0, "array", Argument::required, "indexes", "Filters", "for the batch command alone",
     [](Shared&, const OptionValue&) -> Status { return {}; }, 2u},
};

constexpr Option<Demo> demo_rows[] = {
    {'h', "noheader", Argument::none, "", "Output", "no headings on output",
     [](Demo& o, const OptionValue&) -> Status {
       o.header = false;
       return {};
     }},
    {'n', "ntasks", Argument::required, "count", "Output", "number of tasks",
     [](Demo& o, const OptionValue& v) -> Status {
       TRY_ASSIGN(o.tasks, number_argument(v, 0));
       return {};
     }},
    {0, "nice", Argument::optional, "value", "Output", "lower the priority",
     [](Demo& o, const OptionValue& v) -> Status {
       o.nice = std::string(v.present ? v.text : "100");
       return {};
     }},
    {0, "begin", Argument::required, "time", "Output", "not before this time",
     [](Demo&, const OptionValue& v) -> Status {
       v.note("a line of its own");
       return v.invalid();
     }},
    {'v', "verbose", Argument::none, "", "Output", "say more",
     [](Demo& o, const OptionValue&) -> Status {
       ++o.verbose;
       return {};
     }},
};

constexpr CommandInfo demo_info{
    .name = "demo", .summary = "show options", .bad_option_exit = 255, .stop_at_operand = true};

struct Ran {
  Demo demo;
  Parsed parsed;
};

Ran run(const std::vector<std::string>& arguments, CommandInfo info = demo_info) {
  Ran ran;
  OptionSet set(info);
  set.add(demo_rows, ran.demo);
  set.add(shared_rows, ran.demo.shared, 1u);
  ran.parsed = set.parse(arguments);
  return ran;
}

std::string error_of(const std::vector<std::string>& arguments) {
  Ran ran = run(arguments);
  REQUIRE(ran.parsed.early);
  return ran.parsed.early->err;
}

}  // namespace

TEST_CASE("options fill the struct of their own table") {
  Ran ran = run({"-h", "-n4", "--account=phys", "-vv", "--nice", "--nice=7"});
  CHECK_FALSE(ran.parsed.early);
  CHECK_FALSE(ran.demo.header);
  CHECK(ran.demo.tasks == 4);
  CHECK(ran.demo.shared.account == "phys");
  CHECK(ran.demo.verbose == 2);
  CHECK(ran.demo.nice == "7");
  CHECK(ran.parsed.has("ntasks"));
  CHECK_FALSE(ran.parsed.has("begin"));
}

TEST_CASE("a long option may be shortened while it stays clear") {
  CHECK(run({"--acc", "phys"}).demo.shared.account == "phys");
  CHECK(run({"--nt=3"}).demo.tasks == 3);
}

TEST_CASE("an unknown option names itself and points to --help") {
  Ran ran = run({"--badoption"});
  REQUIRE(ran.parsed.early);
  CHECK(ran.parsed.early->err == "demo: unrecognized option '--badoption'\nTry \"demo --help\" for more information\n");
  CHECK(ran.parsed.early->exit_code == 255);
  CHECK(error_of({"--bad=1"}).starts_with("demo: unrecognized option '--bad=1'\n"));
  CHECK(error_of({"-z"}).starts_with("demo: invalid option -- 'z'\n"));
  CHECK(error_of({"-hz"}).starts_with("demo: invalid option -- 'z'\n"));
}

TEST_CASE("ambiguous, missing and superfluous arguments each say what is wrong") {
  CHECK(error_of({"--n=1"}).starts_with(
      "demo: option '--n=1' is ambiguous; possibilities: '--noheader' '--ntasks' '--nice'\n"));
  CHECK(error_of({"--ntasks"}).starts_with("demo: option '--ntasks' requires an argument\n"));
  CHECK(error_of({"-n"}).starts_with("demo: option requires an argument -- 'n'\n"));
  CHECK(error_of({"--noheader=1"}).starts_with("demo: option '--noheader' doesn't allow an argument\n"));
}

TEST_CASE("a bad value carries the command's exit code, a bad number 1") {
  Ran time = run({"--begin=never"});
  REQUIRE(time.parsed.early);
  CHECK(time.parsed.early->err == "a line of its own\ndemo: error: Invalid --begin specification\n");
  CHECK(time.parsed.early->exit_code == 255);
  Ran number = run({"-n", "-3"});
  REQUIRE(number.parsed.early);
  CHECK(number.parsed.early->err == "demo: error: Invalid numeric value \"-3\" for --ntasks.\n");
  CHECK(number.parsed.early->exit_code == 1);
}

TEST_CASE("options of the user's command are left to it") {
  Ran ran = run({"-n2", "sh", "-c", "true", "--badoption"});
  CHECK_FALSE(ran.parsed.early);
  CHECK(ran.parsed.operands == std::vector<std::string>{"sh", "-c", "true", "--badoption"});
  CommandInfo permuting = demo_info;
  permuting.stop_at_operand = false;
  ran = run({"12", "-n2", "--", "-v"}, permuting);
  CHECK(ran.parsed.operands == std::vector<std::string>{"12", "-v"});
  CHECK(ran.demo.tasks == 2);
}

TEST_CASE("rows outside the command's scope do not exist for it") {
  CHECK(error_of({"--array=1"}).starts_with("demo: unrecognized option '--array=1'"));
}

TEST_CASE("version, help and usage end the command well") {
  Ran ran = run({"-V"});
  REQUIRE(ran.parsed.early);
  CHECK(ran.parsed.early->out == std::string("slurm 25.11.0-slurmxx") + SLURMXX_VERSION + "\n");
  CHECK(ran.parsed.early->exit_code == 0);
  ran = run({"--help"});
  REQUIRE(ran.parsed.early);
  CHECK(ran.parsed.early->out.find("\nOutput:\n  -h, --noheader              no headings on output\n") !=
        std::string::npos);
  CHECK(ran.parsed.early->out.find("      --nice[=value]          lower the priority\n") != std::string::npos);
}

TEST_CASE("usage is wrapped at 80 columns under the first item") {
  static const char* const layout[] = {"-A account;--clusters names;-i seconds;--job jobid;-n name;-x"};
  CommandInfo info = demo_info;
  info.usage_layout = layout;
  info.usage_tail = "executable [args...]";
  Ran ran = run({"--usage"}, info);
  REQUIRE(ran.parsed.early);
  CHECK(ran.parsed.early->out ==
        "Usage: demo [-A account] [--clusters names] [-i seconds] [--job jobid] [-n name]\n"
        "            [-x]\n"
        "            executable [args...]\n");
}

TEST_CASE("variables stand for options and the command line goes over them") {
  constexpr EnvironmentOption table[] = {
      {"DEMO_ACCOUNT", "account"}, {"DEMO_NOHEADER", "noheader"}, {"DEMO_NTASKS", "ntasks"}};
  Demo demo;
  OptionSet set(demo_info);
  set.add(demo_rows, demo);
  set.add(shared_rows, demo.shared, 1u);
  Environment environment{{"DEMO_ACCOUNT", "chem"}, {"DEMO_NOHEADER", ""}, {"OTHER", "x"}};
  CHECK_FALSE(set.apply_environment(table, environment).early);
  CHECK_FALSE(demo.header);
  CHECK_FALSE(set.parse({"-Aphys"}).early);
  CHECK(demo.shared.account == "phys");
  environment.set("DEMO_NTASKS", "many");
  Parsed bad = set.apply_environment(table, environment);
  REQUIRE(bad.early);
  CHECK(bad.early->exit_code == 1);
}

TEST_CASE("the manual page and the completion list the same rows") {
  Demo demo;
  OptionSet set(demo_info);
  set.add(demo_rows, demo);
  std::string page = set.manual_page();
  CHECK(page.starts_with(".TH demo 1 "));
  CHECK(page.find(".TP\n\\fB\\-n, \\-\\-ntasks=count\\fR\nnumber of tasks.\n") != std::string::npos);
  CHECK(set.bash_completion().find(" -n --ntasks= ") != std::string::npos);
}
