// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/process/script_chain.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

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

TEST_CASE("a program of a daemon that dies before it has noted the process never begins") {
  const std::string mark = "/tmp/slurmxx-noted-" + std::to_string(getpid());
  const std::string script = mark + ".sh";
  FILE* file = fopen(script.c_str(), "w");
  REQUIRE(file);
  fprintf(file, "#!/bin/sh\n: > %s\n", mark.c_str());
  REQUIRE(fclose(file) == 0);
  REQUIRE(chmod(script.c_str(), 0700) == 0);
  for (const bool dies : {true, false}) {
    int told[2];
    REQUIRE(pipe(told) == 0);
    const pid_t daemon = fork();
    if (daemon == 0) {
      close(told[0]);
      ScriptOrder order{.name = "Prolog", .patterns = {script}, .environment = {}};
      order.started = [&](const FoundProcess&) {
        if (dies) _exit(0);  // our end of the pipe stays with the program's process until that has gone
      };
      ScriptChain chain(std::move(order), mono_now());
      int status = 0;
      if (chain.pid()) waitpid(*chain.pid(), &status, 0);
      _exit(0);
    }
    close(told[1]);
    char end = 0;
    CHECK(read(told[0], &end, 1) == 0);  // both have ended
    close(told[0]);
    REQUIRE(waitpid(daemon, nullptr, 0) == daemon);
    CHECK((access(mark.c_str(), F_OK) == 0) == !dies);
  }
  unlink(mark.c_str());
  unlink(script.c_str());
}

TEST_CASE("a program that cannot be executed is named with the reason") {
  ScriptOrder order{.name = "Prolog", .patterns = {"/nonexistent/program"}, .environment = {}};
  ScriptChain chain(std::move(order), mono_now());
  CHECK(run(chain) == "Prolog error: /nonexistent/program: No such file or directory");
}
