// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The controller: requests and reports in, records and messages out. No I/O, no clock, no thread: the caller feeds one
// batch at a time, makes take_commit() durable, then sends take_outgoing(). What leaves is tagged with the log position
// it depends on, so nothing leaves before it is durable. Effects follow from state: after a restart each node's hello
// brings back every launch and kill that is still owed to it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "control/array_index.h"
#include "control/blocked_before.h"
#include "control/configure.h"
#include "control/dependency_index.h"
#include "control/fresh_arrays.h"
#include "control/log_store.h"
#include "control/pending_queue.h"
#include "control/plan_clock.h"
#include "control/published.h"
#include "control/rules.h"
#include "core/limits/accrual_lines.h"
#include "core/limits/directory.h"
#include "core/limits/usage.h"
#include "core/schedule/plan.h"
#include "core/text/time_zone.h"
#include "ports/random.h"
#include "wire/node_messages.h"

namespace slurmxx {

struct Now {
  Instant wall;
  MonoTime mono;
};

struct Blob {  // to be durable before the records that name it
  std::string hash;
  std::string bytes;
};

struct Commit {
  std::vector<Blob> blobs;
  std::vector<Record> records;
  bool empty() const { return blobs.empty() && records.empty(); }
};

// A LaunchBatch goes out without script and environment: whoever sends it adds them from the blobs that its
// specification names (control/launch.h).
// PrologSlurmctld or EpilogSlurmctld, to be run on the controller's own host; its end is told to script_ended().
struct SiteScript {
  Incarnation job;
  bool is_epilog = false;
  std::vector<std::string> patterns;
  std::vector<std::string> environment;
  Limit<Seconds> timeout = Limit<Seconds>::none();
};
struct SiteScriptEnded {
  Incarnation job;
  bool is_epilog = false;
  std::string error;  // empty: all went well
};

// SuspendProgram, ResumeProgram, the program of a trigger: nobody waits for its end.
struct SiteProgram {
  std::string name;                // for the log
  std::vector<std::string> words;  // the program, its arguments
  std::vector<std::string> environment;
  std::optional<Uid> user;  // absent: slurmctld's own
  struct File {             // for the program alone, gone when it is over
    std::string variable;   // of the environment: its path; empty: no file
    std::string text;
  };
  File file = {};
};

struct Outgoing {
  LogPosition after;  // may leave when this is durable
  SessionId to;
  std::variant<ClientAnswer, NodeOrder, SiteScript, SiteProgram> what;
};

struct ControllerOptions {
  std::shared_ptr<const ClusterConfig> config;     // in force: the controller puts over it what the log says
  std::shared_ptr<const ClusterConfig> file = {};  // slurm.conf alone; filled in by the controller
  std::string host;
  Uid slurm_user;
  Random* random = nullptr;  // for the secrets of steps
  // Microseconds of a clock that only goes forward, for the figures of sdiag and for nothing else; absent: they stay 0.
  std::function<std::uint64_t()> stopwatch = {};
  const TimeZone* zone = &utc();  // of PriorityUsageResetPeriod; outlives the controller
  std::shared_ptr<const ControllerFacts> facts = std::make_shared<const ControllerFacts>();
  std::string log;                           // its name, for the nodes: filled in from what was recovered
  std::size_t waiting_per_user_max = 5'000;  // calls that are answered later: sbatch --wait, salloc, waiting steps
  std::size_t waiting_max = 50'000;          // of all users
  bool root = true;  // false: the nodes cannot become other users, so only SlurmUser's own jobs run
};

class Controller {
 public:
  Controller(ControllerOptions options, Recovered recovered, Now now);

  // One batch: begin, any number of inputs, finish; then take_commit().
  void begin(Now now);
  void call(SessionId from, const Caller& caller, const ClientCall& call);
  void report(SessionId from, const NodeReport& report);
  void closed(SessionId session);
  void script_ended(const SiteScriptEnded& end);
  void accounts_told(const AccountBook& book);  // by slurmdbd
  void finish();                                // timers and the planner

  Commit take_commit();
  std::vector<Outgoing> take_outgoing(LogPosition durable);

  // Of the working state: to be shown to readers once state.position() is durable. The same one as before while nothing
  // has changed.
  std::shared_ptr<const Published> publish();
  const State& state() const { return state_; }
  const RequestLog& requests() const { return requests_; }
  const ClusterConfig& config() const { return *options_.config; }
  MonoTime next_wake() const;
  bool shutdown_asked() const { return asked_ == DaemonVerb::shutdown || asked_ == DaemonVerb::abort; }
  bool reconfigure_asked() const { return asked_ == DaemonVerb::reconfigure; }

