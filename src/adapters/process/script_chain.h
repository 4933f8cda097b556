// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Prolog, Epilog and their like: programs of the administrator, run one after the other as the daemon's own user until
// one fails. Nothing blocks: the daemon hands in the ends of children that it reaps, and the time.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/net/file_descriptor.h"
#include "adapters/process/orphans.h"
#include "base/result.h"
#include "base/units.h"

namespace slurmxx {

struct ScriptOrder {
  std::string name;                   // "Prolog", for errors
  std::vector<std::string> patterns;  // absolute, with glob(7) wildcards; what matches none is left out
  std::vector<std::string> environment;
  Limit<Seconds> timeout = Limit<Seconds>::none();  // of each program
  int output = -1;  // where not -1: their standard output and error; must last until the first has started
  // A program of this chain that an earlier daemon started: it is waited for (it has `timeout` too) before the first
  // begins, so that no two run at once. How it ended is not known: all programs run again.
  std::optional<FoundProcess> before;
  bool leaves_processes = false;  // what a program that was in time has put in the background goes on
  std::function<void(const FoundProcess&)> started;  // is told of each program, to be `before` one day
};

class ScriptChain {
 public:
  ScriptChain(ScriptOrder order, MonoTime now);

  std::optional<pid_t> pid() const { return pid_; }
  void child_ended(int wait_status, MonoTime now);  // of pid()
  void tick(MonoTime now);                          // kills what is over its time
  std::optional<MonoTime> wake_at() const { return kill_at_; }
  int waits_on() const { return before_.get(); }  // -1, or readable when tick() has something to do

  // All have ended, or one has failed: empty if all went well, else one line.
  std::optional<std::string> outcome() const { return outcome_; }

 private:
  void start_next(MonoTime now);
  bool wait_for_earlier(MonoTime now);
  void end_of_earlier(MonoTime now);

  ScriptOrder order_;
  std::vector<std::string> programs_;
  std::size_t next_ = 0;
  std::optional<pid_t> pid_;
  FileDescriptor before_;  // pidfd
  std::optional<MonoTime> kill_at_;
  bool timed_out_ = false;
  std::optional<std::string> outcome_;
};

}  // namespace slurmxx
