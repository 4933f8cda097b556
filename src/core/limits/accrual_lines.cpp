// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/limits/accrual_lines.h"

namespace slurmxx {

void AccrualLines::note(JobId job, const Kind& kind, bool held) {
  const auto known = places_.find(job);
  if (known != places_.end() && known->second.held == held && known->second.line->first == kind) return;
  forget(job);
  const auto line = lines_.try_emplace(kind).first;
  (held ? line->second.held : line->second.growing).insert(job);
  places_[job] = {line, held};
}

void AccrualLines::forget(JobId job) {
  const auto known = places_.find(job);
  if (known == places_.end()) return;
  Line& line = known->second.line->second;
  (known->second.held ? line.held : line.growing).erase(job);
  places_.erase(known);
}

void AccrualLines::clear() {
  places_.clear();
  lines_.clear();
}

void AccrualLines::drop_empty() {
  std::erase_if(lines_, [](const auto& entry) { return entry.second.growing.empty() && entry.second.held.empty(); });
}

}  // namespace slurmxx
