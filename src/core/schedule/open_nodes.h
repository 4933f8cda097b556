// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// When reservations leave nodes to a job, as moments of one pass: what core/reserve says, once for all nodes that are
// in the same reservations.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/reserve/reserve.h"
#include "core/schedule/calendar.h"
#include "core/schedule/reason.h"

namespace slurmxx {

class OpenNodes {
 public:
  // Both live as long as this does. Without magnetic slots a job that did not ask for a MAGNETIC reservation may
  // begin there now, and is promised nothing there (bf_allow_magnetic_slot).
  struct Magnetism {
    bool slots = true;
    ReservationList wanted = {};  // by jobs that wait and asked for them: MaxStartDelay bounds who is drawn in there
    // That may draw it in; null: none, absent: all. A job has nodes inside alone, or outside (FLEX: of both).
    std::optional<const Reservation*> only = {};
  };
  OpenNodes(const std::vector<const Reservation*>& reservations, const JobSpec& spec, Instant now, Magnetism magnetism);

  struct Opening {
    OpenTimes times;                // none: never
    std::vector<Closing> closings;  // the node now, or next: up to the first of those times or its end
  };
  const Opening& of(NodeIndex node);
  // What keeps a job of that length from a node now: no reservation that begins after its end. Null: none does.
  const Reservation* obstacle(const Opening& opening, Moment length) const;
  // Why the job waits for nodes that the obstacle closes.
  Reason reason(const Reservation* obstacle) const;
  static bool tells_more(const Reservation* obstacle, const Reservation* other);

 private:
  Opening find(NodeIndex node, Magnets magnets) const;
  bool is_outside(NodeIndex node) const;
  Opening find(NodeIndex node) const;
  const Reservation* in_a_hurry(NodeIndex node) const;

  const std::vector<const Reservation*>& reservations_;
  const JobSpec& spec_;
  Instant now_;
  ReservationList wanted_;
  std::optional<const Reservation*> only_;
  bool magnets_promise_;                                      // or there are none for the job
  std::map<std::vector<const Reservation*>, Opening> known_;  // by what the node is in
};

}  // namespace slurmxx
