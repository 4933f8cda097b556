// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What readers get after each batch: an immutable picture, shared by pointer. Queries are answered from it by any
// thread, and never block the one that owns the state.
#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "control/priorities.h"
#include "control/rules.h"
#include "core/config/cluster_config.h"
#include "core/schedule/plan.h"
#include "core/schedule/statistics.h"
#include "state/state.h"
#include "wire/client_messages.h"

namespace slurmxx {

struct Vitals {  // of the last heartbeat; never journalled
  std::uint32_t load_hundredths = 0;
  MebiBytes free_memory;
};

// Why each pending job waits and what was set aside for it, as of the last pass. Jobs that wait for the same share one
// Reason.
class Reasons {
 public:
  using Rows = std::vector<Wait>;

  Reasons() = default;
  explicit Reasons(Rows rows) : whole_(std::make_shared<const Rows>(sorted(std::move(rows)))) {}
  // After a look at the head of the queue: what it found comes before what the last whole pass found.
  Reasons with(Rows rows) const {
    Reasons both = *this;
    both.head_ = sorted(std::move(rows));
    return both;
  }
  bool empty() const { return head_.empty() && whole_->empty(); }
  const Wait* find(JobId job) const {
    const Wait* of_head = find_in(head_, job);
    return of_head ? of_head : find_in(*whole_, job);
  }

 private:
  static Rows sorted(Rows rows) {
    std::sort(rows.begin(), rows.end(), [](const Wait& a, const Wait& b) { return a.job < b.job; });
    return rows;
  }
  static const Wait* find_in(const Rows& rows, JobId job) {
    const auto at = std::lower_bound(rows.begin(), rows.end(), job, [](auto& row, JobId id) { return row.job < id; });
    return at == rows.end() || at->job != job ? nullptr : &*at;
  }

  std::shared_ptr<const Rows> whole_ = std::make_shared<const Rows>();
  Rows head_;
};

using AllVitals = PagedTable<Vitals>;  // by NodeIndex

// Of the running slurmctld, for `scontrol show config`.
struct ControllerFacts {
  std::string conf_path;
  Instant booted;
  Uid slurm_user;
  Uid slurmd_user;
};

struct Published {
  State state;
  std::shared_ptr<const ClusterConfig> config;
  std::shared_ptr<const Rules> rules;  // of `config`
  std::shared_ptr<const Reasons> reasons;
  AllVitals vitals;
  std::shared_ptr<const ControllerFacts> facts;
  std::shared_ptr<const std::set<JobId>> unprepared;    // whose users wait for prologs on nodes; nullptr: none
  std::shared_ptr<const Priorities> priorities;         // of the last pass; never nullptr
  std::shared_ptr<const PreemptRules> preemption = {};  // null: none
  SchedulingStatistics statistics = {};
};

// Who asks, proven by the session; names and groups are looked up before the state thread sees the call.
struct Caller {
  Uid uid;
  Gid gid;
  std::string user_name;
  std::string group_name;
  std::vector<Gid> groups;
  std::string host;
  std::vector<std::string> group_names = {};  // of `groups`
};

// A picture of a state without a running controller: nothing is known of reasons and vitals, priorities are as of the
// state's last event.
std::shared_ptr<const Published> picture_of(State state, std::shared_ptr<const ClusterConfig> config);

// What the rows of jobs alike have in common. `spec` is one of the picture's, and null before the first.
struct ViewOfSpec {
  bool brief = false;  // JobsRequest::brief
  const JobSpec* spec = nullptr;
  std::shared_ptr<const JobSpec> in_brief;  // of `spec`, where rows are brief
  std::string partition;                    // the first of the row
  std::string requested_tres;
  TimeLimit time_limit;
  bool shares_cores = false;
  MebiBytes default_memory_per_cpu;
  MebiBytes default_memory_per_node;
  Sharing sharing = Sharing::unset;
};

JobView view_of(const Published& published, const Job& job);
JobView view_of(const Published& published, const Job& job, ViewOfSpec& last);  // of the row made before this one

// The step that runs the script of a job with an allocation; records of jobs keep none of it.
Step batch_step(const Job& job, std::optional<Instant> ended, ExitCode exit);

// Of the nodes in the figures: first of each figure's highest, then of its lowest.
std::vector<std::string> names_in(const State& state, const StepUsage& usage);

// Whether answer_query() has an answer to this kind of request.
bool is_query(const ClientRequest& request);

// A list of jobs in parts, each of which costs a bounded time and size: the first part begins at JobId(0). `next` is
// where the part after this one begins, when reply.more.
struct JobsPart {
  Result<JobsReply> reply;
  JobId next;
};
inline constexpr std::size_t jobs_in_part_max = 2000;
JobsPart answer_jobs(const Published& published, const JobsRequest& request, Instant now, JobId first);

// For sprio, sshare, `scontrol show licenses` and sdiag (scheduling_queries.cpp).
PrioritiesReply answer_priorities(const Published& published, const PrioritiesRequest& request);
SharesReply answer_shares(const Published& published, const SharesRequest& request, Instant now);
LicensesReply answer_licenses(const Published& published, Instant now);
StatisticsReply answer_statistics(const Published& published, Instant now);

// Jobs (all of them at once), nodes, configuration; nothing for a request that changes something or waits.
std::optional<ClientReply> answer_query(const Published& published, const ClientRequest& request, Instant now);

// The blob that holds the script of a job, if the caller may read it: its owner, root or SlurmUser.
Result<std::string> script_hash_for(const Published& published, const ScriptRequest& request, Uid caller);

}  // namespace slurmxx
