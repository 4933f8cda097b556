// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What the planner sees: pointers into one immutable snapshot, valid for the call only. It knows nothing of events,
// journals or sessions; whoever owns the state fills it in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/units.h"
#include "core/licenses/licenses.h"
#include "core/model/job.h"
#include "core/model/node.h"
#include "core/model/partition.h"
#include "core/model/reservation.h"
#include "core/place/label_rule.h"
#include "core/place/node_space.h"
#include "core/schedule/reason.h"
#include "core/topology/topology.h"
#include "core/tres/tres.h"

namespace slurmxx {

struct BootRules;
struct PreemptRules;

// What the jobs of a partition may have of a node, and beside whom.
struct PartitionCaps {
  std::optional<std::uint32_t> cpus_per_node;    // all of them together
  std::optional<std::uint32_t> cpus_per_socket;  // as well, of each socket by itself
  std::optional<MebiBytes> memory_per_node;      // each of them
  bool alone_in_units = false;                   // ExclusiveTopo: no other job in their blocks or leaf switches
  bool whole_sockets = false;                    // CR_Socket, where other partitions give out less

  bool count_cpus() const { return cpus_per_node || cpus_per_socket; }
  bool by_socket() const { return whole_sockets || cpus_per_socket; }
};

struct PlanPartition {
  enum class State : std::uint8_t { up, down, drain, inactive };  // down queues, drain runs what is queued

  std::string name;
  std::vector<NodeIndex> nodes;  // rising
  State state = State::up;
  bool is_default = false;
  bool whole_nodes = false;         // OverSubscribe=EXCLUSIVE
  bool one_user = false;            // ExclusiveUser
  bool sharing_forced = false;      // FORCE:n
  std::uint32_t jobs_per_core = 1;  // n of it and of YES:n
  std::uint32_t priority_tier = 1;
  std::uint32_t nodes_min = 0;
  Limit<std::uint32_t> nodes_max;
  TimeLimit time_max;
  std::optional<TimeLimit> time_default;  // absent: time_max
  std::optional<MebiBytes> memory_per_cpu_default;
  std::optional<MebiBytes> memory_per_node_default;
  GpuDefaults gpu_defaults;
  std::shared_ptr<const Topology> topology;  // null: flat
  bool least_loaded = false;                 // LLN
  PartitionCaps caps;
  std::optional<bool> memory_consumable;  // SelectTypeParameters of its own
};

// What state keeps of a partition; the memory defaults are slurm.conf's and are added by the caller.
PlanPartition plan_partition(const Partition& partition);

struct PendingJob {
  const Job* job = nullptr;
  std::uint32_t priority = 1;  // larger first; 0: held by the administrator
  DependencyState dependency = DependencyState::met;
  std::uint32_t followers = 0;  // components of its heterogeneous job right behind it: all start, or none
  std::uint32_t tasks = 1;      // of an array, that may start now
  bool more_tasks = false;      // others wait for one of them to end (--array=...%N)
  std::optional<std::uint32_t> array_room = {};  // with %N: so many tasks of all parts of its array may start
  std::uint32_t array_running = 0;               // of them
  Seconds length{0};      // how long it may run, where its time limit does not say it to the second
  bool preempts = false;  // jobs make room for it: it comes first, so that nobody else takes that room
  bool reserves = true;   // room is set aside for it; false: NoReserve or MinPrioThreshold
  std::vector<std::uint32_t> priorities = {};  // beside the partitions asked for, where they differ; empty: `priority`
};

// What limits of associations and QOS say, within one pass: what it lets start counts for those behind.
class LimitJudge {
 public:
  virtual ~LimitJudge() = default;
  virtual std::optional<Reason> obstacle(const Job& job, const PlanPartition& partition) = 0;
  // All of them, for who asks why a job waits.
  virtual std::vector<Reason> obstacles(const Job& job, const PlanPartition& partition) {
    const auto first = obstacle(job, partition);
    return first ? std::vector{*first} : std::vector<Reason>();
  }
  // Of what was found for it: it may be more than it asked for (whole nodes), and there are limits of each node.
  virtual std::optional<Reason> obstacle_of(const Job&, const PlanPartition&, const Allocation&) { return {}; }
  virtual TresCounts node_most(const Job&, const PlanPartition&) { return {}; }  // the limits of each node
  virtual void take(const Job& job, const Allocation& allocation, const TimeLimit& limit) = 0;
  // For jobs that start together or not at all: undo() forgets what was taken since mark().
  virtual void mark() = 0;
  virtual void undo() = 0;
};

struct NodeParts;

struct ClusterView {
  std::vector<const Node*> nodes;  // by NodeIndex
  std::vector<PlanPartition> partitions;
  std::vector<PendingJob> pending;  // in any order
  std::vector<const Reservation*> reservations;
  std::vector<SystemShare> system;                     // by NodeIndex; empty: all is for jobs
  std::vector<const Job*> running;                     // running, suspended and completing: who is on which node
  std::vector<std::uint32_t> running_priorities = {};  // beside running, where there is preemption; empty: as they say
  LicenseTable licenses;                               // without those in use
  std::shared_ptr<LimitJudge> limits;                  // null: none are enforced
  Seconds longest_wait{0};                             // of any job that has started
  std::shared_ptr<const PreemptRules> preemption;      // null: no job makes room for another
  bool filters_by_extra = false;                       // SchedulerParameters=extra_constraints (extra_filter.h)
  std::shared_ptr<const BootRules> boots;              // null: no node is booted for its features
  std::shared_ptr<const NodeParts> parts;  // of nodes of which some cores are reserved; null: there are none
  std::vector<std::shared_ptr<const Reservation>> own_reservations = {};  // of `reservations`: made for this view
  LabelRule labels = LabelRule::on_request;                               // MCSParameters

