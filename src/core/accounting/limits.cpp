// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using enum LimitKind;
using enum LimitUnit;
constexpr LimitHolder assoc = LimitHolder::association, qos = LimitHolder::qos, both = LimitHolder::both;
constexpr TresReasons none{};

constexpr std::array rows{
    LimitRow{grp_jobs, count, both, "GrpJobs", 7, "GrpJobs", {"AssocGrpJobsLimit"}, {"QOSGrpJobsLimit"}},
    LimitRow{grp_jobs_accrue, count, both, "GrpJobsAccrue", 13, "GrpJobsAccrue", none, none},
    LimitRow{grp_submit,
             count,
             both,
             "GrpSubmit",
             9,
             "GrpSubmitJobs",
             {"AssocGrpSubmitJobsLimit"},
             {"QOSGrpSubmitJobsLimit"}},
    LimitRow{grp_tres,
             tres,
             both,
             "GrpTRES",
             13,
             "GrpTRES",
             {"AssocGrpCpuLimit", "AssocGrpMemLimit", "AssocGrpNodeLimit", "AssocGrp{}"},
             {"QOSGrpCpuLimit", "QOSGrpMemLimit", "QOSGrpNodeLimit", "QOSGrp{}"}},
    LimitRow{grp_tres_mins,
             tres,
             both,
             "GrpTRESMins",
             13,
             "GrpTRESMins",
             {"AssocGrpCPUMinutesLimit", "AssocGrpMemMinutes", "AssocGrpNodeMinutes", "AssocGrp{}Minutes"},
             {"QOSGrpCPUMinutesLimit", "QOSGrpMemoryMinutes", "QOSGrpNodeMinutes", "QOSGrp{}Minutes"}},
    LimitRow{grp_tres_run_mins,
             tres,
             both,
             "GrpTRESRunMins",
             13,
             "GrpTRESRunMins",
             {"AssocGrpCPURunMinutesLimit", "AssocGrpMemRunMinutes", "AssocGrpNodeRunMinutes", "AssocGrp{}RunMinutes"},
             {"QOSGrpCPURunMinutesLimit", "QOSGrpMemoryRunMinutes", "QOSGrpNodeRunMinutes", "QOSGrp{}RunMinutes"}},
    LimitRow{grp_wall, minutes, both, "GrpWall", 11, "GrpWall", {"AssocGrpWallLimit"}, {"QOSGrpWallLimit"}},
    LimitRow{max_jobs, count, assoc, "MaxJobs", 7, "MaxJobs", {"AssocMaxJobsLimit"}, none},
    LimitRow{max_jobs_accrue, count, assoc, "MaxJobsAccrue", 13, "MaxJobsAccrue", none, none},
    LimitRow{max_submit, count, assoc, "MaxSubmit", 9, "MaxSubmitJobs", {"AssocMaxSubmitJobLimit"}, none},
    LimitRow{max_tres_per_job,
             tres,
             both,
             "MaxTRES",
             13,
             "MaxTRES|MaxTRESPerJob|MaxTRESPJ",
             {"AssocMaxCpuPerJobLimit", "AssocMaxMemPerJob", "AssocMaxNodePerJobLimit", "AssocMax{}PerJob"},
             {"QOSMaxCpuPerJobLimit", "QOSMaxMemoryPerJob", "QOSMaxNodePerJobLimit", "QOSMax{}PerJob"}},
    LimitRow{max_tres_per_node,
             tres,
             both,
             "MaxTRESPerNode",
             14,
             "MaxTRESPerNode|MaxTRESPN",
             {"AssocMaxCpuPerNode", "AssocMaxMemPerNode", "AssocMaxNodePerNode", "AssocMax{}PerNode"},
             {"QOSMaxCpuPerNode", "QOSMaxMemoryPerNode", "QOSMaxNodePerNode", "QOSMax{}PerNode"}},
    LimitRow{max_tres_mins_per_job,
             tres,
             both,
             "MaxTRESMins",
             13,
             "MaxTRESMinsPerJob|MaxTRESMinsPJ",
             {"AssocMaxCpuMinutesPerJobLimit", "AssocMaxMemMinutesPerJob", "AssocMaxNodeMinutesPerJob",
              "AssocMax{}MinutesPerJob"},
             {"QOSMaxCpuMinutesPerJobLimit", "QOSMaxMemoryMinutesPerJob", "QOSMaxNodeMinutesPerJob",
              "QOSMax{}MinutesPerJob"}},
    LimitRow{max_wall_per_job,
             minutes,
             both,
             "MaxWall",
             11,
             "MaxWallDurationPerJob|MaxWallPJ",
             {"AssocMaxWallDurationPerJobLimit"},
             {"QOSMaxWallDurationPerJobLimit"}},
    LimitRow{
        max_jobs_per_user, count, qos, "MaxJobsPU", 9, "MaxJobsPerUser|MaxJobsPU", none, {"QOSMaxJobsPerUserLimit"}},
    LimitRow{
        max_jobs_per_account, count, qos, "MaxJobsPA", 9, "MaxJobsPerAccount|MaxJobsPA", none, {"MaxJobsPerAccount"}},
    LimitRow{max_jobs_accrue_per_user, count, qos, "MaxJobsAccruePU", 15, "MaxJobsAccruePerUser|MaxJobsAccruePU", none,
             none},
    LimitRow{max_jobs_accrue_per_account, count, qos, "MaxJobsAccruePA", 15, "MaxJobsAccruePerAccount|MaxJobsAccruePA",
             none, none},
    LimitRow{max_submit_per_user,
             count,
             qos,
             "MaxSubmitPU",
             11,
             "MaxSubmitJobsPerUser|MaxSubmitJobsPU|MaxSubmitPerUser|MaxSubmitPU",
             none,
             {"QOSMaxSubmitJobPerUserLimit"}},
    LimitRow{max_submit_per_account,
             count,
             qos,
             "MaxSubmitPA",
             11,
             "MaxSubmitJobsPerAccount|MaxSubmitJobsPA|MaxSubmitPerAccount|MaxSubmitPA",
             none,
             {"MaxSubmitJobsPerAccount"}},
    LimitRow{max_tres_per_user,
             tres,
             qos,
             "MaxTRESPU",
             13,
             "MaxTRESPerUser|MaxTRESPU",
             none,
             {"QOSMaxCpuPerUserLimit", "QOSMaxMemoryPerUser", "QOSMaxNodePerUserLimit", "QOSMax{}PerUser"}},
    LimitRow{max_tres_per_account,
             tres,
             qos,
             "MaxTRESPA",
             13,
             "MaxTRESPerAccount|MaxTRESPA",
             none,
             {"MaxCpuPerAccount", "MaxMemoryPerAccount", "MaxNodePerAccount", "Max{}PerAccount"}},
    LimitRow{max_tres_run_mins_per_user,
             tres,
             qos,
             "MaxTRESRunMinsPU",
             16,
             "MaxTRESRunMinsPerUser|MaxTRESRunMinsPU",
             none,
             {"QOSMaxCpuRunMinutesPerUser", "QOSMaxMemoryRunMinutesPerUser", "QOSMaxNodeRunMinutesPerUser",
              "QOSMax{}RunMinutesPerUser"}},
    LimitRow{max_tres_run_mins_per_account,
             tres,
             qos,
             "MaxTRESRunMinsPA",
             16,
             "MaxTRESRunMinsPerAccount|MaxTRESRunMinsPA|MaxTRESRunMinsPerAcct",
             none,
             {"MaxCpuRunMinutesPerAccount", "MaxMemoryRunMinutesPerAccount", "MaxNodeRunMinutesPerAccount",
              "Max{}RunMinutesPerAccount"}},
    LimitRow{min_tres_per_job,
             tres,
             qos,
             "MinTRES",
             13,
             "MinTRESPerJob|MinTRESPJ",
             none,
             {"QOSMinCpuNotSatisfied", "QOSMinMemory", "QOSMinNode", "QOSMin{}"}},
    LimitRow{min_prio_threshold, count, both, "MinPrioThres", 12, "MinPrioThreshold", none, none},
};

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (static_cast<std::size_t>(rows[i].kind) != i) return false;
  return rows.size() == static_cast<std::size_t>(min_prio_threshold) + 1;
}
static_assert(in_enum_order(), "a row's place is its kind, and every kind has a row");

