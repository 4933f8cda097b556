// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// When reservations kept what, and what of it their jobs did not use. A row of the table is a stretch in which a
// reservation stood as it was; of one that comes again (DAILY ...) it stands for every occurrence within.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/model/reservation.h"
#include "core/reserve/reserve.h"
#include "core/tres/tres.h"
#include "ports/database.h"

namespace slurmxx {

// One occurrence, or the part of it that a row tells of.
struct ReservedSpan {
  std::uint32_t number = 0;
  std::string name;
  Instant start;
  Instant end;
  std::string nodes, tres, flags, associations, holders;
};

// A reservation of which nothing is known but its flags and one of its occurrences.
Reservation series_of(const std::string& flags, const Occurrence& when);

// Those that overlap a stretch of time, as they begin; of what is to come again after `now`, only the next.
struct ReservedWindow {
  std::int64_t cluster = 0;
  Instant from, to, now;
  std::vector<std::string> names = {};  // empty: all
};
Result<std::vector<ReservedSpan>> reserved_spans(Database& database, const ReservedWindow& window);

// What idled of reservations in one hour of the clock.
struct IdleReserved {
  bool maint = false;
  std::vector<std::pair<std::string, std::string>> holders;  // accounts, and users or nothing
  Instant hour;
  std::string tres;
  std::uint64_t seconds = 0;  // times count
};
// Each holder's part, evenly.
std::vector<std::pair<std::pair<std::string, std::string>, std::uint64_t>> shares_of(const IdleReserved& idle);

// Without reservations that ignore jobs, in which nothing can be told apart.
Result<std::vector<IdleReserved>> idle_reserved(Database& database, std::int64_t cluster, const Occurrence& within);

}  // namespace slurmxx
