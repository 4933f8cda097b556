// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Roll-ups: usage of clusters, associations and wckeys by hour, day and month (of UTC), so that a report need not read
// every job. Each hour that is over is rolled up once, and anew when a record comes that changes what the rows say of
// it. Days and months are sums of hours. docs/formats/accounting.md.
#pragma once

#include <optional>
#include <set>

#include "accounting/job_use.h"

namespace slurmxx {

inline constexpr std::int64_t seconds_in_hour = 3600;
inline constexpr std::int64_t seconds_in_day = 24 * seconds_in_hour;
Instant hour_of(Instant instant);
Instant day_of(Instant instant);
Instant month_of(Instant instant);
Instant next_month(Instant month);

// Every hour before it is rolled up; nothing: none.
Result<std::optional<Instant>> rolled_up_to(Database& database, std::int64_t cluster);
// Hours before that which say something else by now.
Result<std::set<Instant>> touched_hours(Database& database, std::int64_t cluster);

// From when on the rows tell all: what was over before may be purged, and its hours stay as they are.
Result<Instant> rows_whole_from(Database& database, std::int64_t cluster);

struct RolledUp {
  std::optional<Instant> to;  // as rolled_up_to()
  Instant rows_whole_from;
};
Result<RolledUp> rolled_up(Database& database, std::int64_t cluster);

// Which hours a batch of records touches.
class TouchedHours {
 public:
  explicit TouchedHours(RolledUp rolled) : rolled_(rolled) {}
  bool concern(Instant instant) const { return rolled_.to && instant < *rolled_.to; }
  void add(Instant from, Instant to);
  void add(const JobUse* before, const JobUse& now);
  Status write(Database& database, std::int64_t cluster) const;

 private:
  RolledUp rolled_;
  std::set<Instant> hours_;
};

// Rolls up what is next, at most a day of one cluster, in a transaction of its own. False: there was nothing to do.
Result<bool> roll_up_next(Database& database, Instant now);

}  // namespace slurmxx
