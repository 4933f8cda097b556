// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The earliest start of a job on a calendar: the first moment at which enough nodes are free together for all of its
// time. Exact for jobs that need the same of every node; a job whose tasks may be dealt out freely starts no later than
// its nodes' rooms allow as they stand when it is asked for.
//
// Nodes only fill up within a pass, so whatever was found is kept as a lower bound: for each kind of need a heap
// (front) of the nodes by the earliest moment at which they could take part, and the answers given so far. A question
// looks only at nodes that could be free by the moment it ends with.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/place/place.h"
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
  std::vector<Booking> bookings;  // in node order
};

class Forecast {
 public:
  explicit Forecast(const Calendar& calendar) : calendar_(calendar) {}

  struct Question {
    const NodePool* pool = nullptr;  // lives as long as the forecast
    const Demand* demand = nullptr;  // as well
    Moment length = 1;
    Moment from = 0;
    Moment horizon = forever;  // a later start is none
  };
  // Sets nothing aside: that is the calendar's add().
  std::optional<Slot> earliest(const Question& question);
  void forget() { pools_.clear(); }  // after an undo() of the calendar, bounds are no more

 private:
  struct Entry {
    Moment key = 0;  // it cannot take part earlier
    std::uint32_t rank = 0;
    bool operator<(const Entry& other) const { return std::tie(key, rank) < std::tie(other.key, other.rank); }
    bool operator>(const Entry& other) const { return other < *this; }
  };
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
  struct Front {
    std::vector<Entry> heap;  // the least on top
    std::vector<Answer> answers;
  };
  // What a node must have free to take part, by the kind of node; none: that kind never can.
  struct Need {
    std::uint32_t least = 1;  // tasks on each node
    std::string gres;         // GresDemand::key()
    std::vector<std::optional<RoomNeed>> takes;
    std::map<Moment, Front> fronts;  // by length
  };
  struct Failure {  // no start up to the horizon
    const Need* need = nullptr;
    Moment length = 0;
    Answer asked;
  };
  struct Bounds {                    // of a pool
    std::vector<NodeRoom> kinds;     // its nodes, empty, each size once
    std::vector<std::uint8_t> kind;  // by rank
    std::vector<Entry> openings;     // rising
    std::map<std::string, Need> needs;
    std::map<std::pair<const Demand*, bool>, Need*> need_of;  // bool: users count
    std::vector<Failure> failures;
  };
  class Sweep;

  Bounds& bounds_of(const NodePool& pool);
  Need& need_of(Bounds& bounds, const Demand& demand);
  bool is_less(const Need& less, const Need& more) const;
  Front& front_of(Bounds& bounds, Need& need, Moment length);
  bool is_hopeless(const Bounds& bounds, const Need& need, const Question& question) const;
  static Moment bound_of(const Need& need, const Demand& demand, Moment length);
  void remember(Bounds& bounds, Need& need, const Question& question, const Answer& answer);
  std::optional<Slot> search(const Question& question);

  const Calendar& calendar_;
  Moment horizon_ = 0;  // the latest of any question
  std::map<const NodePool*, Bounds> pools_;
  std::map<const Demand*, Demand> alone_;  // the same demand on one node
};

}  // namespace slurmxx
