// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Accounts, associations, QOS and their limits in the controller: what slurmdbd told is in the log, the index beside it
// is made from that and from the jobs. AccountingStorageEnforce says what of it binds.
#pragma once

#include <span>

#include "control/controller.h"
#include "core/limits/judge.h"

namespace slurmxx {

// The book with the TRES limits of QOS that have the flag Relative as counts: percent of what the partition that the
// QOS is put on has, or of what the cluster has.
std::shared_ptr<const AccountBook> with_relative_limits(std::shared_ptr<const AccountBook> book, const State& state,
                                                        const ClusterConfig& config);

class Accounts {
 public:
  explicit Accounts(Controller& controller) : c_(controller) {}

  void told(const AccountBook& book);
  void renew();               // after another book or configuration
  void measure_anew();        // limits that are parts of the cluster, after it has grown or shrunk
  void note(const Job& job);  // it changed

  // Fills in account and QOS, and refuses what the owner may not use.
  Status admit(JobSpec& spec) const;
  // What no partition's lists of accounts and QOS let in waits, unless EnforcePartLimits refuses it.
  Status admit_to_partitions(const JobSpec& spec) const;
  Status admit_to(const std::string& partition, const JobSpec& spec) const;  // by its lists
  // At submission: all components of the job together.
  Status check_limits(std::span<const JobSpec> components) const;
  // Of a job that waits, when it is changed: what its QOS with DenyOnLimit would not let in.
  Status check_denied(const JobSpec& spec) const;

  Result<ClientReply> show(const Caller& caller) const;  // scontrol show assoc_mgr
  void exempt(JobSpec& spec) const;                      // from limits of partitions that its QOS puts aside
  void share_accrual();                                  // who of those that wait grows older
  void end_used_up();                                    // jobs whose GrpTRESMins or GrpWall is reached

  // The reservation with the accounts below those that it names, where associations are enforced.
  static std::shared_ptr<const Reservation> with_sub_accounts(const Controller& controller,
                                                              const std::shared_ptr<const Reservation>& reservation);
  // For one pass of the planner; null: nothing is enforced. The controller's index outlives it.
  static std::shared_ptr<LimitJudge> judge(const Controller& controller);
  // Whether backfill sets room aside for it: not with its QOS's NoReserve, nor below MinPrioThreshold.
  static bool may_reserve(const Controller& controller, const Job& job, std::uint32_t priority);

 private:
  std::optional<LimitRequest> request_to_submit(const JobSpec& spec) const;  // in its first partition
  AccountBook with_others_licenses(AccountBook book) const;
  void end_jobs_of(const Association& gone);
  LimitRequest request_of(const Job& job) const;  // in its partition, without what it asks for
  static bool limits_accrual_anywhere(const AccountBook& book);
  static bool grows_older(const Job& job);
  bool judge_accrual(const Job& job);
  void note_waiting(const Job& job, const LimitRequest* request);  // null: no limit is enforced
  static void exempt_by(const Qos& qos, JobSpec& spec);
  static Status obey_flags(const Qos& qos, JobSpec& spec);
  void fill_time_limit(JobSpec& spec) const;
  Status admit_wckey(JobSpec& spec) const;

  Controller& c_;
};

}  // namespace slurmxx
