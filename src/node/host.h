// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What the node agent asks of the machine it runs on; slurmd does it with processes and files, the simulator with
// neither. No call blocks or answers at once: what comes of it is told later to the agent (prolog_done, step_ended,
// job_cleared), exactly once for each order.
#pragma once

#include "base/result.h"
#include "wire/node_messages.h"
#include "wire/stepd_messages.h"

namespace slurmxx {

class NodeHost {
 public:
  virtual ~NodeHost() = default;

  virtual void send(const NodeReport& report) = 0;  // without a session: dropped
  virtual NodeRegistration registration() = 0;
  virtual Heartbeat vitals() = 0;

  virtual void keep_obeyed(const ObeyedController& controller) = 0;  // survives a crash of slurmd and of the machine
  virtual Status keep_job(const NodeJob& job) = 0;       // survives a crash of slurmd, not one of the machine
  virtual void run_prolog(const LaunchBatch& job) = 0;   // -> prolog_done
  virtual void start_batch(const LaunchBatch& job) = 0;  // -> step_ended
  virtual void start_step(const LaunchStep& step) = 0;   // -> step_ended
  virtual void signal_step(const StepKey& step, const StepdSignal& signal) = 0;
  virtual void finish_step(const StepKey& step, const StepdFinish& finish) = 0;
  virtual void notify_step(const StepKey&, const StepdNotify&) {}
  virtual void reboot(const RebootNode&) {}  // RebootProgram; for hosts that have one
  virtual void admit_reader(const StepKey&, const StepdAdmit&) {}
  virtual std::optional<RunningStep> usage_of(const StepKey&) { return std::nullopt; }  // up to now
  virtual void forget_step(const StepKey& step) = 0;                                    // its end is acknowledged
  // Kills what is left, epilog, forgets it -> job_cleared. `end` is why, and how the job went.
  virtual void clear_job(const LaunchBatch& job, const EndJob& end) = 0;
  // The step is over and processes of it are not: UnkillableStepProgram, and a line in the log when they have gone.
  virtual void step_unkillable(const StepKey& step, const StepEnd& end) {
    static_cast<void>(step), static_cast<void>(end);
  }
  virtual void check_health() {}                 // HealthCheckProgram; for hosts that have one
  virtual void shut_down() {}                    // for hosts that are processes
  virtual void set_debug(const std::string&) {}  // how much it logs; for hosts that log
  virtual void reconfigure() {}                  // slurm.conf has changed; for hosts that read one
  // A controller that an earlier order came to replace; for the log.
  virtual void not_obeyed(Epoch older, Epoch obeyed) { static_cast<void>(older), static_cast<void>(obeyed); }
  virtual void named(const std::string&) {}        // it is the node of this name from now on
  virtual void turned_away(const std::string&) {}  // the controller does not take this node: for the log
};

}  // namespace slurmxx
