// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/license_calendar.h"

#include <algorithm>

namespace slurmxx {

LicenseCalendar::LicenseCalendar(const LicenseTable& table) {
  for (const LicenseTable::Row& row : table.rows())
    licenses_[row.name].free = std::int64_t{row.total} - std::int64_t{row.used} - std::int64_t{row.away};
}

void LicenseCalendar::change(const std::string& name, Change change) {
  const auto known = licenses_.find(name);
  if (known == licenses_.end()) return;
  std::vector<Change>& changes = known->second.changes;
  const auto later = [](Moment at, const Change& other) { return at < other.at; };
  changes.insert(std::upper_bound(changes.begin(), changes.end(), change.at, later), change);
}

void LicenseCalendar::gives_back(const LicenseCounts& counts, Moment until) {
  for (const LicenseCount& one : counts) change(one.name, {until, one.count});
}

void LicenseCalendar::take(const LicenseCounts& counts, Moment from, Moment until) {
  for (const LicenseCount& one : counts) {
    change(one.name, {from, -std::int64_t{one.count}});
    change(one.name, {until, one.count});
  }
}

std::int64_t LicenseCalendar::least_free(const License& license, Moment from, Moment length) const {
  std::int64_t free = license.free;
  auto at = license.changes.begin();
  for (; at != license.changes.end() && at->at <= from; ++at) free += at->more;
  std::int64_t least = free;
  const Moment until = std::min(forever, from + std::min(length, forever - from));
  for (; at != license.changes.end() && at->at < until; ++at) {
    free += at->more;
    least = std::min(least, free);
  }
  return least;
}

bool LicenseCalendar::fits(const LicenseCounts& counts, Moment from, Moment length) const {
  return std::all_of(counts.begin(), counts.end(), [&](const LicenseCount& one) {
    const auto known = licenses_.find(one.name);
    return one.count == 0 || (known != licenses_.end() && least_free(known->second, from, length) >= one.count);
  });
}

std::optional<Moment> LicenseCalendar::earliest(const LicenseCounts& counts, Moment from, Moment length) const {
  std::vector<Moment> moments{from};
  for (const LicenseCount& one : counts)
    if (const auto known = licenses_.find(one.name); known != licenses_.end())
      for (const Change& change : known->second.changes)
        if (change.at > from && change.more > 0) moments.push_back(change.at);
  std::sort(moments.begin(), moments.end());
  for (const Moment moment : moments)
    if (fits(counts, moment, length)) return moment;
  return {};
}

}  // namespace slurmxx
