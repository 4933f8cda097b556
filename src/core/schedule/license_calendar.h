// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Licences from now on: who runs gives his back when his time limit strikes, who waits has some set aside
// (SchedulerParameters=bf_licenses). Moments are seconds after the pass's instant.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/licenses/licenses.h"
#include "core/schedule/calendar.h"

namespace slurmxx {

class LicenseCalendar {
 public:
  explicit LicenseCalendar(const LicenseTable& table);  // without those in use, by whomever

  // Of the table's use this goes back at `until`.
  void gives_back(const LicenseCounts& counts, Moment until);
  void take(const LicenseCounts& counts, Moment from, Moment until);

  bool fits(const LicenseCounts& counts, Moment from, Moment length) const;
  // The first moment at `from` or later from which all are free for so long; none: never.
  std::optional<Moment> earliest(const LicenseCounts& counts, Moment from, Moment length) const;

 private:
  struct Change {
    Moment at = 0;
    std::int64_t more = 0;  // free from then on
  };
  struct License {
    std::int64_t free = 0;        // at the moment 0
    std::vector<Change> changes;  // rising
  };
  std::int64_t least_free(const License& license, Moment from, Moment length) const;
  void change(const std::string& name, Change change);

  std::map<std::string, License, std::less<>> licenses_;
};

}  // namespace slurmxx
