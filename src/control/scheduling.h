// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// When the planner runs, what becomes of its plan, and what time does to jobs: limits and purging.
#pragma once

#include <span>

#include "control/controller.h"

namespace slurmxx {

struct JobEndFacts {
  JobState state = JobState::completed;
  ExitCode exit;
  std::string reason;  // as squeue shows it: "TimeLimit"
  std::string why;     // for the job's output: "CANCELLED DUE TO TIME LIMIT"
  std::shared_ptr<const StepUsage> script_usage = {};
};

class Scheduling {
 public:
  explicit Scheduling(Controller& controller) : c_(controller) {}

  static constexpr std::size_t head_jobs = 1000;  // of a long queue, looked at between whole passes

  static ClusterView cluster_view(const Controller& controller);
  static ClusterView head_view(const Controller& controller);  // with the head of the queue alone
  static ClusterView cluster_without_queue(const Controller& controller);
  static LicenseTable licenses(const ClusterConfig& config, const std::vector<const Job*>& active);
  static MonoTime next_wake(const Controller& controller);

  void plan_if_due();
  // Why a job waits. Changes nothing: it reads the state as it is and what the last pass said.
  Result<Explanation> explain(const ExplainRequest& request, const Caller& caller) const;
  void refresh_priorities();   // as of now, with the configuration in force
  void give_up_immediate();    // --immediate: who did not start in time
  void strike_deadlines();     // --deadline: what cannot end in time, and what has not
  void warn_before_limits();   // --signal
  void forget_old_warnings();  // after a start
  void strike_time_limits();
  void purge_old_jobs();

  // Ends a running job: the state changes at once, the nodes are told to clear it. The leader of a heterogeneous job
  // takes the other components along; end_component() ends one alone.
  void end_job(JobId job, const JobEndFacts& facts);
  void end_component(JobId job, const JobEndFacts& facts);
  void end_pending(JobId job, JobState state, const std::string& reason);
  // Sends a running job back to the queue, with all its components.
  enum class By : std::uint8_t { itself, hand, expedited };  // by hand: does not count for MaxBatchRequeue
  void requeue_job(JobId job, Hold hold, const std::string& reason, By by = By::itself);
  // The job itself, and the other components if it is the leader of a heterogeneous job (`whole`: if it is any).
  std::vector<JobId> with_components(JobId job, bool whole = false) const;
  // The records of these tasks of an array, absent: of all. Tasks that wait together with others get one of their own.
  std::vector<JobId> tasks_meant(JobId array, const std::optional<IndexSet>& tasks);
  void launch(JobId job);  // on all its nodes
  void launch_on(const Job& job, NodeIndex node);
  void add_network(LaunchBatch& order) const;
  void all_prepared(const Job& job);  // its prologs have ended everywhere
  void order_end(const Job& job, NodeIndex node, const std::string& why);
  void end_on_nodes(JobId id, bool was_preparing, const std::string& why);

 private:
  std::string why_aside(const Job& job, const std::function<bool(const Job&)>& shows) const;
  const Job* job_meant(const ExplainRequest& request) const;
  void begin_extern_step(JobId job);
  bool has_epilog(JobId job) const;
  void requeue_component(JobId job, Hold hold, const std::string& reason, By by);
  static void add_pending(const Controller& controller, JobId job, ClusterView& view);
  static void set_common_priority(HetJobPriority by, std::span<PendingJob> together);
  static void count_tasks(const Controller& controller, PendingJob& pending);
  JobId task_to_start(JobId job);
  void choose_licenses(JobId job, const std::string& licenses);
  void strike_late();  // who waits and cannot end before his deadline any more
  TimeRequest times_in_partitions(const JobSpec& spec) const;
  void note_begun();
  void choose_limit(JobId job, const TimeLimit& limit);
  bool purge_part(const Job& job);
  static bool head_is_enough(const Controller& controller);
  bool has_drifted();
  void rerank();
  Outlook make_pass(bool whole);
  Reasons::Rows carry_out(std::vector<Decision> decisions, std::uint64_t& passed);  // the reasons of those that wait
  StartedBy starter_of(JobId job, bool past_others) const;
  std::string blocked_before(JobId job) const;  // empty: by nothing but its turn and want of room

  Controller& c_;
};

}  // namespace slurmxx
