// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/script_chain.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "adapters/clock/clock.h"

using namespace slurmxx;

namespace {

// A program that runs until its standard input ends, in a session of its own, as an earlier daemon would have left it.
struct Earlier {
  pid_t pid = 0;
  int input[2];

  Earlier() {
    REQUIRE(pipe(input) == 0);
    pid = fork();
    if (pid == 0) {
      setsid();
      dup2(input[0], 0);
      close(input[1]);
      execl("/bin/cat", "cat", nullptr);
      _exit(1);
    }
    close(input[0]);
  }
  void end() { close(input[1]); }
};

std::string run(ScriptChain& chain) {
  while (!chain.outcome()) {
    chain.tick(mono_now());
    if (chain.waits_on() >= 0) {
      pollfd one{chain.waits_on(), POLLIN, 0};
      poll(&one, 1, 1000);
    } else if (chain.pid()) {
      int status = 0;
      REQUIRE(waitpid(*chain.pid(), &status, 0) == *chain.pid());
      chain.child_ended(status, mono_now());
    }
  }
  return *chain.outcome();
}

}  // namespace

TEST_CASE("no program begins while one that an earlier daemon started runs, and each that begins is told") {
  Earlier earlier;
  std::vector<FoundProcess> begun;
  ScriptOrder order{.name = "Prolog", .patterns = {"/bin/true"}, .environment = {}};
  order.before = FoundProcess{earlier.pid, start_time_or_0(earlier.pid)};
  order.started = [&](const FoundProcess& process) { begun.push_back(process); };
  ScriptChain chain(order, mono_now());
  chain.tick(mono_now());
  CHECK(begun.empty());
  CHECK(chain.waits_on() >= 0);
  earlier.end();
  CHECK(run(chain) == "");
  REQUIRE(begun.size() == 1);
  CHECK(begun[0].start_time > 0);
  waitpid(earlier.pid, nullptr, 0);
}

TEST_CASE("an earlier program has the time that each has, and a pid that is another process is not waited for") {
  Earlier earlier;
  ScriptOrder order{.name = "Prolog", .patterns = {"/bin/true"}, .environment = {}};
  order.timeout = Limit<Seconds>::of(Seconds(5));
  order.before = FoundProcess{earlier.pid, start_time_or_0(earlier.pid)};
  ScriptChain chain(order, mono_now());
  chain.tick(mono_now() + Seconds(6));
  CHECK(run(chain) == "");
  int status = 0;
  REQUIRE(waitpid(earlier.pid, &status, 0) == earlier.pid);
  CHECK(WIFSIGNALED(status));
  earlier.end();

  order.before = FoundProcess{getpid(), 1};
  ScriptChain other(order, mono_now());
  CHECK(other.waits_on() < 0);
  CHECK(run(other) == "");
}
