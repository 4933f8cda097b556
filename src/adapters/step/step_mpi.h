// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What MPI adds to a step on one node: something for each task's environment and descriptors, and messages to the
// other nodes, which srun passes on (wire/step_messages.h). Driven by StepRunner's poll(2) loop; nothing blocks.
#pragma once

#include <poll.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/process/launcher.h"
#include "wire/step_messages.h"

namespace slurmxx {

class StepMpi {
 public:
  virtual ~StepMpi() = default;

  virtual bool ready() const { return true; }  // tasks may start
  virtual Status prepare(std::uint32_t local, LaunchRequest& request) = 0;
  virtual void started(std::uint32_t local) = 0;                     // the task has what prepare() gave it
  virtual void ended(std::uint32_t, std::uint32_t /*exit_code*/) {}  // by itself; 128 and a signal's number
  virtual void exchanged(const StepExchanged& all) = 0;
  virtual void relayed(const StepRelayed& message) = 0;

  virtual void collect(std::vector<pollfd>& fds) const = 0;
  virtual Status serve() = 0;  // after every poll; Error: the step cannot go on, in one line
  std::vector<StepOutput> take_output() { return std::exchange(output_, {}); }

  virtual void end() {}                                      // all tasks have ended
  virtual bool silent() const { return true; }               // after end(): there is no more output
  virtual bool over() const { return true; }                 // after end()
  virtual std::vector<pid_t> helpers() const { return {}; }  // processes that are not the step's tasks

 protected:
  std::vector<StepOutput> output_;  // for srun
};

// Of the order's kind of MPI; null: none. Error: one line that says what is missing and what to set.
Result<std::unique_ptr<StepMpi>> make_step_mpi(const LaunchStep& order);

// Replaces NAME's value, or adds it.
void set_variable(std::vector<std::string>& environment, const std::string& name, const std::string& value);

}  // namespace slurmxx
