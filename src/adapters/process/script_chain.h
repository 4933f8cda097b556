// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Prolog, Epilog and their like: programs of the administrator, run one after the other as the daemon's own user until
// one fails. Nothing blocks: the daemon hands in the ends of children that it reaps, and the time.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace slurmxx {

struct ScriptOrder {
  std::string name;                   // "Prolog", for errors
  std::vector<std::string> patterns;  // absolute, with glob(7) wildcards; what matches none is left out
  std::vector<std::string> environment;
  Limit<Seconds> timeout = Limit<Seconds>::none();  // of each program
};

class ScriptChain {
 public:
  ScriptChain(ScriptOrder order, MonoTime now);

  std::optional<pid_t> pid() const { return pid_; }
  void child_ended(int wait_status, MonoTime now);  // of pid()
  void tick(MonoTime now);                          // kills what is over its time
  std::optional<MonoTime> wake_at() const { return kill_at_; }

  // All have ended, or one has failed: empty if all went well, else one line.
  std::optional<std::string> outcome() const { return outcome_; }

 private:
  void start_next(MonoTime now);

  ScriptOrder order_;
  std::vector<std::string> programs_;
  std::size_t next_ = 0;
  std::optional<pid_t> pid_;
  std::optional<MonoTime> kill_at_;
  bool timed_out_ = false;
  std::optional<std::string> outcome_;
};

}  // namespace slurmxx
