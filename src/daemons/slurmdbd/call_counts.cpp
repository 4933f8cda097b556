// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "daemons/slurmdbd/call_counts.h"

#include <algorithm>

namespace slurmxx {
namespace {

void add(DbdCount& sum, std::uint64_t took_us) {
  ++sum.count;
  sum.total_us += took_us;
}

}  // namespace

void CallCounts::note(const std::string& kind, Uid user, const std::string& user_name, std::uint64_t took_us) {
  const std::lock_guard lock(mutex_);
  DbdCount& of_kind = by_kind_[kind];
  of_kind.name = kind;
  add(of_kind, took_us);
  const bool has_room = by_user_.size() < users_max || by_user_.contains(user);
  DbdCount& of_user = has_room ? by_user_[user] : by_user_.rbegin()->second;
  of_user.name = user_name;
  of_user.number = user.value;
  add(of_user, took_us);
}

void CallCounts::note_rollup(Instant at, std::uint64_t took_us) {
  const std::lock_guard lock(mutex_);
  sums_.rolled_at = at;
  sums_.rollup_last_us = took_us;
  sums_.rollup_most_us = std::max(sums_.rollup_most_us, took_us);
  add(sums_.rollups, took_us);
}

DbdStatistics CallCounts::all() const {
  const std::lock_guard lock(mutex_);
  DbdStatistics all = sums_;
  all.since = since_;
  for (const auto& [kind, count] : by_kind_) all.by_type.push_back(count);
  for (const auto& [user, count] : by_user_) all.by_user.push_back(count);
  return all;
}

void CallCounts::clear(Instant since) {
  const std::lock_guard lock(mutex_);
  since_ = since;
  sums_ = {};
  by_kind_.clear();
  by_user_.clear();
}

}  // namespace slurmxx
