// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scancel, hold, release, requeue, suspend, resume, notify, top: what a user or an operator does to a job.
#pragma once

#include "control/controller.h"

namespace slurmxx {

class JobVerbs {
 public:
  JobVerbs(Controller& controller, const Caller& caller) : c_(controller), caller_(caller) {}
  Result<ClientReply> serve(const JobVerbRequest& request);
  Result<ClientReply> serve_many(const JobVerbsRequest& request);
  // To a request that the log knows; none: what it asks for may be done twice.
  static std::optional<Result<ClientReply>> answer_again(const JobVerbsRequest& request);

 private:
  Status serve_array(const JobVerbRequest& request);
  Status serve_one(const Job& job, const JobVerbRequest& request);
  Status cancel(const Job& job, const JobVerbRequest& request);
  bool is_kept_held(const Job& job) const;
  Status hold(const Job& job, Hold kind);
  Status release(const Job& job);
  Status requeue(const Job& job, Hold hold_after, std::string reason = "");
  Status suspend(const Job& job);
  Status resume(const Job& job);
  Status notify(const Job& job, const std::string& message);
  Status top(const JobVerbRequest& request);
  Result<std::vector<JobId>> jobs_for_top(const JobVerbRequest& request) const;
  void change_nice(JobId job, std::int64_t by);
  void signal(const Job& job, const JobVerbRequest& request);
  Status cancel_step(const Job& job, const JobVerbRequest& request);

  Controller& c_;
  const Caller& caller_;
};

}  // namespace slurmxx
