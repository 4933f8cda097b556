// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The keys of scontrol create and update reservation. A key puts what it says into a draft; which nodes that means is
// decided afterwards (control/reservations.cpp).
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "core/model/reservation.h"
#include "wire/views.h"

namespace slurmxx {

struct ReservationDraft {
  Reservation reservation;
  bool started_given = false;
  std::optional<Instant> end;
  std::optional<Seconds> duration;
  std::optional<std::string> nodes;  // as written
  char nodes_operator = '=';         // += and -= change what is there
  std::optional<std::uint32_t> node_count;
  char node_count_operator = '=';          // likewise
  std::vector<std::uint32_t> core_counts;  // one for all nodes together, or one for each; empty: whole nodes
  bool counts_cpus = false;                // TRES=cpu: they are CPUs
  bool counts_each = false;                // TRESPerNode=: of each node, in place of together
  struct Gres {
    std::string name, type;  // type empty: any
    std::uint32_t count = 0;
    bool of_each = false;  // node
  };
  std::vector<Gres> gres;
  bool skip = false;        // the next occurrence
  char key_operator = '=';  // of the key that is being read

  bool has_size() const { return nodes || node_count || has_parts(); }
  bool has_parts() const { return !core_counts.empty() || !gres.empty(); }  // of nodes
};

// An unknown key or a bad value: one line that names it.
Status change_reservation(ReservationDraft& draft, const KeyValue& change);

// Of a reservation that gets other nodes: what it has of each (TRESPerNode=) is asked of them as well.
void ask_again(ReservationDraft& draft);

bool is_for_somebody(const ReservationAccess& access);

Status check_flags(const Reservation& reservation);  // that they go together

// Whether what was said is enough for a reservation, and goes together.
Status check_new_reservation(const ReservationDraft& draft);

}  // namespace slurmxx
