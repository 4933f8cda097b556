// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How far backfill goes in one pass: the limits of SchedulerParameters=bf_max_job_* and bf_*_reserve, counted as jobs
// that wait behind others are looked at.
#pragma once

#include <map>
#include <utility>

#include "core/schedule/view.h"

namespace slurmxx {

class BackfillLimits {
 public:
  explicit BackfillLimits(const Backfill& policy) : policy_(policy) {}

  // Whether this job is looked at in this partition (a place in the view); counts it if so.
  bool admit(const PendingJob& pending, std::size_t partition) {
    const Uid user = pending.job->spec->owner.uid;
    std::uint32_t& of_part = parts_[partition].tested;
    std::uint32_t unlimited = 0;
    std::uint32_t& of_user = policy_.max_job_user > 0 ? users_[user] : unlimited;
    std::uint32_t& of_user_part = policy_.max_job_user_part > 0 ? users_of_parts_[{partition, user}] : unlimited;
    std::uint32_t& of_assoc =
        policy_.max_job_assoc > 0 ? assocs_[{user, pending.job->spec->labels.account}] : unlimited;
    if (reached(policy_.max_job_test, tested_) || reached(policy_.max_job_part, of_part) ||
        reached(policy_.max_job_user, of_user) || reached(policy_.max_job_user_part, of_user_part) ||
        reached(policy_.max_job_assoc, of_assoc) || reached(policy_.max_job_start, started_))
      return false;
    for (std::uint32_t* count : {&tested_, &of_part, &of_user, &of_user_part, &of_assoc}) ++*count;
    return true;
  }
  void count_start() { ++started_; }

  bool may_reserve(const PendingJob& pending, std::size_t partition, Instant now) const {
    if (!pending.reserves) return false;
    const auto known = parts_.find(partition);
    if (known != parts_.end() && reached(policy_.job_part_count_reserve, known->second.reserved)) return false;
    if (policy_.min_prio_reserve && pending.priority < *policy_.min_prio_reserve) return false;
    const Instant since = pending.job->times.eligible.value_or(pending.job->times.submitted);
    return policy_.min_age_reserve.value == 0 || now - since >= policy_.min_age_reserve;
  }
  void count_reserved(std::size_t partition) { ++parts_[partition].reserved; }

 private:
  struct OfPart {
    std::uint32_t tested = 0;
    std::uint32_t reserved = 0;
  };
  static bool reached(std::uint32_t most, std::uint32_t count) { return most > 0 && count >= most; }

  const Backfill& policy_;
  std::uint32_t tested_ = 0;
  std::uint32_t started_ = 0;
  std::map<std::size_t, OfPart> parts_;
  std::map<Uid, std::uint32_t> users_;
  std::map<std::pair<std::size_t, Uid>, std::uint32_t> users_of_parts_;
  std::map<std::pair<Uid, std::string>, std::uint32_t> assocs_;
};

}  // namespace slurmxx
