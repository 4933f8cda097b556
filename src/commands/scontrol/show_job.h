// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The text of `scontrol show job` and `scontrol show step`: pure functions of a job's view. Which keys there are and in
// what order is what scripts parse: scontrol(1), and the recordings of compat.
#pragma once

#include <string>

#include "core/model/job_name.h"
#include "core/text/time_zone.h"
#include "wire/views.h"

namespace slurmxx {

struct ShowStyle {
  Instant now;
  const TimeZone* zone = &utc();
  bool details = false;
  bool one_line = false;
  bool wckeys = false;                                 // TrackWCKey
  std::size_t task_text_max = slurmxx::task_text_max;  // of a list of tasks (SLURM_BITSTR_LEN)
};

std::string show_job_text(const JobView& view, const ShowStyle& style);

// `step` is one of view.job.steps.
std::string show_step_text(const JobView& view, const Step& step, const ShowStyle& style);

}  // namespace slurmxx
