// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A submission: judged against the working state, then one JobSubmitted. Texts and order of the checks follow the
// recorded commands.
#pragma once

#include "control/controller.h"

namespace slurmxx {

// --reboot and what becomes of it by an update: for administrators, and only where there is a program for it.
Status check_reboot(const PlacementRequest& asked, bool administrator, const std::string& program);
// --switches is waited for at most as long as max_switch_wait has it.
void settle_switches(PlacementRequest& asked, Seconds most);

class Submission {
 public:
  Submission(Controller& controller, const Caller& caller) : c_(controller), caller_(caller) {}

  Result<ClientReply> submit(const SubmitRequest& request);

 private:
  Result<JobSpec> completed(const SubmitRequest& request, JobSpec spec) const;
  Result<std::vector<JobSpec>> components(const SubmitRequest& request);  // judged; one for an ordinary job
  Status fits_reservation(const JobSpec& spec) const;
  Result<JobOwner> owner_of(const SubmitRequest& request, const JobSpec& spec) const;
  Status check_owner(const JobOwner& owner) const;
  Status enforce_limits(const JobSpec& spec, const std::optional<TimeLimit>& time_asked) const;
  Status check_partitions(JobSpec& spec) const;
  Result<std::optional<ArrayRequest>> array_of(const SubmitRequest& request) const;
  TimeLimit longest_limit(const JobSpec& spec) const;
  Status check_times(const JobSpec& spec) const;
  Result<ClientReply> test_only(const JobSpec& spec) const;
  std::optional<SubmitReply> behind_others(ClusterView view, const Job& job) const;
  void note_burst(const Job& job);
  std::string keep(const std::string& bytes);

  Controller& c_;
  const Caller& caller_;
};

// The name of a blob: one that no other bytes can be made to have.
std::string blob_hash(std::string_view bytes);

}  // namespace slurmxx
