// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a job that waits for a reservation when that is gone: it is held, and its state shows as
// RESV_DEL_HOLD. squeue(1), "JOB STATE CODES".
#pragma once

#include <string>

#include "core/model/job.h"

namespace slurmxx {

// Job::end_reason of such a job.
inline std::string reservation_gone_text(const std::string& name) { return "Reservation " + name + " was deleted"; }

inline bool lost_reservation(const Job& job) {
  return job.state == JobState::pending && job.hold != Hold::none && job.end_reason.starts_with("Reservation ") &&
         job.end_reason.ends_with(" was deleted");
}

}  // namespace slurmxx
