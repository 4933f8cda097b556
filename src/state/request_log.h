// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which mutating request came to which job: a fold of the log beside State, kept so that a retry after a lost reply
// gets the first answer. Bounded: the oldest are forgotten. Readers do not need it, so it is not in the snapshot they
// get.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "state/event.h"

namespace slurmxx {

class RequestLog {
 public:
  static constexpr std::size_t kept_max = 20'000;

  struct Entry {
    RequestId request;
    JobId job;  // 0: the request was not about one job
    template <class Self, class V>
    static void describe(Self& self, V& v) {
      v(1, "request", self.request);
      v(2, "job", self.job);
    }
  };

  void apply(const Record& record);
  void remember(Entry entry);
  std::optional<JobId> find(RequestId request) const;
  const std::deque<Entry>& entries() const { return entries_; }  // oldest first

 private:
  std::deque<Entry> entries_;
  std::map<RequestId, JobId> by_request_;
};

}  // namespace slurmxx
