// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A name of a job that no other job has or had, also when job ids begin anew, and by which jobs sort as they were
// submitted: SLURM_JOB_SLUID, sacct's SLUID.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/units.h"

namespace slurmxx {

// "s" and 13 letters of Crockford's base 32: 34 bits of seconds since 1970, then the job's id.
inline std::string sluid_text(Instant submitted, JobId job) {
  constexpr char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  constexpr int id_bits = 29, digits = 13, bits_a_digit = 5;
  std::uint64_t number =
      (static_cast<std::uint64_t>(submitted.seconds) << id_bits) | (job.value & ((std::uint64_t{1} << id_bits) - 1));
  std::string text(digits + 1, 's');
  for (int i = digits; i > 0; --i, number >>= bits_a_digit) text[static_cast<std::size_t>(i)] = letters[number % 32];
  return text;
}

}  // namespace slurmxx
