// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What slurmd decides: which order is carried out, when a prolog or an epilog is due, what is reported and how often.
// A class without I/O, the same in slurmd and in the simulator; the machine is behind node/host.h.
// Every order may come twice: it is carried out once. Every report is repeated, on a new session and now and then,
// until the controller has acknowledged it. A job that is over is never started again in the same life (Incarnation).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/host.h"

namespace slurmxx {

struct AgentOptions {
  std::string node_name;
  Seconds kill_wait{30};     // for jobs that the controller does not know
  Seconds repeat_every{30};  // of reports that were not acknowledged
  std::string dynamic = {};  // as NodeHello has it
};

// A job found in the spool when slurmd starts.
struct FoundJob {
  NodeJob job;
  struct FoundStep {
    StepId id;
    std::optional<StepEnd> end;  // absent: it runs, and step_ended will come
  };
  std::vector<FoundStep> steps;
};

class NodeAgent {
 public:
  NodeAgent(AgentOptions options, NodeHost& host) : options_(std::move(options)), host_(host) {}

  // Both before the first session.
  void restore(const ObeyedController& obeyed) { obeyed_ = obeyed; }
  void restore(const FoundJob& found);

  void connected();  // says hello
  void disconnected() { session_ = Session::none; }
  void set_kill_wait(Seconds kill_wait) { options_.kill_wait = kill_wait; }
  void order(const NodeOrder& order, MonoTime now);

  void prolog_done(const Incarnation& job, const std::string& error);
  void step_ended(const StepKey& step, const StepEnd& end);
  void job_cleared(const Incarnation& job, const std::string& epilog_error);

  void tick(MonoTime now);                  // heartbeat, repeated reports
  std::optional<MonoTime> wake_at() const;  // nullopt: nothing is due

  // Of a step that srun wants to attach to: running; coming (its launch or prolog is under way or may still arrive);
  // over.
  enum class StepView { running, coming, over };
  StepView view(const StepKey& step) const;
  // Somebody waits here for a step that is coming: if nothing comes, the controller is asked for it now and then.
  void awaited(const StepKey& step, MonoTime now);
  // Why the step's job could not begin here, if the node is to blame: "Prolog error: ...". Else empty.
  std::string launch_fault(const StepKey& step) const;

 private:
  enum class Session { none, unwelcome, obeyed };
  enum class JobPhase { queued, unused, prolog, running, ending, clearing, cleared };
  struct HeldStep {
    std::optional<LaunchStep> waiting;  // for the prolog
    std::vector<StepdAdmit> readers;    // meanwhile
    std::optional<StepEnd> end;
    bool seen = false;  // the end is acknowledged
  };
  struct HeldJob {
    NodeJob record;
    JobPhase phase = JobPhase::queued;
    std::map<StepId, HeldStep> steps;
    std::optional<LaunchFailed> failed;
    std::optional<EndJob> finish;
    bool suspended = false;
    std::string epilog_error;
  };
  using Jobs = std::map<Incarnation, HeldJob>;

  void welcome(const Welcome& order, MonoTime now);
  void launch_batch(const LaunchBatch& order);
  void launch_step(const LaunchStep& order);
  void signal_job(const SignalJob& order);
  void suspend_job(const SuspendJob& order, MonoTime now);
  void signal_steps(const HeldJob& job, int signal);
  void stop_who_was_told(MonoTime now);
  void notify_job(const NotifyJob& order);
  void end_job(const EndJob& order);
  void report_seen(const ReportSeen& order);
  void admit_reader(const AdmitReader& order);
  void tell_usage(const AskUsage& question);
  bool holds(const StepKey& step) const;
  void ask_for_awaited(MonoTime now);

  static std::size_t broadcasts_under_way(const HeldJob& job);
  static void forget_old_broadcasts(HeldJob& job);
  HeldJob& hold(const Incarnation& id, NodeJob record);
  void start_next_life(JobId id);
  void begin(HeldJob& job);
  void take_script(HeldJob& job, const LaunchBatch& order);
  void run(HeldJob& job);
  void finish(HeldJob& job, const EndJob& order);
  void clear_if_over(HeldJob& job);
  void end_step(HeldJob& job, StepId id, const StepEnd& end);
  void fail_launch(HeldJob& job, const std::string& reason, bool node_fault);
  void report_step(const HeldJob& job, StepId id);
  void report_again();
  void report_job(const HeldJob& job);
  void remember_over(const Incarnation& id);
  void remember_never(const StepKey& step);

  AgentOptions options_;
  NodeHost& host_;
  Jobs jobs_;
  std::set<Incarnation> over_;  // the latest that were cleared
  std::deque<Incarnation> over_order_;
  std::deque<StepKey> never_;                // the latest steps that were ended and never came here
  std::map<StepKey, MonoTime> ask_at_;       // steps that somebody waits for: when to ask
  std::map<Incarnation, MonoTime> stop_at_;  // jobs that were sent SIGTSTP: when SIGSTOP follows
  Session session_ = Session::none;
  ObeyedController obeyed_;
  Seconds heartbeat_every_{30};
  MonoTime next_beat_;
  MonoTime next_repeat_;
  std::optional<MonoTime> next_hello_;  // while the controller has not welcomed us
};

}  // namespace slurmxx
