// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How people name a job: "12"; "12+1" for component 1 of heterogeneous job 12, which is job 13; "12_5" or "12_[1-3,7]"
// for tasks of job array 12, whose records have ids of their own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/model/job.h"

namespace slurmxx {

struct JobName {
  JobId job;                           // the one meant; for "12+1" it is 13
  std::optional<JobId> leader = {};    // given with a '+': the job must be a component of this one
  std::optional<IndexSet> tasks = {};  // given with a '_': only these of the array

  // Whether this job, or some of the tasks that it stands for, are meant by the name. A leader's means all its
  // components, an array's all its tasks.
  bool means(const Job& other) const;
};

// Errc::invalid_job_id.
Result<JobName> parse_job_name(std::string_view text);
// "1,12_[1-3,7],9": the commas between brackets stand.
std::vector<std::string_view> split_job_names(std::string_view text);

// "0", "batch", "extern", "interactive"; nothing: it is no step of a user.
std::optional<StepId> parse_step_id(std::string_view text);

inline constexpr std::size_t task_text_max = 64;  // unless SLURM_BITSTR_LEN says otherwise
// "5", "0-9%2": the tasks of a record of an array; they that wait together are cut at `most` characters.
std::string array_task_text(const Job& job, std::size_t most = task_text_max);
// "12", "12+1", "12_5", "12_[0-9%2]".
std::string job_name_text(const Job& job, std::size_t most = task_text_max);

}  // namespace slurmxx
