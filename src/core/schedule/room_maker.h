// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Room for a job that waits, made by preempting others (core/preempt). Those that leave their nodes already, or were
// chosen before in this pass, cost nothing: if they are enough, nobody else goes. What this pass has started or set
// aside is left alone. The same for licences (PreemptParameters=reclaim_licenses).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/preempt/victims.h"
#include "core/schedule/search.h"

namespace slurmxx {

class RoomMaker {
 public:
  RoomMaker(const ClusterView& view, Search& search, Instant now) : view_(view), search_(search), now_(now) {
    closed_.available = false;
  }

  struct Made {
    std::vector<Preempted> victims;  // rising; empty: others are leaving already
    Slot slot;                       // to be set aside
  };
  // Of a job that got no room. None: nobody may make room for it, or that would not help.
  std::optional<Made> make_room(const PendingJob& pending, const Search::Request& request);

  // The same for licences that it lacks, and for room if it lacks that as well.
  std::optional<Made> reclaim(const PendingJob& pending, const Search::Request& request, LicenseCounts lacking);
  // Who would go for licences alone; none: they would not do.
  std::optional<std::vector<Preempted>> holders_to_go(const PendingJob& pending, const PlanPartition& partition,
                                                      LicenseCounts lacking);

  // For jobs that start together or not at all: undo() forgets whom they chose since mark().
  struct Mark {
    std::map<JobId, PreemptMode> chosen;
    LicenseCounts claimed;
  };
  Mark mark() const { return {chosen_, claimed_}; }
  void undo(const Mark& mark);

 private:
  using Key = std::tuple<std::uint32_t, std::string, std::uint32_t>;  // what decides whom it may preempt
  struct Standing {                 // of the jobs that run, as such a preemptor sees them
    std::vector<NodeRoom> rooms;    // by NodeIndex: without those that may go
    std::vector<NodeRoom> emptied;  // when all of them have gone
    std::vector<NodeRoom> full;     // while all of them are there
    std::vector<MayGo> jobs;        // who goes before others comes first; rooms of their shares are numbers of nodes
    std::vector<std::vector<std::size_t>> on_node;  // places in jobs
    std::map<JobId, std::size_t> place_of;

    void count(std::size_t node);
    NodeRoom without(std::size_t node, const std::vector<std::size_t>& going) const;
  };
  Key key_of(const PendingJob& pending, const PlanPartition& partition) const;
  Standing& standing_for(const PendingJob& pending, const PlanPartition& partition);
  Standing stand(const PreemptRules::Side& preemptor) const;
  void add_jobs(const std::vector<std::size_t>& together, const PreemptRules::Side& preemptor, Standing& all) const;
  std::optional<PreemptRules::Verdict> verdict_on(const std::vector<std::size_t>& together,
                                                  const PreemptRules::Side& preemptor) const;
  PreemptRules::Side side_of(std::size_t running) const;
  bool could_ever(const Standing& standing, const Search::Request& request, const Search::Shape& shape);
  std::vector<std::size_t> first_to_go(const Standing& standing, std::size_t jobs_max,
                                       std::vector<bool>& concerned) const;
  RoomQuestion question_for(const Standing& standing, const Search::Request& request, const Search::Shape& shape,
                            std::size_t jobs_max);
  void find_places(const Search::Request& request, const Search::Shape& shape);
  MayGo in_places(const MayGo& one) const;
  void add_units();
  std::vector<std::size_t> units_of_places() const;
  void take_planned(const RoomTake& take, FreeRoom& free) const;
  void choose(const std::vector<Preempted>& victims);
  bool is_usable(const NodePool& pool, std::size_t rank, Moment length) const;
  template <class Visit>
  void visit_planned(Moment length, const Visit& visit) const;
  bool leaves(const Job& job) const;
  std::uint32_t tier_of(const std::string& partition) const;
  Seconds delay_of(const std::vector<Preempted>& victims);
  std::optional<RoomMade> search_for_room(const Standing& standing, const Search::Request& request,
                                          const Search::Shape& shape, RoomQuestion& question);

  const ClusterView& view_;
  Search& search_;
  Instant now_;
  NodeRoom closed_;                                   // stands for nodes that are not there
  std::map<JobId, PreemptMode> chosen_;               // in this pass
  LicenseCounts claimed_;                             // what those who leave give back, by jobs that wait for it
  std::map<JobId, const Job*> running_;               // filled when the first is chosen
  Seconds leaving_{0};                                // until those are gone who were told so in earlier passes
  std::map<Key, Standing> standings_;                 // of those chosen since, `gone` tells
  std::vector<std::optional<std::size_t>> place_of_;  // in the question, by NodeIndex
  std::vector<NodeIndex> placed_;                     // that have one
  std::size_t offered_ = 0;                           // the first of placed_; the others only share units with them
  const Topology* alone_ = nullptr;                   // whose units it wants to itself
  std::vector<std::uint64_t> marks_;                  // beside placed_, or empty
  std::set<std::pair<const Search::Shape*, Key>> in_vain_;
};

}  // namespace slurmxx
