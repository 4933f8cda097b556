// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/licenses/licenses.h"
#include "core/model/job.h"

namespace slurmxx {

// What a job that has started took: "matlab:2,ansys:1"; empty: nothing.
inline std::string licenses_held(const Job& job) {
  if (job.state == JobState::pending || !job.allocation) return "";
  const auto request = parse_license_request(job.spec->labels.licenses);
  return request && !request->any_of ? license_text(request->counts) : "";
}

}  // namespace slurmxx
