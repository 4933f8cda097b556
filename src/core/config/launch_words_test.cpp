// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/config/launch_words.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("PrologFlags: a flag brings along what it implies") {
  CHECK(prolog_flags_text(*parse_prolog_flags("")).empty());
  CHECK(prolog_flags_text(*parse_prolog_flags("serial")) == "Serial");
  CHECK(prolog_flags_text(*parse_prolog_flags("contain")) == "Alloc,Contain");
  CHECK(prolog_flags_text(*parse_prolog_flags("RunInJob")) == "Alloc,Contain,RunInJob");
  CHECK(prolog_flags_text(*parse_prolog_flags("DeferBatch,ForceRequeueOnFail")) ==
        "Alloc,DeferBatch,ForceRequeueOnFail");
  CHECK(prolog_flags_text(*parse_prolog_flags("Alloc,NoHold")) == "Alloc,NoHold");
}

TEST_CASE("PrologFlags: what cannot be had is refused in one line") {
  CHECK(text_of(parse_prolog_flags("Contain,NoHold").error()) ==
        "NoHold does not go together with Contain or RunInJob");
  CHECK(text_of(parse_prolog_flags("x11").error()) == "X11 forwarding is not supported: leave X11 out");
  CHECK(text_of(parse_prolog_flags("Alloc,foo").error()).starts_with("foo is none of Alloc, Contain"));
}

TEST_CASE("HealthCheckNodeState: CYCLE and START_ONLY alone are about nodes in any state") {
  CHECK(parse_health_check_states("ANY")->any);
  CHECK(parse_health_check_states("CYCLE")->any);
  CHECK(parse_health_check_states("START_ONLY")->start_only);
  const HealthCheckStates some = *parse_health_check_states("idle,Mixed,CYCLE");
  CHECK((some.idle && some.mixed && some.cycle && !some.any && !some.alloc));
  CHECK_FALSE(parse_health_check_states("IDLE,BUSY").ok());
}
