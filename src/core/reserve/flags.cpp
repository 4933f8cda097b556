// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/reserve/flags.h"

#include <fmt/format.h>

#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Flag = ReservationFlag;

struct FlagRow {
  Flag flag;
  std::string_view shown;
  std::string_view other;  // another way to write it
  bool given = true;       // by users; else it follows from the nodes
};

// In the order in which they are shown.
constexpr FlagRow rows[] = {
    {Flag::maint, "MAINT", ""},
    {Flag::flex, "FLEX", ""},
    {Flag::overlap, "OVERLAP", ""},
    {Flag::ignore_jobs, "IGNORE_JOBS", "IGNORE_RUNNING"},
    {Flag::hourly, "HOURLY", ""},
    {Flag::daily, "DAILY", ""},
    {Flag::weekday, "WEEKDAY", ""},
    {Flag::weekend, "WEEKEND", ""},
    {Flag::weekly, "WEEKLY", ""},
    {Flag::spec_nodes, "SPEC_NODES", "", false},
    {Flag::all_nodes, "ALL_NODES", "", false},
    {Flag::first_cores, "FIRST_CORES", ""},
    {Flag::any_nodes, "ANY_NODES", "LICENSE_ONLY"},
    {Flag::static_alloc, "STATIC", "STATIC_ALLOC"},
    {Flag::part_nodes, "PART_NODES", ""},
    {Flag::time_float, "TIME_FLOAT", ""},
    {Flag::replace, "REPLACE", ""},
    {Flag::replace_down, "REPLACE_DOWN", ""},
    {Flag::purge_comp, "PURGE_COMP", ""},
    {Flag::no_hold_jobs_after, "NO_HOLD_JOBS_AFTER_END", "NO_HOLD_JOBS_AFTER"},
    {Flag::magnetic, "MAGNETIC", "PROMISCUOUS"},
    {Flag::user_delete, "USER_DELETE", ""},
    {Flag::force_start, "FORCE_START", ""},
};

// The name in full, or its beginning where that is unique among those that can be given.
const FlagRow* find_row(std::string_view word) {
  const FlagRow* found = nullptr;
  for (const FlagRow& row : rows) {
    if (!row.given) continue;
    if (equal_ignoring_case(row.shown, word) || equal_ignoring_case(row.other, word)) return &row;
    constexpr std::size_t least = 3;
    if (word.size() >= least && starts_with_ignoring_case(row.shown, word)) found = found ? nullptr : &row;
  }
  return found;
}

Status change_one(Reservation& reservation, std::string_view word, bool on) {
  const auto pair = split_once(word, '=');
  const FlagRow* row = find_row(pair ? pair->first : word);
  if (!row || (pair && row->flag != Flag::purge_comp))
    return fail(Errc::error, fmt::format("Error parsing flags {}.  No reservation created.", word));
  if (row->flag == Flag::first_cores && !on)
    return fail(Errc::error, "FIRST_CORES cannot be removed: make the reservation anew");
  reservation.flags.set(row->flag, on);
  if (row->flag != Flag::purge_comp) return {};
  constexpr Seconds usual(300);
  reservation.times.purge_after.reset();
  if (!on) return {};
  reservation.times.purge_after = usual;
  if (!pair) return {};
  const auto after = parse_duration(pair->second);
  if (!after || after->unlimited)
    return fail(Errc::error, fmt::format("Error parsing flags {}.  No reservation created.", word));
  reservation.times.purge_after = after->value;
  return {};
}

}  // namespace

Status change_flags(Reservation& reservation, std::string_view text, FlagChange change) {
  const auto words = split_commas(text);
  const bool relative = !words.empty() && (words[0].front() == '+' || words[0].front() == '-');
  if (change == FlagChange::set && !relative)
    for (const FlagRow& row : rows)
      if (row.given) reservation.flags.set(row.flag, false);
  bool on = change != FlagChange::remove;
  for (std::string_view word : words) {
    if (word.front() == '+' || word.front() == '-') {
      on = word.front() == '+';
      word.remove_prefix(1);
    }
    TRY(change_one(reservation, word, on));
  }
  return {};
}

ReservationFlags flags_named(std::string_view shown) {
  ReservationFlags flags;
  for (const std::string_view word : split_commas(shown))
    for (const FlagRow& row : rows)
      if (row.shown == word.substr(0, word.find('='))) flags.set(row.flag);
  return flags;
}

std::string flags_text(const Reservation& reservation) {
  std::string text;
  for (const FlagRow& row : rows) {
    if (!reservation.flags.has(row.flag)) continue;
    if (!text.empty()) text += ',';
    text += row.shown;
    if (row.flag == Flag::purge_comp && reservation.times.purge_after)
      text += "=" + duration_long(*reservation.times.purge_after);
  }
  return text;
}

}  // namespace slurmxx