// Spellings from before resources had names.
struct OldSpelling {
  const char* name;
  LimitKind kind;
  const char* tres;
};
constexpr OldSpelling old_spellings[] = {
    {"GrpCPUs", grp_tres, "cpu"},
    {"GrpCPUMins", grp_tres_mins, "cpu"},
    {"GrpCPURunMins", grp_tres_run_mins, "cpu"},
    {"GrpMemory", grp_tres, "mem"},
    {"GrpNodes", grp_tres, "node"},
    {"MaxCPUsPerJob", max_tres_per_job, "cpu"},
    {"MaxNodesPerJob", max_tres_per_job, "node"},
    {"MaxCPUMinsPerJob", max_tres_mins_per_job, "cpu"},
    {"MaxProcSecondsPerJob", max_tres_mins_per_job, "cpu"},
    {"MaxCPUsPerUser", max_tres_per_user, "cpu"},
    {"MaxCPUsPU", max_tres_per_user, "cpu"},
    {"MaxNodesPerUser", max_tres_per_user, "node"},
    {"MaxNodesPU", max_tres_per_user, "node"},
    {"MaxCPURunMinsPerUser", max_tres_run_mins_per_user, "cpu"},
    {"MinCPUs", min_tres_per_job, "cpu"},
    {"MinNodes", min_tres_per_job, "node"},
};

