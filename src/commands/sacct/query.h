// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What sacct's options ask for: the question to slurmdbd, and what is left to be looked at in each job that comes back.
#pragma once

#include <optional>
#include <set>

#include "cli/command_output.h"
#include "cli/dbd_client.h"
#include "commands/sacct/fields.h"
#include "commands/sacct/options.h"
#include "core/model/job_name.h"
#include "wire/accounting_messages.h"

namespace slurmxx {

struct WantedJob {  // of -j
  JobName name;
  std::optional<StepId> step;
};

struct NumberRange {
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  bool holds(std::uint64_t number) const { return number >= min && number <= max; }
};

struct JobSieve {
  std::vector<WantedJob> jobs;
  std::vector<std::string> features;
  std::set<std::string> reasons;
  std::set<std::string> nodes;
  std::set<std::string> groups;          // by name
  std::set<std::string> flags;           // one of them, in lower case
  std::set<std::uint32_t> associations;  // by id: for who knows them
  std::optional<NumberRange> node_count;
  std::optional<NumberRange> cpu_count;
  std::optional<NumberRange> minutes;  // of the time limit
  enum class Het { as_named, whole, named_alone };
  Het het = Het::as_named;  // as_named: a leader stands for all components, another one for itself
  bool duplicates = false;

  bool passes(const FoundJob& job) const;
  bool passes(const FoundJob& job, const StepRecord& step) const;
  bool wants_job_line(const FoundJob& job) const;  // false: only some of its steps were asked for
};

struct SacctQuestion {
  JobsQuery query;
  JobSieve sieve;
};

// What rows are shown by, but for the window.
SacctContext sacct_context(const SacctOptions& options, const Output& output);

// Errors are whole lines: whoever prints them adds nothing.
Result<SacctQuestion> sacct_question(const SacctOptions& options, const Output& output);

// All of them, page by page, in order.
Result<FoundJobs> fetch_jobs(SacctQuestion& question, DbdClient& slurmdbd);

// One life of each job, the last, unless all are wanted; tasks of an array stand behind each other.
void put_in_order(FoundJobs& jobs, bool duplicates);

}  // namespace slurmxx
