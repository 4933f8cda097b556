// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/signal_text.h"

#include <doctest/doctest.h>

#include <csignal>

using namespace slurmxx;

TEST_CASE("signals: names with and without SIG, any case, and numbers") {
  for (auto text : {"USR1", "SIGUSR1", "usr1", "10"}) CHECK(*parse_signal(text) == SIGUSR1);
  CHECK(signal_name(SIGKILL) == "KILL");
  CHECK(signal_name(40) == "40");
  for (auto text : {"", "FOO", "0", "65", "-9", "SIG"}) CHECK_FALSE(parse_signal(text).ok());
  CHECK(parse_signal("FOO").error().message ==
        "\"FOO\" is not a signal: give a name like USR1 or a number from 1 to 64");
  CHECK(parse_signal("TREM").error().message.ends_with("; did you mean TERM?"));
}

TEST_CASE("signals: a request says whom and how long before the end") {
  CHECK(*parse_signal_request("USR1") == SignalRequest{SIGUSR1, Seconds(60), false, false});
  CHECK(*parse_signal_request("B:USR1@30") == SignalRequest{SIGUSR1, Seconds(30), true, false});
  CHECK(*parse_signal_request("R:10@0") == SignalRequest{SIGUSR1, Seconds(0), false, true});
  CHECK(*parse_signal_request("BR:TERM@5") == SignalRequest{SIGTERM, Seconds(5), true, true});
  CHECK(signal_request_text({SIGUSR1, Seconds(60), true, false}) == "B:USR1@60");
  CHECK(signal_request_text({SIGUSR2, Seconds(5), false, false}) == "USR2@5");
  for (auto text : {"FOO", "B:", "B:B:10", "X:10", "USR1@x", "USR1@70000", "USR1@", "BB:10", ""}) {
    INFO(text);
    CHECK_FALSE(parse_signal_request(text).ok());
  }
}

TEST_CASE("exit codes: code and signal in one text") {
  CHECK(exit_text({0, 15}) == "0:15");
  CHECK(parse_exit("3:0") == ExitPair{3, 0});
  CHECK(parse_exit("3") == ExitPair{3, 0});
  CHECK_FALSE(parse_exit("x:1"));
  CHECK_FALSE(parse_exit("256:0"));
}
