// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The workload in a log of slurmctld: what was submitted when, how long it ran, and what became of it there. Tasks of
// an array count one by one; of a job that was requeued the last run counts. What was cancelled while it waited is left
// out and counted.
#pragma once

#include <map>
#include <vector>

#include "replay/replay.h"

namespace slurmxx {

class LogWorkload {
 public:
  explicit LogWorkload(bool keep_lanes) : keep_lanes_(keep_lanes) {}

  // `state`: with the record.
  void note(const State& state, const Record& record);
  // At the end of the log: what runs still and what waits still.
  void finish(const State& state);

  const Workload& workload() const { return workload_; }
  const std::vector<Played>& played() const { return played_; }  // beside the jobs
  const std::vector<std::string>& partitions() const { return partitions_; }
  std::uint64_t left_out() const { return left_out_; }
  std::size_t longest_queue() const;  // of these jobs; who starts in the second of its submission has waited

 private:
  void started(const Job& job);
  void over(const State& state, JobId job, Instant at);
  std::uint32_t place_of(const std::string& partition);

  bool keep_lanes_;
  Workload workload_;
  std::vector<Played> played_;
  std::vector<std::string> partitions_;
  std::map<JobId, std::uint32_t> places_;
  std::map<JobId, Instant> running_;
  std::map<JobId, std::vector<JobId>> waited_for_;  // by who waited
  std::uint64_t left_out_ = 0;
};

}  // namespace slurmxx
