// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// ResvProlog and ResvEpilog: once for each time that a reservation begins and ends. slurm.conf(5).
#pragma once

#include "control/controller.h"

namespace slurmxx {

class ReservationPrograms {
 public:
  explicit ReservationPrograms(Controller& controller) : c_(controller) {}

  void tick();                                // every second
  void ends(const Reservation& reservation);  // or is purged; one that is deleted gets no ResvEpilog, as recorded

 private:
  void run(const char* name, const std::string& program, const std::string& reservation);

  Controller& c_;
};

}  // namespace slurmxx
