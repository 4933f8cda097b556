// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A record of what users once submitted: jobs with their sizes, limits and run times, to be scheduled again. Read from
// the Standard Workload Format, version 2 (Feitelson, Parallel Workloads Archive): one job a line, 18 numbers, -1 for
// what is not known; lines with ';' are the header.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/units.h"
#include "core/model/job_spec.h"

namespace slurmxx {

struct WorkloadJob {
  std::uint64_t number = 0;  // in the record
  Instant submitted;
  Seconds run{1};    // how long it takes once it has started
  Seconds asked{1};  // the time limit: never less than it runs
  std::uint32_t processors = 1;
  Uid user;
  Gid group;
  std::uint32_t queue = 0;  // the numbers of SWF; 0: not known, or interactive
  std::uint32_t partition = 0;
  std::vector<std::uint32_t> after;          // places of the jobs before it whose end it waits for
  std::optional<Seconds> think;              // it is submitted so long after their end, whatever `submitted` says
  std::shared_ptr<const JobSpec> spec = {};  // what it asked for, to the letter; null: so many processors
};

struct Workload {
  std::uint32_t processors = 0;   // of the machine
  std::vector<WorkloadJob> jobs;  // by the time of submission, then as in the record
  std::uint64_t without_size = 0;
  std::uint64_t too_large = 0;                  // for the machine; neither is among the jobs
  std::map<std::uint32_t, std::string> queues;  // as the header names them
  std::map<std::uint32_t, std::string> partitions;
};

// Processors are those asked for, else those that were used. The machine's are `processors`, else MaxProcs of the
// header, else those of the largest job. Errors name the line.
Result<Workload> parse_swf(std::string_view text, std::optional<std::uint32_t> processors);

}  // namespace slurmxx
