// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which occurrence the programs have run for is in the reservation itself, so a restart runs none twice and forgets
// none.
#include "control/reservation_programs.h"

#include "core/reserve/reserve.h"

namespace slurmxx {

void ReservationPrograms::tick() {
  const LaunchSettings& launch = c_.config().launch;
  if (launch.resv_prolog.empty() && launch.resv_epilog.empty()) return;
  const Instant now = c_.now_.wall;
  for (const auto& one : std::vector(c_.state_.reservations())) {
    const auto next = occurrence(*one, now, now);
    const auto active = next && next->covers(now) ? std::optional(next->start) : std::nullopt;
    if (active == one->times.begun || one->flags.has(ReservationFlag::time_float)) continue;
    ends(*one);
    Reservation changed = *one;
    changed.times.begun = active;
    c_.emit(ReservationChanged{std::move(changed)});
    if (active) run("ResvProlog", launch.resv_prolog, one->name);
  }
}

void ReservationPrograms::ends(const Reservation& reservation) {
  if (reservation.times.begun) run("ResvEpilog", c_.config().launch.resv_epilog, reservation.name);
}

void ReservationPrograms::run(const char* name, const std::string& program, const std::string& reservation) {
  if (!program.empty()) c_.run({name, {program, reservation}, {}, {}});
}

}  // namespace slurmxx
