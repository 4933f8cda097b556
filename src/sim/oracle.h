// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What must hold, judged from outside: by the records that are durable, by the processes that really run and by what
// was promised to clients. It folds the log for itself and never asks the controller whether it did well.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/log_store.h"
#include "sim/kernel.h"
#include "wire/step_messages.h"

namespace slurmxx::sim {

class Oracle {
 public:
  explicit Oracle(Kernel& kernel) : kernel_(kernel) {}

  // ---- the log
  void attempting(const std::vector<Record>& records) { attempted_ = records; }
  void begin_log(const LogUuid& log) { uuid_ = log; }
  void committed();  // what was attempted is durable
  // A controller begins with this: nothing durable may be missing, nothing may be there that nobody wrote.
  void recovered(const Recovered& found);
  const State& truth() const { return truth_; }  // the fold of what is durable
  void check_replay() const;                     // the whole log again, through its bytes

  // ---- processes
  void script_starts(const std::string& node, const StepKey& key);
  void script_ends(const std::string& node, const StepKey& key, bool by_itself);
  bool promised(const StepKey& key) const;  // the job's life is in the log

  // ---- sruns
  void srun_ended(RequestId submission) { ended_sruns_.insert(submission); }
  bool without_srun(JobId job) const;  // it was srun's, and that has ended
  std::optional<JobId> job_of(RequestId submission) const;

  // ---- promises
  void acknowledged(RequestId request, JobId job);
  void check_promises() const;

  // Sums of shares are what the nodes say is in use.
  void note_resumed(const std::vector<Record>& records);  // of a batch, before its resources are checked
  void check_resources(const State& state) const;

 private:
  struct Life {
    std::string node;
    std::uint32_t restarts = 0;
    bool written_off = false;  // its node was declared DOWN meanwhile
  };
  void take(const Record& record);
  void check_new(JobId job);
  void check_submitted(const Record& record, const JobSubmitted& event);
  void check_split(const ArraySplit& event);
  void check_started(const Record& record, const JobStarted& event) const;
  void check_left(const JobLeftNode& event);
  void check_preempted(JobId victim) const;
  void check_purged(const Record& record, const JobPurged& event) const;

  Kernel& kernel_;
  std::vector<Record> attempted_;
  std::vector<std::string> log_;  // encoded
  LogUuid uuid_{};
  State truth_;
  RequestLog requests_;
  std::map<RequestId, LogPosition> last_of_request_;
  std::map<RequestId, JobId> submitted_;
  std::set<RequestId> ended_sruns_;
  std::set<JobId> ever_;
  std::set<JobId> purged_;
  std::set<JobId> resumed_;  // were suspended once: they may share CPUs with who got them meanwhile
  std::set<std::pair<JobId, std::uint32_t>> tasks_;  // of arrays, that got a record of their own
  std::map<RequestId, JobId> acknowledged_;
  std::multimap<JobId, Life> running_;
  std::set<std::pair<std::string, StepKey>> written_off_;  // by node
  std::set<StepKey> over_;                                 // scripts that came to their own end
};

}  // namespace slurmxx::sim
