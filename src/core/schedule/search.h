// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The nodes during one pass, and the search for room on them, now and later. Within a pass nodes only fill up: what did
// not fit will not fit later. So jobs that ask for the same (shape_key.h) share one list of nodes, one place from which
// to look on, and one answer when there is none. Until room is set aside for a job that waits, only what is free now
// counts; from then on a job must also leave alone what is set aside (calendar.h, forecast.h).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/schedule/candidates.h"
#include "core/schedule/demand.h"
#include "core/schedule/forecast.h"
#include "core/schedule/open_nodes.h"
#include "core/schedule/owners.h"
#include "core/schedule/view.h"

namespace slurmxx {

using SharedReason = std::shared_ptr<const Reason>;

class Search {
 public:
  Search(const ClusterView& view, const Policies& policies, Instant now);

  // A job in one of its partitions (a place in view.partitions), for so many seconds.
  struct Request {
    const JobSpec* spec = nullptr;
    std::size_t partition = 0;
    Moment length = forever;
    bool any_switches = false;  // --switches was waited for long enough
    bool may_boot = false;      // nodes may be booted for its features (--delay-boot)
    std::size_t need = 0;       // of the ways to give it the features it asks for; set within
    std::size_t magnet = 0;     // of the reservations that draw it in, from 1: it is in that; 0: outside; set within
    std::shared_ptr<const TresCounts> node_most = {};  // of each node; null: what there is
    std::uint32_t nodes_most = 0;                      // 0: as many as it asks for
    const Job* judged = nullptr;  // limits say whether it may have what is found; null: nobody does

    // Of one shape, as far as can be seen without a key: whose job it is says nothing of that.
    bool operator==(const Request& other) const {
      return spec == other.spec && partition == other.partition && length == other.length &&
             any_switches == other.any_switches && may_boot == other.may_boot && need == other.need &&
             magnet == other.magnet && node_most == other.node_most && nodes_most == other.nodes_most;
    }
  };
  struct Refusal {
    SharedReason reason;
    bool waits_for_room = false;  // it could run on these nodes as they are, were they empty
    bool waits_for_time = false;  // it could, but for a reservation that is to pass or to begin
  };
  // Room now, which it takes, or, if room was set aside for others before, the earliest slot up to the horizon.
  std::variant<Allocation, std::optional<Slot>> place_job(const Request& request, Moment horizon);
  struct Forbidden {
    Reason reason;
    Allocation found;
  };
  const std::optional<Forbidden>& forbidden() const { return forbidden_; }  // the last one, by limits
  const Refusal& refusal(const Request& request);                           // of a job that got no room

  // In the order in which they are tried: inside of what draws the job in, then outside; features it prefers, then not.
  std::vector<Request> ways(const Request& request);

  std::optional<Slot> earliest(const Request& request, Moment from, Moment horizon);
  void set_aside(const Slot& slot);                              // for a job that waits
  std::vector<NodeIndex> real_nodes_of(const Slot& slot) const;  // not their parts
  bool sets_aside() const { return calendar_.has_value(); }
  void hold_aside();  // from now on the CPUs of jobs that stand aside are theirs (aside.h)

  friend class RoomMaker;

 private:
  struct Pool {  // candidates of a partition
    Candidates found;
    NodePool nodes;
    std::deque<NodeRoom> closed;      // of required nodes that cannot be given now: as if they were not available
    std::unique_ptr<OpenNodes> open;  // null: there are no reservations
    SharedReason none;                // why there are none
    SharedReason left_out;            // why there are less: reservations never leave them to the job
  };
  // Of jobs that may share: where nobody else is they share with nobody.
  struct IdleFirst {
    Demand demand;
    PlaceCursor cursor;
    bool full = false;
  };
  struct Shape {
    const Pool* pool = nullptr;
    Demand demand;
    PlaceCursor cursor;
    std::optional<IdleFirst> idle;
    bool full = false;                               // there is no room for it now
    std::vector<std::pair<Moment, Moment>> in_vain;  // by length: there is none up to that moment
    std::optional<Refusal> refused;
  };
  using Key = std::pair<std::size_t, std::string>;  // of a partition

 public:
  // For jobs that start together or not at all: undo() takes back what was placed since mark(). Copies every node.
  struct Mark {
    std::vector<NodeSpace> spaces;
    std::map<Key, PlaceCursor> cursors;
    std::size_t started = 0;
    std::size_t aside = 0;
    std::size_t units = 0;
    bool sets_aside = false;
  };
  Mark mark();
  void undo(Mark mark);

