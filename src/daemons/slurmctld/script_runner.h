// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// PrologSlurmctld and EpilogSlurmctld: a thread that runs them, those of one job one after the other, and tells how
// they ended. What still runs at the end of slurmctld is killed, and run again by the next one.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/net/file_descriptor.h"
#include "adapters/process/script_chain.h"
#include "control/controller.h"

namespace slurmxx {

class ScriptRunner {
 public:
  ScriptRunner(std::function<void(SiteScriptEnded)> ended, std::function<void(const std::string&)> log);
  ScriptRunner(const ScriptRunner&) = delete;
  ~ScriptRunner();

  void run(SiteScript script);             // from any thread
  void begin_beside(SiteProgram program);  // as well; how it ends is only logged

 private:
  struct Queue {
    std::deque<SiteScript> scripts;  // the first runs
    std::optional<ScriptChain> chain;
    FileDescriptor child;  // pidfd of the program that runs
    std::optional<pid_t> watched;
  };

  void serve();
  void take_new();
  void wait();
  void advance(Queue& queue);
  void begin(Queue& queue);
  void start(const SiteProgram& program);
  void reap_programs();
  void wake();
  void watch(Queue& queue);

  std::function<void(SiteScriptEnded)> ended_;
  std::function<void(const std::string&)> log_;
  FileDescriptor wake_;
  std::mutex mutex_;  // guards the three below
  std::deque<SiteScript> fresh_;
  std::deque<SiteProgram> fresh_programs_;
  bool stopping_ = false;
  std::map<JobId, Queue> queues_;  // the thread's own
  struct Program {
    std::string name;
    std::string file;  // to be removed when it is over; empty: none
  };
  std::map<pid_t, Program> programs_;  // that run
  std::thread thread_;
};

}  // namespace slurmxx
