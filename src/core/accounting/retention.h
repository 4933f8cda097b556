// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How long records of each kind are kept, and whether they go into a file before they are purged: slurmdbd.conf(5),
// Purge*After and Archive*. A purge takes what was over before a whole month, day or hour, in the unit of its rule.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace slurmxx {

enum class RecordKind : std::uint8_t { events, jobs, reservations, steps, suspends, transactions, usage };
inline constexpr std::size_t record_kinds = 7;

struct KeepSpan {
  enum class Unit : std::uint8_t { hours, days, months };
  std::uint32_t count = 0;
  Unit unit = Unit::months;
  bool operator==(const KeepSpan&) const = default;
};

// "12" (months), "12months", "30days", "24hours" in any case and number. Error: as sacctmgr says it.
Result<KeepSpan> parse_keep_span(std::string_view text);
std::string text_of(KeepSpan span);  // "12months"

// What was over before this instant is not kept. Hours, days and months are UTC's, as those of roll-ups.
Instant kept_from(KeepSpan span, Instant now);

struct RecordRule {
  std::optional<KeepSpan> kept;  // nothing: for ever
  bool archived = false;
};

struct Retention {
  std::string archive_dir = "/tmp";
  std::string archive_script;
  std::uint32_t purge_max = 50'000;  // rows in one transaction and one file
  std::array<RecordRule, record_kinds> rules;
  RecordRule& rule(RecordKind kind) { return rules.at(static_cast<std::size_t>(kind)); }
  const RecordRule& rule(RecordKind kind) const { return rules.at(static_cast<std::size_t>(kind)); }
};

// As options of slurmdbd.conf and of `sacctmgr archive dump` name it: "PurgeEventAfter", "ArchiveEvents".
struct RecordKindNames {
  RecordKind kind;
  std::string_view purge;    // "PurgeEventAfter"
  std::string_view archive;  // "ArchiveEvents"
  std::string_view plural;   // "Events"
  std::string_view script;   // "EVENTS" of SLURM_ARCHIVE_EVENTS
  std::string_view last;     // "EVENT" of SLURM_ARCHIVE_LAST_EVENT
};
inline constexpr std::array<RecordKindNames, record_kinds> record_kind_names = {{
    {RecordKind::events, "PurgeEventAfter", "ArchiveEvents", "Events", "EVENTS", "EVENT"},
    {RecordKind::jobs, "PurgeJobAfter", "ArchiveJobs", "Jobs", "JOBS", "JOB"},
    {RecordKind::reservations, "PurgeResvAfter", "ArchiveResvs", "Resvs", "RESV", "RESV"},
    {RecordKind::steps, "PurgeStepAfter", "ArchiveSteps", "Steps", "STEPS", "STEP"},
    {RecordKind::suspends, "PurgeSuspendAfter", "ArchiveSuspend", "Suspend", "SUSPEND", "SUSPEND"},
    {RecordKind::transactions, "PurgeTXNAfter", "ArchiveTXN", "TXN", "TXN", "TXN"},
    {RecordKind::usage, "PurgeUsageAfter", "ArchiveUsage", "Usage", "USAGE", "USAGE"},
}};

}  // namespace slurmxx
