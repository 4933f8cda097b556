// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How people name a job: "12", or "12+1" for component 1 of heterogeneous job 12, which is job 13.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/model/job_spec.h"

namespace slurmxx {

struct JobName {
  JobId job;                    // the one meant; for "12+1" it is 13
  std::optional<JobId> leader;  // given with a '+': the job must be a component of this one

  // Whether a job with this specification is meant by the name; a leader's means all its components.
  bool means(JobId id, const JobSpec& spec) const;
};

// Errc::invalid_job_id.
Result<JobName> parse_job_name(std::string_view text);

// "0", "batch", "extern", "interactive"; nothing: it is no step of a user.
std::optional<StepId> parse_step_id(std::string_view text);

// "12", "12+1".
std::string job_name_text(JobId id, const JobSpec& spec);

}  // namespace slurmxx