  // A new configuration that was read and judged; an error leaves the old one in force.
  Status configure(std::shared_ptr<const ClusterConfig> config);
  // What became of a reconfiguration, to those who asked for it.
  void tell_reconfigured(const Status& outcome);

 private:
  friend class Attendance;
  friend class Steps;
  friend class Submission;
  friend class JobVerbs;
  friend class Updates;
  friend class NodeLife;
  friend class Scheduling;
  friend class JobScripts;
  friend class HealthChecks;
  friend class DependencyJudge;
  friend class Accounts;
  friend class Resizing;
  friend class LicenseGrowth;
  friend class ReservationKeeper;
  friend class ReservationPrograms;
  friend class PowerSaving;
  friend class Triggers;
  friend class Mail;
  friend class Reboots;
  friend class UsageInquiry;
  friend class Preempting;
  friend class Fairness;
  friend class Gang;
  friend class DynamicNodes;
  friend class Crontabs;
  friend class Follower;

  struct FollowOnly {};  // nothing is decided, nothing is written: for Follower
  Controller(ControllerOptions options, Recovered recovered, Now now, FollowOnly);
  void take_stock();  // the indexes, of the state as it is

  struct NodeSession {
    NodeIndex node;
    MonoTime last_heard;
    bool asked_again = false;  // for its hello
  };
  struct Waiter {
    SessionId session;
    std::uint64_t call;
    bool for_start;
    bool for_end;
    Uid user;
  };

  struct WaitingStep {
    SessionId session;
    Caller caller;
    ClientCall call;
  };

  struct UsageAsked {  // sstat
    SessionId session;
    std::uint64_t call;
    UsageReply reply;
    std::set<NodeIndex> open;  // that have not told
    MonoTime until;
  };

  struct Attended {  // jobs that belong to a command
    std::set<std::pair<JobId, SessionId>> by;
    std::map<JobId, MonoTime> away;  // since when no session holds it, or its last step was seen
  };
  struct FirstStep {  // asked for together with its allocation
    SessionId session;
    Caller caller;
    ClientCall call;
    JobId job;
  };
  struct Waiting {  // calls that are answered later, and who else is there
    Attended attended;
    std::vector<FirstStep> first_steps;  // of this batch
    std::multimap<JobId, Waiter> jobs;
    std::deque<WaitingStep> steps;
    std::map<Uid, std::size_t> of_user;  // how many of the two
    void went(Uid user);
    bool steps_may_fit = false;
    std::vector<std::pair<SessionId, std::uint64_t>> reconfigure;
    // For prologs (PrologFlags=Alloc): jobs whose prolog is still to end on these nodes. Not in the log: every hello
    // tells it anew.
    std::map<JobId, std::set<NodeIndex>> unprepared;
    std::shared_ptr<const std::set<JobId>> unprepared_jobs;  // as published
    std::map<RequestId, StepReply> made;                     // the latest steps, for who asks again
    std::deque<RequestId> made_order;
    std::map<std::uint64_t, UsageAsked> usage;
    std::uint64_t usage_number = 0;
  };
  struct Planning {
    PlanClock clock;
    bool again = false;        // this pass has made room itself
    bool gang = false;         // PreemptMode=GANG
    Seconds suspend_grace{2};  // suspend_grace_time
    bool newcomers = false;    // that share cores have started
    MonoTime next_slice;
    std::shared_ptr<const Reasons> reasons = std::make_shared<const Reasons>();
    BlockedBefore blocked;
    std::shared_ptr<const Priorities> priorities;       // of the last pass; never nullptr
    std::shared_ptr<const PreemptRules> preemption;     // null: none
    std::map<JobId, std::set<Incarnation>> preempting;  // for whom who makes room
    FreshArrays fresh_arrays;
    std::uint32_t ids_refused = 0;               // since the last submission that was taken
    std::shared_ptr<const Rules> rules;          // of the configuration in force; never null
    Topologies topologies;                       // of the configuration in force
    std::vector<SystemShare> system;             // as well; as ClusterView has it
    std::shared_ptr<const Standings> standings;  // of the last calculation; null: before the first
    std::optional<MonoTime> next_calculation;
    SchedulingStatistics statistics;
  };
  struct Unheard {                          // nodes
    std::map<NodeIndex, MonoTime> since;    // without a session
    std::map<NodeIndex, MonoTime> resumed;  // by RESUME, and still to be trusted again
    // Of whose end nothing was heard: lives that no job stands for any more. They keep their node clearing.
    std::map<NodeIndex, std::set<Incarnation>> given_up;
  };
  struct HealthTimer {
    std::optional<MonoTime> next;
    std::size_t place = 0;  // CYCLE: the next node's
  };
  struct PowerPace {  // of this minute: how many nodes were switched
    MonoTime began;
    std::uint32_t suspended = 0;
    std::uint32_t resumed = 0;
    std::optional<Instant> look = Instant();  // when nodes are to be looked at; absent: after the next change
  };
  struct Timers {
    MonoTime next_second;
    HealthTimer health;
    PowerPace power;
    std::map<NodeIndex, std::uint32_t> trigger_seen;   // what nodes were a second ago; empty without triggers
    std::uint32_t reservations_asked = 0;              // also those that were refused
    std::set<std::pair<JobId, std::uint32_t>> warned;  // incarnations that got the signal of --signal
    std::set<std::pair<JobId, StepId>> struck_steps;   // that were told that their time is over
    std::map<JobId, std::uint32_t> mailed;             // what was written of a job's limit, or of an array (mail.cpp)
  };
  struct Shown {  // to readers
    AllVitals vitals;
    std::shared_ptr<const Published> last;  // null: none yet
  };
  struct Shape {
    PagedTable<Node> nodes;  // keeps what the view points into
    std::optional<ClusterView> view;
    std::map<std::string, Status> judged;  // what check_submission() said of a request, by its key
  };
  struct AccountsInUse {
    std::shared_ptr<const Directory> directory;  // null: slurmdbd never told anything
    LimitUsage usage;                            // counted while limits are enforced
    struct Enforced {                            // AccountingStorageEnforce
      bool associations = false;
      bool limits = false;
      bool qos = false;
      bool wckeys = false;
      bool safe = false;
    } enforced;
    std::set<Holder> limited_over_time;  // those with limits of what was used over time
    bool limits_accrual = false;         // some limit is of how many grow older
    bool accrual_due = false;            // who grows older may have changed
    AccrualLines waiting;                // where limits bound that
  };
  struct Index {
    ArrayIndex arrays;
    DependencyIndex dependencies;
    AccountsInUse accounts;
    std::set<JobId> cron_over;  // of crontabs: over, and to wait for their next time
  };
  struct Service;  // of one call

