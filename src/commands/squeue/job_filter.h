// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which jobs squeue shows: the filters of its options against a JobView, squeue(1). Lists are read once. Without -t
// jobs that wait, run, are suspended or complete are shown; with -t "all" every one.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "commands/squeue/options.h"
#include "core/config/cluster_config.h"
#include "core/model/job_name.h"
#include "core/model/job_state.h"
#include "wire/views.h"

namespace slurmxx {

// Job states of -t, long or short, of any case.
struct StateFilter {
  std::set<JobState> states;
  std::vector<bool (*)(const Job&)> facts;  // that make up a state of their own: COMPLETING, SPECIAL_EXIT

  bool matches(const Job& job) const {
    if (!job.is_special_exit() && states.contains(job.state)) return true;
    return std::ranges::any_of(facts, [&](auto fact) { return fact(job); });
  }
};

// Error: the two lines to show ("Invalid job state specified: X", "Valid job states include: ...").
Result<StateFilter> parse_job_states(std::string_view text);

struct WantedStep {
  JobName job;
  std::optional<StepId> step;  // absent: all of the job
};

struct JobFilter {
  StateFilter states;
  using Names = std::optional<std::set<std::string, std::less<>>>;  // nothing: all; an empty set fits no job
  Names accounts, names, partitions, qos, reservations, licenses, nodes;
  std::optional<std::set<Uid>> users;
  std::optional<Uid> not_user;
  std::vector<JobName> jobs;  // of -j; empty: all
  std::vector<WantedStep> steps;
  std::optional<Seconds> running_over, running_under;
  std::set<std::string, std::less<>> hidden;  // partitions whose jobs are left out
  std::vector<std::string> complaints;        // names that nobody knows: shown, and the command goes on

  bool matches(const JobView& view, Instant now) const;
  bool matches_step(const Job& job, const Step& step) const;
  bool matches_task(const Job& job, std::uint32_t task) const;  // of those that wait together
  bool matches_partition(std::string_view partition) const;
  bool is_hidden(std::string_view partitions) const;  // all of the list
};

struct FilterContext {
  Uid caller;
  std::function<std::optional<Uid>(const std::string&)> user_id;
  const ClusterConfig* config = nullptr;  // to know the nodes; may be null
};

Result<JobFilter> make_job_filter(const SqueueOptions& options, const FilterContext& context);

}  // namespace slurmxx
