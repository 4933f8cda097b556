// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Room for a job that waits, made by preempting others (core/preempt). Those that leave their nodes already, or were
// chosen before in this pass, cost nothing: if they are enough, nobody else goes. What this pass has started or set
// aside is left alone.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/preempt/victims.h"
#include "core/schedule/search.h"

namespace slurmxx {

class RoomMaker {
 public:
  RoomMaker(const ClusterView& view, Search& search, Instant now) : view_(view), search_(search), now_(now) {}

  struct Made {
    std::vector<Preempted> victims;  // rising; empty: others are leaving already
    Slot slot;                       // to be set aside
  };
  // Of a job that got no room. None: nobody may make room for it, or that would not help.
  std::optional<Made> make_room(const PendingJob& pending, const Search::Request& request);

 private:
  RoomQuestion question_for(const PendingJob& pending, const Search::Request& request, const Search::Shape& shape);
  void add_job(std::size_t place, const PreemptRules::Side& preemptor, RoomQuestion& question);
  void take_what_was_planned(RoomQuestion& question, Moment length);
  bool leaves(const Job& job) const;
  std::uint32_t tier_of(const std::string& partition) const;
  Seconds delay_of(const std::vector<Preempted>& victims) const;

  const ClusterView& view_;
  Search& search_;
  Instant now_;
  std::map<JobId, PreemptMode> chosen_;                                             // in this pass
  std::vector<std::optional<std::size_t>> place_of_;                                // in the question, by NodeIndex
  std::set<std::tuple<const Search::Shape*, std::string, std::uint32_t>> in_vain_;  // by QOS, and priority within one
};

}  // namespace slurmxx
