// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The job of a record is the one its event names, whatever the event.
#include "state/request_log.h"

namespace slurmxx {
namespace {

JobId job_of(const Event& event) {
  return std::visit(
      [](const auto& e) {
        if constexpr (requires { JobId(e.job); }) return JobId(e.job);
        return JobId();
      },
      event);
}

}  // namespace

void RequestLog::apply(const Record& record) {
  if (record.request != RequestId()) remember({record.request, job_of(record.event)});
}

void RequestLog::remember(Entry entry) {
  if (!by_request_.emplace(entry.request, entry.job).second)
    return;  // a request of several records: the first names it
  entries_.push_back(entry);
  if (entries_.size() <= kept_max) return;
  by_request_.erase(entries_.front().request);
  entries_.pop_front();
}

std::optional<JobId> RequestLog::find(RequestId request) const {
  auto found = by_request_.find(request);
  if (found == by_request_.end()) return std::nullopt;
  return found->second;
}

}  // namespace slurmxx
