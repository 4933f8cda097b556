// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What reservations mean for a job: may it use one, and from when until when may it use a node. Pure; planner,
// submission and the making of reservations all ask here. A job with --reservation may use the nodes of those alone
// (FLEX: others as well), while they last; a job without has a node until a reservation begins there that is not for
// it (MAGNETIC ones are for all who would be let in). A job may be longer than its reservation: ResvOverRun ends it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/model/job.h"
#include "core/model/reservation.h"

namespace slurmxx {

struct Occurrence {
  Instant start;
  Instant end;

  bool covers(Instant at) const { return start <= at && at < end; }
  bool operator==(const Occurrence&) const = default;
};

// The first one that has not ended by `after`; nothing: all are over. Of a TIME_FLOAT reservation it begins so long
// behind `now`.
std::optional<Occurrence> occurrence(const Reservation& reservation, Instant after, Instant now);

bool is_periodic(const Reservation& reservation);

// Users, groups, accounts, QOS and partitions: each list that is there must let the job in. Groups that the job's owner
// has beside the first are not known here: `in_group` says whether one of the list is his.
bool lets_in(const Reservation& reservation, const JobSpec& spec, bool in_group);
// By what the specification alone says; a job that asks for the reservation was judged when it was submitted.
bool lets_in(const Reservation& reservation, const JobSpec& spec);

bool asks_for(const JobSpec& spec, std::string_view reservation);  // --reservation=a,b

struct Closing {
  const Reservation* by = nullptr;
  Instant since;
};

struct NodeWindow {
  bool usable = false;
  Instant from;
  std::optional<Instant> until;   // absent: for ever
  bool may_outlast = false;       // `until` ends the job's own reservation: it need only begin before
  std::vector<Closing> closings;  // before it, one behind the other; the last may be what ends it
};

using ReservationList = std::span<const Reservation* const>;

// Whether MAGNETIC reservations let in whom they may, or close their nodes to all that did not ask for them; or one of
// them lets in, and the others do not.
enum class Magnets : std::uint8_t { draw, close, one };

struct NodeQuestion {
  ReservationList reservations;  // all of the cluster
  const JobSpec& spec;
  NodeIndex node;
  Instant after;
  Instant now;  // for TIME_FLOAT
  Magnets magnets = Magnets::draw;
  const Reservation* magnet = nullptr;  // the one, of the list
};

// The first window that is open at `after` or later.
NodeWindow node_window(const NodeQuestion& question);

// Whether it keeps others from all of the node at `at`; `maint`: with the flag MAINT.
struct NodeReserved {
  bool reserved = false;
  bool maint = false;
};
NodeReserved reserved_at(ReservationList reservations, NodeIndex node, Instant at);

// Whether the node is in a reservation that the job asks for, or that draws it in (MAGNETIC), and that has begun. Jobs
// go there first.
struct NodeAt {
  NodeIndex node;
  Instant at;
};
bool is_for(ReservationList reservations, const JobSpec& spec, NodeAt where);

bool draws_in(const Reservation& reservation, const JobSpec& spec);  // MAGNETIC, and for such jobs

// The name of the MAGNETIC reservation that holds all of the nodes a job got that asked for none (FLEX: some of them);
// empty: there is none.
struct SharesAt {
  std::span<const NodeShare> shares;
  Instant at;
};
std::string drawn_into(ReservationList reservations, const JobSpec& spec, SharesAt where);

// Jobs for which the answers of node_window() are alike, of one cluster; empty without reservations.
std::string reserve_key(ReservationList reservations, const JobSpec& spec);

}  // namespace slurmxx
