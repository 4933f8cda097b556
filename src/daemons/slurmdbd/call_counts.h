// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How many orders of each kind and of each user were served and how long that took, and the same of roll-ups: what
// `sacctmgr show stats` shows. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "wire/accounting_messages.h"

namespace slurmxx {

class CallCounts {
 public:
  static constexpr std::size_t users_max = 10'000;  // further ones are counted as the last

  explicit CallCounts(Instant since) : since_(since) {}
  void note(const std::string& kind, Uid user, const std::string& user_name, std::uint64_t took_us);
  void note_rollup(Instant at, std::uint64_t took_us);
  DbdStatistics all() const;
  void clear(Instant since);

 private:
  mutable std::mutex mutex_;  // guards all below
  Instant since_;
  DbdStatistics sums_;  // without kinds and users
  std::map<std::string, DbdCount> by_kind_;
  std::map<Uid, DbdCount> by_user_;
};

}  // namespace slurmxx
