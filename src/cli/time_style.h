// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// SLURM_TIME_FORMAT: how squeue, sinfo and scontrol write instants. "" and "standard" are 2026-11-23T10:00:00,
// "relative" is core's relative_text(), anything else is a strftime(3) format; what strftime leaves as it stands is
// written the standard way.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "core/text/time_zone.h"

namespace slurmxx {

// `zone` with the wanted way to write. An Error for a format without a conversion: "invalid SLURM_TIME_FORMAT = 'foo'".
Result<std::unique_ptr<TimeZone>> styled_zone(std::unique_ptr<TimeZone> zone, const std::string& style, Instant now);

}  // namespace slurmxx