struct TresWord {
  std::string_view start;
  const char* word;
};
constexpr TresWord tres_words[] = {
    {"energy", "Energy"}, {"billing", "Billing"}, {"bb/", "BB"}, {"gres/", "GRES"}, {"license/", "License"}};

template <class Limits>
auto place_of(Limits& limits, LimitKind kind) {
  return std::lower_bound(limits.begin(), limits.end(), kind,
                          [](const auto& limit, LimitKind wanted) { return limit.kind < wanted; });
}

bool takes_away(std::string_view value) { return value == "-1"; }

Result<std::uint64_t> parse_minutes(std::string_view text) {
  TRY_ASSIGN(const TimeLimit limit, parse_time_limit(text));
  if (limit.unlimited) return fail("a limit of time is needed, or -1 for none");
  return static_cast<std::uint64_t>(limit.value.value);
}

}  // namespace

std::span<const LimitRow> limit_rows() { return rows; }

const LimitRow& limit_row(LimitKind kind) {
  const auto place = static_cast<std::size_t>(kind);
  SLURMXX_CHECK(place < rows.size());
  return rows[place];
}

std::optional<LimitKey> find_limit(std::string_view word, LimitHolder holder) {
  constexpr std::size_t shortest = 4;
  if (word.size() < shortest) return {};
  for (const bool whole : {true, false}) {
    const auto matches = [&](std::string_view name) {
      return whole ? equal_ignoring_case(name, word) : starts_with_ignoring_case(name, word);
    };
    for (const LimitRow& row : rows) {
      if (!may_hold(row, holder)) continue;
      if (matches(row.heading)) return LimitKey{&row, {}};
      for (const std::string_view name : split(row.spellings, '|'))
        if (matches(name)) return LimitKey{&row, {}};
    }
    for (const OldSpelling& old : old_spellings)
      if (may_hold(limit_row(old.kind), holder) && matches(old.name)) return LimitKey{&limit_row(old.kind), old.tres};
  }
  return {};
}