  const SystemShare* system_of(NodeIndex node) const {
    return node.value < system.size() ? &system[node.value] : nullptr;
  }
  const PlanPartition* find_partition(std::string_view name) const {
    for (const PlanPartition& p : partitions)
      if (p.name == name) return &p;
    return nullptr;
  }
};

// sched/backfill: jobs that wait get room set aside, and others pass them if they leave that alone. The names are those
// of SchedulerParameters (slurm.conf(5)) without bf_.
struct Backfill {
  Seconds window{86'400};                         // nothing is set aside later than that
  std::uint32_t max_job_test = 100'000;           // jobs looked at in a pass
  std::uint32_t max_job_part = 0;                 // of one partition; 0: no limit
  std::uint32_t max_job_user = 0;                 // of one user
  std::uint32_t max_job_user_part = 0;            // of one user in one partition
  std::uint32_t max_job_assoc = 0;                // of one user in one account
  std::uint32_t max_job_start = 0;                // started by backfill in a pass
  std::uint32_t job_part_count_reserve = 0;       // jobs of a partition that get room set aside; 0: all
  std::uint32_t max_job_array_resv = 20;          // tasks of one array that do
  Seconds min_age_reserve{0};                     // that are not younger
  std::optional<std::uint32_t> min_prio_reserve;  // that have that priority
  bool one_resv_per_job = false;                  // in the first of its partitions that has room, not in each
  bool licenses = false;                          // who lacks licences gets some set aside, too
  bool least_limit_soft = false;     // time_min_as_soft_limit: --time-min is held to be how long a job runs
  bool allow_magnetic_slot = false;  // also in MAGNETIC reservations that a job did not ask for
};

// What slurm.conf says about selection and order.
struct Policies {
  CpuUnit unit = CpuUnit::core;
  bool memory_consumable = true;
  bool whole_nodes = false;        // SelectType=select/linear
  bool one_task_per_core = false;  // CR_ONE_TASK_PER_CORE
  bool block_of_cores = false;     // CR_CORE_DEFAULT_DIST_BLOCK
  bool may_use_spec = false;       // AllowSpecResourcesUsage: --core-spec counts
  bool spec_cores_first = false;   // SchedulerParameters=spec_cores_first
  std::optional<MebiBytes> memory_per_cpu_default;
  std::optional<MebiBytes> memory_per_node_default;
  GpuDefaults gpu_defaults;
  GresPolicies gres;
  std::optional<Backfill> backfill;  // absent: sched/builtin
  bool topology_optional = false;    // TopologyParam=TopoOptional
  Seconds switches_wait_max{300};    // SchedulerParameters=max_switch_wait
  bool slowdown_order = false;       // SchedulerParameters=slowdown_order (slowdown_order.h)
  bool assoc_limit_stop = false;     // who waits for a limit of an association or QOS holds up his partition
  bool pack_serial_at_end = false;   // jobs of one CPU begin at the last node
  std::uint32_t partition_job_depth =
      0;  // of a partition so many jobs are looked at before what waits holds up the rest
  std::uint32_t sched_max_job_start = 0;  // so many start in a pass without passing anybody; 0: no limit
  struct Ignores {                        // what no node has is no reason to refuse a job
    bool features = false;                // of --constraint
    bool prefer = false;
  };
  Ignores ignores;
};

// A job that has not started by now cannot end before its deadline: it needs the least of its time limits.
inline bool misses_deadline(const TimeRequest& times, Instant now) {
  const auto& least = times.limit_min ? times.limit_min : times.limit;
  const Seconds needed = least && !least->unlimited ? to_seconds(least->value) : Seconds(0);
  return times.deadline && now + needed > *times.deadline;
}

// With --time-min the limit gives way to the deadline, by whole minutes; and who has none has that.
inline TimeLimit limit_by_deadline(const TimeRequest& times, const TimeLimit& limit, Instant now) {
  if (!times.deadline || !(times.limit_min || limit.unlimited)) return limit;
  const Minutes left((*times.deadline - now).value / 60);
  return limit.unlimited || left < limit.value ? TimeLimit::of(left) : limit;
}

// Whether a job that is at last content with more leaf switches than it asked for has come to that.
inline bool waited_for_switches(const Job& job, const Policies& policies, Instant now) {
  const PlacementRequest& asked = job.spec->placement;
  if (asked.switches == 0) return false;
  const Seconds wait = std::min(asked.switches_wait.value_or(policies.switches_wait_max), policies.switches_wait_max);
  return job.times.eligible.value_or(job.times.submitted) + wait <= now;
}

inline bool is_least_limit_soft(const Policies& policies) {
  return policies.backfill && policies.backfill->least_limit_soft;
}

// How long a job that has no limit of its own to the second is planned to run.
inline TimeLimit planned_limit(const JobSpec& spec, TimeLimit limit, const Policies& policies) {
  const auto& least = spec.times.limit_min;
  if (!is_least_limit_soft(policies) || !least || least->unlimited) return limit;
  return limit.unlimited || least->value < limit.value ? *least : limit;
}

// When a job that runs is planned to end: at its limit, or where that is soft at --time-min, if that is still to come;
// nothing: never.
inline std::optional<Instant> planned_end(const Job& job, const Policies& policies, Instant now) {
  if (job.is_preempted() && job.kill->due) return job.kill->due;
  const std::optional<Instant> end = job.times.limit_at;
  const auto& least = job.spec->times.limit_min;
  if (!is_least_limit_soft(policies) || !least || least->unlimited || !job.times.started) return end;
  const Instant soft = *job.times.started + to_seconds(least->value);
  return soft > now && (!end || soft < *end) ? soft : end;
}

// The job's limit, or the partition's default. With --time-min it gives way to the partition's longest.
inline TimeLimit time_limit_in(const JobSpec& spec, const PlanPartition& partition) {
  const std::optional<TimeLimit>& limit = spec.times.limit;
  const std::optional<TimeLimit>& least = spec.times.limit_min;
  const TimeLimit& longest = partition.time_max;
  if (!limit) return partition.time_default.value_or(longest);
  if (!least || least->unlimited || longest.unlimited || spec.placement.exempt.time) return *limit;
  if (!limit->unlimited && limit->value <= longest.value) return *limit;
  return least->value > longest.value ? *least : longest;
}

}  // namespace slurmxx