 private:
  using Found = std::variant<Allocation, std::optional<Slot>>;
  const FeatureNeeds& needs_of(const JobSpec& spec);
  std::size_t ways_of(const Request& request);
  std::vector<const Reservation*> magnets_of(const JobSpec& spec) const;
  Found place_one(const Request& request, Moment horizon);
  const Refusal& refusal_of(const Request& request);
  const Pool& pool_of(const Request& request);
  void leave_out_reserved(const Request& request, Pool& pool) const;
  Pool make_pool(const Request& request, const FeatureNeed& need);
  Offer offer_of(const Pool& pool, PlaceCursor* cursor) const;
  Shape& shape_of(const Request& request);
  std::string key_of(const Request& request) const;
  std::optional<Slot> ask(const Request& request, Shape& shape, Moment from, Moment horizon);
  std::optional<Allocation> place_now(const Request& request, Shape& shape);
  std::optional<Slot> idle_now(const Request& request, Shape& shape);
  std::optional<Allocation> take(const Request& request, const Shape& shape, std::vector<Booking> bookings);
  void take_beside(const Booking& booking, const NodeShare* share);
  struct Alone {
    const Topology& topology;
    Moment horizon;
  };
  std::optional<Slot> slot_alone(const Request& request, Shape& shape, const Alone& how, Moment from);
  Found place_alone(const Request& request, Shape& shape, const Alone& how);
  void close_units();
  Moment held_until(const std::vector<NodeIndex>& nodes, Moment from, Moment length) const;
  void hold_units(const std::vector<NodeIndex>& units, Moment back, Moment until);
  Moment units_free_from(const Topology& topology, const std::vector<Booking>& bookings, Moment length,
                         Moment from) const;
  std::optional<std::vector<Booking>> free_units(const Request& request, const Shape& shape,
                                                 const Topology& topology) const;
  Moment end_of(const Job& job) const;
  std::optional<NodeIndex> batch_host_of(const JobSpec& spec, const Allocation& allocation) const;
  Refusal refuse(const Request& request, const Shape& shape);
  // open_now: to the job for its time; all: as if no node were down or drained
  enum class Availability : std::uint8_t { open_now, up_only, all };
  bool fits_empty(const Request& request, const Shape& shape, Availability availability);
  bool is_content_later(const Request& request, const Shape& shape);
  SharedReason reserved(const Request& request, const Shape& shape) const;
  std::string unavailable(const Candidates& found) const;
  const std::vector<NodeRoom>& empty();
  void open_calendar();
  void hold(const Job& job);
  struct Hold;
  void add(const Hold& hold);
  Moment left_by_others(const Job& job, const NodeShare& share) const;
  Moment units_left_by_others(const Job& job, const std::vector<NodeIndex>& units) const;
  void add_running(const Job& job, std::vector<Booking>& bookings) const;
  RoomTake take_of_share(const Job& job, const NodeShare& share) const;

  const ClusterView& view_;
  const Policies& policies_;
  Instant now_;
  ViewOwners owners_;
  std::vector<NodeSpace> spaces_;  // by NodeIndex
  std::vector<NodeRoom> empty_;    // filled by empty()
  std::map<Key, Pool> pools_;
  std::map<Key, Shape> shapes_;
  Request last_request_;
  Shape* last_shape_ = nullptr;  // of last_request_
  const FeatureNeeds no_needs_ = FeatureNeeds(1);
  std::map<std::string, FeatureNeeds> needs_;  // by --prefer and --constraint; none: they cannot be read
  std::optional<Forbidden> forbidden_;
  std::vector<Booking> started_;  // in this pass
  std::vector<Booking> aside_;    // where there is preemption, which must leave it alone
  struct Hold {                   // for a job that stands aside, on one of its nodes
    Booking now;                  // what is free
    Booking later;                // all of it, when others have left
  };
  std::vector<Hold> held_;
  std::vector<const Reservation*> wanted_;  // with MaxStartDelay, by jobs that wait
  struct Units {                            // nodes of units that jobs have to themselves
    std::vector<Booking> taken;
    std::size_t before = 0;  // of jobs that ran before this pass
  };
  Units units_;
  std::optional<Calendar> calendar_;
  std::optional<Forecast> forecast_;
};

}  // namespace slurmxx
