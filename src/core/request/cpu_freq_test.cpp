// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/request/cpu_freq.h"

#include <doctest/doctest.h>

using namespace slurmxx;

TEST_CASE("--cpu-freq takes frequencies, levels and governors, and nothing else") {
  for (const char* text : {"low", "highm1", "medium-high", "1000", "1000k", "1000-2000", "1000-2000:ondemand",
                           "performance", "OnDemand", "low-high:SchedUtil"})
    CHECK_MESSAGE(check_cpu_freq(text).ok(), text);
  const std::pair<const char*, const char*> refused[] = {
      {"bogus", "unrecognized --cpu-freq argument \"bogus\""},
      {"", "unrecognized --cpu-freq argument \"\""},
      {"a-b", "unrecognized --cpu-freq argument \"a\""},
      {"1000-userspace", "unrecognized --cpu-freq argument \"userspace\""},
      {"2000-1000", "min cpu-freq (2000) must be < max cpu-freq (1000)"},
      {"low-high:bogus", "illegal governor: bogus on --cpu-freq"},
      {"high:ondemand", "gov on cpu-freq (ondemand) illegal without max"}};
  for (const auto& [text, why] : refused) CHECK(check_cpu_freq(text).error().message == why);
}

TEST_CASE("--cpu-freq names governors that the site allows") {
  const char* allowed = "OnDemand,Performance";
  for (const char* text : {"", "low", "1000-2000", "ondemand", "low-high:performance"})
    CHECK(check_governor(text, allowed));
  CHECK(check_governor("low-high:schedutil", allowed).error().message ==
        "governor of schedutil is not allowed in slurm.conf: CpuFreqGovernors=OnDemand,Performance");
  CHECK_FALSE(check_governor("powersave", allowed));
}

TEST_CASE("--cpu-freq as show job prints it") {
  const std::pair<const char*, const char*> shown[] = {
      {"1000k", "CPU_max_freq=1000 "},
      {"highm1", "CPU_max_freq=Highm1 "},
      {"1000-2000", "CPU_min_freq=1000 CPU_max_freq=2000 "},
      {"low-HIGH:ondemand", "CPU_min_freq=Low CPU_max_freq=High Governor=OnDemand"},
      {"schedutil", "Governor=SchedUtil"}};
  for (const auto& [text, line] : shown) CHECK(cpu_freq_text(text) == line);
}
