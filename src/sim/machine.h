// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A compute node: the machine with its processes and its spool, and slurmd on it with the node agent. slurmd may be
// killed (steps live on and are adopted), the machine may reboot (nothing lives on), the network may part.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "node/agent.h"
#include "sim/head.h"
#include "sim/link.h"
#include "sim/oracle.h"

namespace slurmxx::sim {

struct MachineFaults {  // of the workload, not of the machine: percents
  unsigned prolog_fails = 0;
  unsigned epilog_fails = 0;
  unsigned start_fails = 0;
  unsigned keep_fails = 0;
};

class Machine final : public NodeHost {
 public:
  Machine(Kernel& kernel, Oracle& oracle, Head& head, std::string name);

  const std::string& name() const { return name_; }
  MachineFaults& faults() { return faults_; }
  bool running() const { return agent_.has_value(); }

  void start_slurmd();
  void kill_slurmd();
  void reboot();                        // slurmd comes back after a while
  void kill_a_stepd();                  // one step ends without a word
  void srun_gone(const StepKey& step);  // its connection is closed
  void break_session();
  void hang(Millis how_long);  // slurmd alone: SIGSTOP, then SIGCONT
  void part(Millis how_long);  // no message passes, no session can be made
  void meet_ghost();           // orders of a controller that was replaced
  bool idle() const { return spool_.empty() && processes_.empty(); }
  std::string holdings() const;
  std::size_t told() const { return told_; }  // jobs and steps in the latest hello

  void send(const NodeReport& report) override;
  NodeRegistration registration() override;
  Heartbeat vitals() override { return {10, MebiBytes(1000)}; }
  void keep_obeyed(const ObeyedController& controller) override { obeyed_ = controller; }
  Status keep_job(const NodeJob& job) override;
  void run_prolog(const LaunchBatch& job) override;
  void start_batch(const LaunchBatch& job) override;
  void start_step(const LaunchStep& step) override;
  void signal_step(const StepKey& step, const StepdSignal& signal) override;
  void finish_step(const StepKey& step, const StepdFinish& finish) override;
  void forget_step(const StepKey& step) override;
  void clear_job(const LaunchBatch& job, const EndJob& end) override;

 private:
  struct Plan {  // what a step will do
    Millis duration;
    ExitCode exit;
    bool ignores_term = false;
  };
  struct Process {
    std::uint64_t number = 0;
    Plan plan;
  };
  struct SpooledJob {
    NodeJob job;
    std::map<StepId, std::optional<StepEnd>> steps;
  };

  void later(Millis delay, std::function<void()> what);  // unless slurmd has ended by then
  void process_later(const StepKey& key, Millis delay, ExitCode exit);
  Plan plan_of(const StepKey& key, const std::string& arguments);
  void start_process(const StepKey& key, const Plan& plan);
  void end_process(const StepKey& key, const std::optional<StepEnd>& end);
  void connect();
  void connected(std::shared_ptr<Link> link);
  void retry();
  void disconnected();
  void take(const NodeOrder& order);
  void plan_tick();
  void drop_spool_of_last_boot();
  FoundJob found(const SpooledJob& job) const;

  Kernel& kernel_;
  Oracle& oracle_;
  Head& head_;
  std::string name_;
  MachineFaults faults_;
  MonoTime booted_;
  Instant slurmd_started_;
  std::optional<NodeAgent> agent_;
  std::uint64_t generation_ = 0;  // of slurmd
  std::uint64_t numbers_ = 0;     // of processes
  std::shared_ptr<Link> link_;
  MonoTime parted_until_;
  MonoTime hung_until_;
  Millis backoff_{100};
  std::uint64_t wakes_ = 0;
  ObeyedController obeyed_;  // on disk
  std::size_t told_ = 0;
  std::map<JobId, SpooledJob> spool_;
  std::map<StepKey, Process> processes_;
};

}  // namespace slurmxx::sim
