// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What time does to usage: it halves every PriorityDecayHalfLife, and begins anew at PriorityUsageResetPeriod.
#pragma once

#include <optional>
#include <string_view>

#include "base/units.h"
#include "core/text/time_zone.h"

namespace slurmxx {

// half_life 0: nothing decays.
double decayed_usage(double usage, Seconds elapsed, Seconds half_life);

// What a steady use of 1 for so long is worth at its end.
double decayed_span(Seconds span, Seconds half_life);

// When usage is reset next, counted from `since`: at midnight, on Sunday, on the first of a month, quarter or year,
// each at 0:00 of `zone`. Nothing for NONE and NOW (at once, when the configuration is read), and for no known word.
std::optional<Instant> next_usage_reset(std::string_view period, Instant since, const TimeZone& zone);

}  // namespace slurmxx
