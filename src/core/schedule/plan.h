// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The scheduler: one pass over the queue that decides which jobs start where and why the others wait. Pure: the same
// view, policies and instant give the same plan. It changes nothing; whoever applies a plan verifies it again.
// Order: tier of the partition, priority, job id. In one partition nothing passes a job that waits for resources,
// unless policies.backfill is there: then room is set aside for it, at its earliest start, and what others leave alone
// of it they may pass. Rules: sched_config, slurm.conf(5) SchedulerType, sbatch(1).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "core/preempt/rules.h"
#include "core/schedule/reason.h"
#include "core/schedule/view.h"

namespace slurmxx {

struct Start {
  JobId job;  // of an array: one of its tasks; as many starts as tasks
  Allocation allocation;
  TimeLimit time_limit;
  std::string licenses = {};  // which it takes of those it would take one or the other of; empty: what it asks for

  bool operator==(const Start&) const = default;
};

// Room set aside for a job that waits, if all goes on as the time limits say.
struct Expectation {
  Instant start;
  std::vector<NodeIndex> nodes;

  bool operator==(const Expectation&) const = default;
};

struct Wait {
  JobId job;
  std::shared_ptr<const Reason> reason;              // never null; shared by the jobs that wait for the same
  std::shared_ptr<const Expectation> expected = {};  // null: not known

  bool operator==(const Wait& other) const { return job == other.job && *reason == *other.reason; }
};

// Jobs are to make room for one that waits; it starts when they have.
struct Preempt {
  JobId job;
  std::vector<Preempted> victims;  // rising

  bool operator==(const Preempt&) const = default;
};

using Decision = std::variant<Start, Wait, Preempt>;

// One decision a pending job: the starts in the order in which they were decided, then the waits in queue order. Among
// the starts: who makes room for a job that waits. Room that is being made is set aside for that job.
std::vector<Decision> plan(const ClusterView& view, const Policies& policies, Instant now);

// Whether the request could ever run if the cluster were empty and whole. An error's code is the answer to the client
// ("Requested node configuration is not available"); its message, where there is one, is the line before it
// ("CPU count per node can not be satisfied"). What only a partition's limits forbid is accepted and waits.
Status check_submission(const ClusterView& view, const Policies& policies, const JobSpec& spec);

}  // namespace slurmxx
