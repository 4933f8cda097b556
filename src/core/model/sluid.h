// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A name of a job that no other job has or had, also when job ids begin anew, and by which jobs sort as they were
// submitted: SLURM_JOB_SLUID, sacct's SLUID.
#pragma once

#include <optional>
#include <string>
#include <string_view>

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

// The id in it; nothing: that is no SLUID.
inline std::optional<JobId> job_of_sluid(std::string_view text) {
  constexpr std::string_view letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  constexpr std::size_t size = 14;
  if (text.size() != size || (text.front() != 's' && text.front() != 'S')) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text.substr(1)) {
    const auto digit = letters.find(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    if (digit == std::string_view::npos) return std::nullopt;
    number = number * 32 + digit;
  }
  const auto id = static_cast<std::uint32_t>(number & ((std::uint64_t{1} << 29) - 1));
  return id == 0 ? std::nullopt : std::optional(JobId(id));
}

}  // namespace slurmxx
