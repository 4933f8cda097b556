// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmctld/script_runner.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <optional>

using namespace slurmxx;

namespace {

struct Ends {
  std::mutex mutex;
  std::condition_variable came;
  std::deque<SiteScriptEnded> ends;
  ScriptRunner runner{[this](SiteScriptEnded end) {
                        const std::lock_guard lock(mutex);
                        ends.push_back(std::move(end));
                        came.notify_one();
                      },
                      [](const std::string&) {}};

  SiteScriptEnded next() {
    std::unique_lock lock(mutex);
    came.wait(lock, [&] { return !ends.empty(); });
    SiteScriptEnded end = std::move(ends.front());
    ends.pop_front();
    return end;
  }
};

SiteScript script(JobId job, bool is_epilog, const std::string& program) {
  return {{job, 0}, is_epilog, {program}, {}, Limit<Seconds>::of(Seconds(20))};
}

}  // namespace

TEST_CASE("script runner: the scripts of one job run one after the other, and their ends are told") {
  Ends ends;
  ends.runner.run(script(JobId(1), false, "/bin/false"));
  ends.runner.run(script(JobId(1), true, "/bin/true"));
  const SiteScriptEnded prolog = ends.next();
  CHECK_FALSE(prolog.is_epilog);
  CHECK(prolog.error == "PrologSlurmctld error: /bin/false ended with status 1");
  const SiteScriptEnded epilog = ends.next();
  CHECK(epilog.is_epilog);
  CHECK(epilog.error.empty());
}

TEST_CASE("script runner: no program is a good end, and one that cannot be started a bad one") {
  Ends ends;
  SiteScript none = script(JobId(1), false, "");
  none.patterns.clear();
  ends.runner.run(std::move(none));
  CHECK(ends.next().error.empty());
  ends.runner.run(script(JobId(1), false, "/nowhere/at/all"));
  CHECK(ends.next().error.starts_with("PrologSlurmctld error: /nowhere/at/all"));
}
