// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr show runawayjobs: jobs without an end that their controller does not know. slurmdbd says which have none and
// gives them one; slurmctld says which there are.
#include <algorithm>

#include <fmt/format.h>

#include "cli/ruled_table.h"
#include "commands/sacctmgr/run.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr const char* question =
    "\nWould you like to fix these runaway jobs?\n"
    "(This will set the end time for each job to the latest out of the start, eligible, or submit times, and set the "
    "state to completed.\n"
    "Once corrected, this will trigger the rollup to reroll usage from before the earliest submit time of all the "
    "runaway jobs.)\n\n (You have 30 seconds to decide)\n(N/y): ";

TableForm form_of(const SacctmgrOptions& options) {
  using Style = TableForm::Style;
  TableForm form;
  form.style = options.style == TableStyle::aligned ? Style::aligned
               : options.style == TableStyle::bars  ? Style::bars
                                                    : Style::bars_and_end;
  return form;
}

// slurmdbd's lines have the columns by '|', times as numbers.
std::string table_of(const SacctmgrCall& call, const std::string& lines) {
  constexpr std::size_t first_time = 5;
  const RuledTable table({{"ID", 12, true},
                          {"Name", 10},
                          {"Partition", 10},
                          {"Cluster", 10},
                          {"State", 10},
                          {"TimeStart", 19},
                          {"TimeEnd", 19}},
                         form_of(call.options));
  std::string text = call.options.header ? table.heading() : "";
  for (const std::string_view line : split(lines, '\n')) {
    if (line.empty()) continue;
    std::vector<std::string> cells;
    for (const std::string_view cell : split(line, '|')) cells.emplace_back(cell);
    for (std::size_t i = first_time; i < cells.size(); ++i) {
      const auto seconds = parse_natural(cells[i]);
      cells[i] = seconds ? instant_text(Instant(static_cast<std::int64_t>(*seconds)), *call.output().zone) : "Unknown";
    }
    text += table.row(cells);
  }
  return text;
}

}  // namespace

int show_runaway_jobs(const SacctmgrCall& call) {
  const auto live = call.world.live_jobs();
  if (!live) return call.refused(live.error());
  std::string ids;
  for (const JobId id : live->jobs) ids += (ids.empty() ? "" : ",") + std::to_string(id.value);
  DbdHouseOrder order{{"runawayjobs", ids}, false, true, live->cluster};
  const auto found = ask_dbd<DbdBookOutcome>(call.world.dbd, order);
  if (!found) return call.refused(found.error());
  if (!found->changes) {
    call.output().line(fmt::format("Runaway Jobs: No runaway jobs found on cluster {}", live->cluster));
    return 0;
  }
  if (call.options.header)
    call.output().line(
        "NOTE: Runaway jobs are jobs that don't exist in the controller but have a start time and no end time in the "
        "database");
  call.output().print(table_of(call, found->out));
  if (call.options.read_only) return 0;
  if (!call.options.immediate) {
    call.output().print(question);
    if (!call.world.agrees()) {
      call.output().line(" Changes Discarded");
      return 0;
    }
  }
  order.commit = true;
  const auto done = ask_dbd<DbdBookOutcome>(call.world.dbd, order);
  return done ? 0 : call.refused(done.error());
}

}  // namespace slurmxx
