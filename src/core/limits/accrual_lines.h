// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs that wait where limits bound how many of them grow older, in lines of those that the same limits bind alike: of
// one line the first that may not grow older, or the last that must stop, speaks for all others. So a change looks at
// one job a line, however many wait.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/limits/usage.h"

namespace slurmxx {

class AccrualLines {
 public:
  using Kind = std::pair<std::vector<Holder>, std::uint64_t>;  // whose limits bind it, and how many tasks it has
  struct Line {
    std::set<JobId> growing;
    std::set<JobId> held;
  };

  void note(JobId job, const Kind& kind, bool held);  // in place of what was noted of it before
  void forget(JobId job);
  void clear();
  void drop_empty();  // not while somebody holds a Line
  std::map<Kind, Line>& all() { return lines_; }
  std::size_t size() const { return places_.size(); }

 private:
  struct Place {
    std::map<Kind, Line>::iterator line;
    bool held = false;
  };
  std::map<Kind, Line> lines_;
  std::map<JobId, Place> places_;
};

// Calls with the last that grows older of each line, the latest first, for as long as `stops` says that it has stopped
// (and has noted so).
template <class Stops>
void stop_from_the_end(AccrualLines& lines, Stops stops) {
  std::set<std::pair<JobId, AccrualLines::Line*>> ends;
  for (auto& [kind, line] : lines.all())
    if (!line.growing.empty()) ends.emplace(*line.growing.rbegin(), &line);
  while (!ends.empty()) {
    const auto [job, line] = *ends.rbegin();
    ends.erase(std::prev(ends.end()));
    if (stops(job) && !line->growing.empty()) ends.emplace(*line->growing.rbegin(), line);
  }
}

// The same with the first of those held of each line, the earliest first.
template <class Starts>
void start_from_the_front(AccrualLines& lines, Starts starts) {
  std::set<std::pair<JobId, AccrualLines::Line*>> heads;
  for (auto& [kind, line] : lines.all())
    if (!line.held.empty()) heads.emplace(*line.held.begin(), &line);
  while (!heads.empty()) {
    const auto [job, line] = *heads.begin();
    heads.erase(heads.begin());
    if (starts(job) && !line->held.empty()) heads.emplace(*line->held.begin(), line);
  }
}

}  // namespace slurmxx
