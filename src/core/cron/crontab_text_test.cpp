// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/cron/crontab_text.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("a crontab: options hold for the entry that follows, variables for all behind them") {
  const auto entries = parse_crontab(
      "# mine\n"
      "DIR=/home/me\n"
      "#SCRON -p high --comment='a b'\n"
      "#SCRON -t 1:00\n"
      "@hourly $DIR/job $HOME\n"
      "\n"
      "1-5,30 8-17/2 * * wed  $DIR/other  x=1\n");
  REQUIRE(entries.ok());
  REQUIRE(entries->size() == 2);
  const CrontabEntry& first = entries->front();
  CHECK(first.options == std::vector<std::string>{"-p", "high", "--comment=a b", "-t", "1:00"});
  CHECK(first.command == "/home/me/job $HOME");
  CHECK(first.place == CronEntry{"@hourly", 3, 5});
  CHECK(entries->back().options.empty());
  CHECK(entries->back().command == "/home/me/other  x=1");
  CHECK(entries->back().place == CronEntry{"1-5,30 8-17/2 * * wed", 7, 7});
  CHECK(parse_crontab("")->empty());
}

TEST_CASE("a crontab: what is wrong is told with its line") {
  CHECK(parse_crontab("# a\n99 * * * * x\n").error().message.starts_with("line 2: minute 99: "));
  CHECK(parse_crontab("* * * * *\n").error().message == "line 1: no command behind the time");
  CHECK(parse_crontab("#SCRON -p x\n# end\n").error().message == "line 1: #SCRON options with no entry behind them");
  CHECK(parse_crontab("#SCRON --name='x\n@daily x\n").error().message.starts_with("line 1: "));
}

TEST_CASE("a crontab: the lines of a cancelled job become comments, once") {
  const std::string text = "A=1\n#SCRON -p x\n@daily a\n@hourly b\n";
  const std::string after = with_lines_disabled(text, {"@daily", 2, 3});
  CHECK(after == "A=1\n#DISABLED: #SCRON -p x\n#DISABLED: @daily a\n@hourly b\n");
  CHECK(with_lines_disabled(after, {"@daily", 2, 3}) == after);
  CHECK(parse_crontab(after)->size() == 1);
}