  // Applies an event at once and queues its record; an event that does not fit is our bug.
  void emit(Event event);
  void answer(SessionId to, std::uint64_t call, ClientReply reply);
  void order(NodeIndex node, NodeOrder order);
  void run(SiteProgram program);  // with SLURM_CONF
  std::optional<Result<ClientReply>> answer_given_before(const ClientCall& call);
  void remember_step(RequestId request, const StepReply& reply);
  void answer_first_steps();
  ClientReply first_step(const FirstStep& asked);
  Status check_room_to_wait(Uid user) const;
  void observe(const Event& event);
  bool is_as_published() const;
  void renew_topologies();
  void renew_config();  // after a change of what is put over the file
  template <class OfJob>
  void observe_job(JobId id, const OfJob& event);
  void settle_waiters(JobId job);
  bool is_over(const Job& job, bool prompt) const;  // for those who wait for its end
  bool ready_for_users(const Job& job) const;       // salloc and srun may go on
  void retry_waiting_steps();
  // Each of them includes the ones before: root and SlurmUser, AdminLevel=Administrator, AdminLevel=Operator.
  bool is_super_user(const Caller& caller) const;  // may act as others
  bool is_administrator(const Caller& caller) const;
  bool is_operator(const Caller& caller) const;
  bool is_private(std::string_view what, const Caller& caller) const;  // by PrivateData; to operators nothing is
  bool manages(const Caller& caller, const Job& job) const;  // operators, its owner, coordinators of its account
  std::vector<std::string> node_names(const Allocation& allocation) const;
  // Nodes and partitions without jobs, for the judgement of requests; kept until one of them changes.
  const ClusterView& cluster_shape();
  JobId new_job_id();                 // of the job or task that is emitted next
  Status judge(const JobSpec& spec);  // check_submission(), once for requests that are alike

  ControllerOptions options_;
  State state_;
  RequestLog requests_;
  Now now_;
  struct {
    RequestId request;
    std::optional<RecordActor> actor;
  } serving_;  // of the call being served
  Commit commit_;
  std::deque<Outgoing> outgoing_;

  std::map<SessionId, NodeSession> node_sessions_;
  std::map<NodeIndex, SessionId> session_of_node_;
  Unheard unheard_;
  Waiting waiting_;

  PendingQueue pending_;
  Index index_;
  std::set<JobId> active_;                     // running, suspended or completing
  std::set<std::pair<Instant, JobId>> ended_;  // to be purged after MinJobAge
  Shown shown_;
  Planning planning_;
  Timers timers_;
  Shape shape_;
  std::optional<DaemonVerb> asked_;
};

}  // namespace slurmxx