std::string limit_reason(LimitKind kind, LimitHolder holder, std::string_view tres_name) {
  const LimitRow& row = limit_row(kind);
  const TresReasons& reasons = holder == LimitHolder::qos ? row.qos : row.association;
  if (tres_name.empty() || tres_name == "cpu") return reasons.cpu;
  if (tres_name == "mem") return reasons.memory;
  if (tres_name == "node") return reasons.node;
  const char* word = "Unknown";
  for (const TresWord& known : tres_words)
    if (tres_name.starts_with(known.start)) word = known.word;
  return fmt::format(fmt::runtime(reasons.other), word);
}

std::optional<std::uint64_t> LimitSet::number(LimitKind kind) const {
  const auto found = place_of(numbers_, kind);
  if (found == numbers_.end() || found->kind != kind) return {};
  return found->value;
}

const TresCounts& LimitSet::tres(LimitKind kind) const {
  static const TresCounts unlimited;
  const auto found = place_of(tres_, kind);
  return found == tres_.end() || found->kind != kind ? unlimited : found->counts;
}

bool LimitSet::has(LimitKind kind) const { return number(kind).has_value() || !tres(kind).empty(); }

void LimitSet::set(LimitKind kind, std::optional<std::uint64_t> value) {
  const auto place = place_of(numbers_, kind);
  const bool there = place != numbers_.end() && place->kind == kind;
  if (there && value)
    place->value = *value;
  else if (there)
    numbers_.erase(place);
  else if (value)
    numbers_.insert(place, {kind, *value});
}

void LimitSet::set(LimitKind kind, TresCounts counts) {
  const auto place = place_of(tres_, kind);
  const bool there = place != tres_.end() && place->kind == kind;
  if (there && !counts.empty())
    place->counts = std::move(counts);
  else if (there)
    tres_.erase(place);
  else if (!counts.empty())
    tres_.insert(place, {kind, std::move(counts)});
}

Status LimitSet::assign(const LimitKey& key, std::string_view value) {
  const LimitRow& row = *key.row;
  if (row.unit != LimitUnit::tres) {
    if (takes_away(value)) return set(row.kind, std::optional<std::uint64_t>()), Status();
    if (row.unit == minutes) {
      TRY_ASSIGN(const std::uint64_t time, parse_minutes(value));
      return set(row.kind, std::optional(time)), Status();
    }
    TRY_ASSIGN(const std::uint64_t number, parse_natural(value));
    return set(row.kind, std::optional(number)), Status();
  }
  if (takes_away(value) && key.tres.empty()) return set(row.kind, TresCounts()), Status();
  TresCounts counts = tres(row.kind);
  const std::string whole = key.tres.empty() ? std::string(value) : fmt::format("{}={}", key.tres, value);
  for (const std::string_view part : split(whole, ',')) {
    if (part.empty()) continue;
    const auto pair = split_once(part, '=');
    if (!pair) return fail(fmt::format("{}: a resource and its number are needed, such as cpu=4", part));
    if (takes_away(pair->second)) {
      TRY(check_tres_name(pair->first));
      counts.erase(pair->first);
      continue;
    }
    TRY_ASSIGN(const TresCounts one, parse_tres(part));
    for (const TresCount& entry : one.entries()) counts.set(entry.name, entry.count);
  }
  set(row.kind, std::move(counts));
  return {};
}

std::string LimitSet::text(LimitKind kind) const {
  const LimitRow& row = limit_row(kind);
  if (row.unit == LimitUnit::tres) {
    std::string line;
    const bool counts_memory = kind != grp_tres_mins && kind != grp_tres_run_mins && kind != max_tres_mins_per_job &&
                               kind != max_tres_run_mins_per_user && kind != max_tres_run_mins_per_account;
    for (const TresCount& entry : tres(kind).entries())
      line += fmt::format("{}{}={}", line.empty() ? "" : ",", entry.name,
                          counts_memory ? tres_count_text(entry.name, entry.count) : std::to_string(entry.count));
    return line;
  }
  const auto value = number(kind);
  if (!value) return "";
  if (row.unit == minutes) return duration_long(TimeLimit::of(Minutes(static_cast<std::int64_t>(*value))));
  return std::to_string(*value);
}

}  // namespace slurmxx
