// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Names of a job's output, error and input files: sbatch(1), "FILENAME PATTERN". A pattern becomes an absolute path;
// nothing is opened here. A backslash anywhere turns all patterns off. A width (%4t) pads numbers with zeros, to at
// most 10 digits; it does nothing to texts. What is not a pattern stays as it is written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "core/model/job_spec.h"

namespace slurmxx {

struct FileNameFacts {
  JobId job;
  std::optional<ArrayTask> array;  // absent: %A is the job id and %a the number that scripts know for "no array"
  StepId step = StepId::batch();
  std::string node_name;         // %N, cut at the first dot
  std::uint32_t node_place = 0;  // %n, within the job
  std::uint32_t task = 0;        // %t, within the step
  std::string user_name;
  std::string job_name;
};

struct FileNames {
  std::string output;
  std::string error;  // equal to output: one open file serves both
  std::string input;

  bool operator==(const FileNames&) const = default;
};

inline constexpr std::uint32_t index_outside_arrays = 4'294'967'294;

std::string expand_file_pattern(std::string_view pattern, const FileNameFacts& facts);

// Absolute paths of a batch job: slurm-%j.out (slurm-%A_%a.out in an array) when no output is asked for, the output
// when no error is, /dev/null when no input is.
FileNames batch_file_names(const LaunchSpec& launch, const FileNameFacts& facts);

}  // namespace slurmxx
