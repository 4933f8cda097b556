// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The earliest start of a job on a calendar: the first moment at which enough nodes are free together for all of its
// time. Exact for jobs that need the same of every node; a job whose tasks may be dealt out freely starts no later than
// its nodes' rooms allow as they stand when it is asked for.
//
// Nodes only fill up within a pass, so whatever was found is kept as a lower bound: for each need and length a row
// (bound_row.h) with the earliest moment at which each node could take part, shared by the pools of all partitions and
// features, and the answers given so far. A question looks only at nodes that could be free by the moment it ends with.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/place/place.h"
#include "core/schedule/anchors.h"
#include "core/schedule/bound_row.h"
#include "core/schedule/calendar.h"

namespace slurmxx {

// The nodes that may serve a job, in order of preference; required ones come first and all of them are taken.
struct NodePool {
  std::vector<const NodeRoom*> rooms;
  std::size_t required = 0;
  const Topology* topology = nullptr;       // null: flat
  std::vector<std::uint64_t> marks = {};    // beside rooms, as Offer has them; empty: none
  std::vector<const OpenTimes*> open = {};  // beside rooms: when reservations leave it to the job; empty: always

  const OpenTimes* open_times(std::size_t rank) const { return open.empty() ? nullptr : open[rank]; }
};

struct Slot {
  Moment start = 0;
  std::vector<Booking> bookings;    // in node order
  std::vector<Booking> alone = {};  // of a job that has its units to itself: all of their nodes
};

class Forecast {
 public:
  // The order of the places in rows: all nodes, alike ones beside each other; empty: as they are numbered.
  explicit Forecast(const Calendar& calendar, std::vector<NodeIndex> order = {});

  struct Question {
    const NodePool* pool = nullptr;  // lives as long as the forecast
    const Demand* demand = nullptr;  // as well
    Moment length = 1;
    Moment from = 0;
    Moment horizon = forever;  // a later start is none
  };
  // Sets nothing aside: that is the calendar's add().
  std::optional<Slot> earliest(const Question& question);
  void forget();  // after an undo() of the calendar, bounds are no more

 private:
  struct Answer {
    std::uint32_t nodes_min = 0;
    std::uint32_t nodes_max = 0;
    std::uint32_t tasks = 0;
    std::uint32_t tasks_per_node_max = 0;
    Moment start = 0;

    // What asks for as much or more starts no earlier.
    bool bounds(const Demand& d) const {
      return nodes_min <= d.nodes_min && nodes_max >= d.nodes_max && tasks <= d.tasks &&
             tasks_per_node_max >= d.tasks_per_node_max;
    }
  };
  struct Row {
    BoundRow bounds;
    std::vector<const BoundRow*> lesser;  // of less and for less long: what bounds them bounds this
    std::uint64_t changes = 0;            // of the rows there are, when lesser was filled
    std::uint64_t used = 0;               // the question that asked it last
    bool anchored = false;                // there is an anchor for it
  };
  // What a node must have free to take part, by the kind of node; none: that kind never can.
  struct Need {
    std::uint32_t least = 1;  // tasks on each node
    std::string gres;         // GresDemand::key()
    std::vector<std::optional<RoomNeed>> takes;
    bool possible = false;            // on some kind
    RoomTake least_take = {};         // its units on the kind where they are the fewest
    std::vector<const Need*> lesser;  // a few that are less by as little as can be
    std::map<std::pair<const NodePool*, Moment>, Row>
        rows;  // by length; of one pool where its nodes are not always open
  };
  struct Failure {  // no start up to the horizon
    const Need* need = nullptr;
    Moment length = 0;
    Answer asked;
  };
  using Answers = std::map<Moment, std::vector<Answer>>;      // by length
  struct Bounds {                                             // of a pool
    std::vector<PlaceBlock> blocks;                           // its nodes that are up
    std::vector<std::uint32_t> first_rank;                    // beside blocks
    std::vector<std::uint32_t> rank_of;                       // by place
    std::vector<std::uint32_t> kinds;                         // of its nodes
    std::map<std::pair<const Demand*, bool>, Need*> need_of;  // bool: users count
    std::map<const Need*, Answers> answers;
    std::vector<Failure> failures;
  };
  class Sweep;

  void sort_kinds();
  Bounds& bounds_of(const NodePool& pool);
  std::uint32_t least_tasks(const Bounds& bounds, const Demand& demand) const;
  Need& need_of(Bounds& bounds, const Demand& demand);
  void compare(Need& need);
  void add_lesser(Need& need, const Need& other) const;
  bool is_less(const Need& less, const Need& more) const;
  Row& row_of(Need& need, const Question& question);
  Row make_row(const Need& need, const std::pair<const NodePool*, Moment>& key);
  void drop_rows();
  void find_lesser(const Need& need, const std::pair<const NodePool*, Moment>& key, Row& row) const;
  bool is_hopeless(const Bounds& bounds, const Need& need, const Question& question) const;
  static Moment bound_of(const Bounds& bounds, const Need& need, const Question& question);
  void remember(Bounds& bounds, const Need& need, const Question& question, const Answer& answer);
  static bool is_single(const Question& question);
  std::optional<Slot> search(const Question& question);
  std::optional<Slot> search_several(Bounds& bounds, Need& need, const Question& question);
  std::optional<Slot> search_single(Bounds& bounds, Need& need, const Question& question);

  const Calendar& calendar_;
  std::vector<NodeIndex> order_;         // by place
  std::vector<std::uint32_t> place_of_;  // by node
  std::vector<NodeRoom> kinds_;          // the nodes of the cluster, empty, each size once
  std::vector<std::uint32_t> kind_;      // by place
  std::vector<Moment> openings_;         // by place: the first free unit
  Anchors anchors_;
  std::map<std::string, Need> needs_;
  std::vector<Need*> latest_;  // needs as they came, a few
  std::size_t rows_ = 0;
  std::uint64_t changes_ = 0;
  std::uint64_t questions_ = 0;
  Moment horizon_ = 0;  // the latest of any question
  std::map<const NodePool*, Bounds> pools_;
  std::map<const Demand*, Demand> alone_;  // the same demand on one node
};

}  // namespace slurmxx
