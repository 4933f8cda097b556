// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The machine's own time zone (TZ, /etc/localtime) for core's printers and parsers of instants. See
// core/text/time_zone.h.
#pragma once

#include "core/text/time_zone.h"

namespace slurmxx {

class LocalTimeZone final : public TimeZone {
 public:
  LocalTimeZone();  // reads the zone
  CivilTime civil(Instant instant) const override;
  Instant instant(const CivilTime& civil) const override;
};

}  // namespace slurmxx
