// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Licences that reservations keep from jobs which do not ask for them: those that no job of theirs has, from when a
// job would run into the reservation until that ends. scontrol(1), "Licenses".
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "core/reserve/reserve.h"
#include "core/schedule/view.h"

namespace slurmxx {

class ReservedLicenses {
 public:
  ReservedLicenses(const ClusterView& view, Instant now) : now_(now) {
    for (const Reservation* one : view.reservations) {
      const auto when = one->licenses.empty() ? std::nullopt : occurrence(*one, now, now);
      auto kept = parse_license_request(one->licenses);
      if (when && kept) kept_.push_back({one, *when, std::move(kept->counts)});
    }
    if (kept_.empty()) return;
    for (const Job* job : view.running)
      if (job->runs())
        if (const auto held = parse_license_request(job->spec->labels.licenses)) take(*job->spec, held->counts);
  }

  // Of those that are there, what such a job may have for so long.
  LicenseTable left_to(const JobSpec& spec, Seconds length, LicenseTable table) const {
    for (const Kept& kept : kept_)
      if (!asks_for(spec, kept.reservation->name) && kept.when.start < now_ + length) table.take(kept.left);
    return table;
  }
  // By a job that starts.
  void take(const JobSpec& spec, const LicenseCounts& counts) {
    for (Kept& kept : kept_)
      if (asks_for(spec, kept.reservation->name))
        for (const LicenseCount& taken : counts)
          for (LicenseCount& one : kept.left)
            if (one.name == taken.name) one.count -= std::min(one.count, taken.count);
  }
  bool empty() const { return kept_.empty(); }

 private:
  struct Kept {
    const Reservation* reservation = nullptr;
    Occurrence when;
    LicenseCounts left;
  };
  std::vector<Kept> kept_;
  Instant now_;
};

}  // namespace slurmxx
