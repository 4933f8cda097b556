// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/fairshare/ledger.h"

#include <algorithm>

namespace slurmxx {

double UsageAmount::of(std::string_view name) const {
  for (const TresSeconds& one : tres)
    if (one.name == name) return one.seconds;
  return 0;
}

void UsageAmount::add(std::string_view name, double seconds) {
  if (seconds == 0) return;
  const auto before = [](const TresSeconds& one, std::string_view other) { return tres_before(one.name, other); };
  const auto place = std::lower_bound(tres.begin(), tres.end(), name, before);
  if (place != tres.end() && place->name == name)
    place->seconds += seconds;
  else
    tres.insert(place, {std::string(name), seconds});
}

void UsageAmount::add(const UsageAmount& more, double factor) {
  wall += more.wall * factor;
  for (const TresSeconds& one : more.tres) add(one.name, one.seconds * factor);
}

void UsageAmount::scale(double factor) {
  if (factor == 1) return;
  wall *= factor;
  for (TresSeconds& one : tres) one.seconds *= factor;
}

}  // namespace slurmxx
