// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What every part of a simulated cluster stands on: the numbers that a seed gives, the clock with its queue of events,
// the trace, the counts and the word for a broken invariant. One run is one thread; the same seed is the same run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "ports/random.h"
#include "sim/report.h"

namespace slurmxx::sim {

struct Violation {  // thrown: the run ends here
  std::string what;
};

// A broken invariant, named in one line.
[[noreturn]] void violated(std::string what);
inline void require(bool holds, const char* what) {
  if (!holds) violated(what);
}

class Rng final : public Random {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::int64_t between(std::int64_t low, std::int64_t high);  // both included
  bool one_in(std::uint64_t n) { return next() % n == 0; }
  bool percent(unsigned p) { return next() % 100 < p; }
  std::string bytes(std::size_t count) override;
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[next() % from.size()];
  }

 private:
  std::uint64_t state_;
};

// Bugs put in on purpose, to show that the checker bites (--sabotage NAME).
enum class Sabotage {
  none,
  early_answers,    // leave before their records are durable
  no_sync,          // the journal's sync does nothing
  forget_requests,  // the request ids are lost at a restart
  lose_cleared,     // reports that a node is clear never arrive
  forget_blobs,     // scripts are not synced
  early_cleared,    // a node says that it is clear when it is told to end a job
  forget_end,       // slurmd forgets over its restart that a script has ended
  deaf,             // slurmctld does not hear that a session is over
};
const std::vector<std::pair<std::string, Sabotage>>& sabotages();

struct RunOptions {
  std::uint64_t seed = 1;
  Sabotage sabotage = Sabotage::none;
  bool trace = false;        // print every line
  bool faults = true;        // false: a fair world
  std::int64_t minutes = 8;  // of simulated time in which the world is unfair
};

class Kernel {
 public:
  Kernel(const RunOptions& options, Report& report);

  Rng rng;
  const RunOptions& options() const { return options_; }
  bool sabotaged(Sabotage kind) const { return options_.sabotage == kind; }
  Counts& counts() { return report_.counts; }

  MonoTime now() const { return now_; }
  Instant wall() const { return Instant(1'800'000'000 + wall_shift_.value + now_.millis / 1000); }
  void shift_wall(Seconds by) { wall_shift_ += by; }

  void after(Millis delay, std::function<void()> what) { queue_.emplace(std::pair(now_ + delay, ++order_), what); }
  bool step();  // false: nothing is to come

  template <class... T>
  void note(fmt::format_string<T...> format, T&&... values) {
    write(fmt::format(format, std::forward<T>(values)...));
  }

 private:
  void write(const std::string& line);

  RunOptions options_;
  Report& report_;
  MonoTime now_{1000};
  Seconds wall_shift_;
  std::uint64_t order_ = 0;
  std::map<std::pair<MonoTime, std::uint64_t>, std::function<void()>> queue_;
};

}  // namespace slurmxx::sim
