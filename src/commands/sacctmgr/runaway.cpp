// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr show runawayjobs: jobs without an end that their controller does not know. slurmdbd says which have none and
// gives them one; slurmctld says which there are.
#include <algorithm>

#include <fmt/format.h>

#include "cli/ruled_table.h"
#include "commands/sacctmgr/list.h"
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

std::optional<Instant> time_of(std::string_view cell) {
  const auto seconds = parse_natural(cell);
  return seconds ? std::optional(Instant(static_cast<std::int64_t>(*seconds))) : std::nullopt;
}

// slurmdbd's lines have the columns by '|', times as numbers.
std::vector<RunawayRow> rows_of(const std::string& lines) {
  enum : std::size_t { id, name, partition, cluster, state, started, ended, count };
  std::vector<RunawayRow> rows;
  for (const std::string_view line : split(lines, '\n')) {
    const auto cells = split(line, '|');
    if (cells.size() < count) continue;
    const auto number = parse_natural(cells[id]);
    rows.push_back({number ? *number : 0, std::string(cells[name]), std::string(cells[partition]),
                    std::string(cells[cluster]), std::string(cells[state]), time_of(cells[started]),
                    time_of(cells[ended])});
  }
  return rows;
}

std::string table_of(const SacctmgrCall& call, const std::vector<RunawayRow>& jobs) {
  const RuledTable table({{"ID", 12, true},
                          {"Name", 10},
                          {"Partition", 10},
                          {"Cluster", 10},
                          {"State", 10},
                          {"TimeStart", 19},
                          {"TimeEnd", 19}},
                         form_of(call.options));
  const auto time = [&](std::optional<Instant> at) {
    return at ? instant_text(*at, *call.output().zone) : std::string("Unknown");
  };
  std::string text = call.options.header ? table.heading() : "";
  for (const RunawayRow& job : jobs)
    text += table.row(
        {fmt::to_string(job.id), job.name, job.partition, job.cluster, job.state, time(job.started), time(job.ended)});
  return text;
}

int fix(const SacctmgrCall& call, DbdHouseOrder order) {
  order.commit = true;
  const auto done = ask_dbd<DbdBookOutcome>(call.world.dbd, order);
  return done ? 0 : call.refused(done.error());
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
  const std::vector<RunawayRow> jobs = rows_of(found->out);
  if (call.options.json || call.options.yaml) {
    write_runaway_jobs(call, jobs);
    return call.options.immediate && !call.options.read_only && !jobs.empty() ? fix(call, std::move(order)) : 0;
  }
  if (jobs.empty()) {
    call.output().line(fmt::format("Runaway Jobs: No runaway jobs found on cluster {}", live->cluster));
    return 0;
  }
  if (call.options.header)
    call.output().line(
        "NOTE: Runaway jobs are jobs that don't exist in the controller but have a start time and no end time in the "
        "database");
  call.output().print(table_of(call, jobs));
  if (call.options.read_only) return 0;
  if (!call.options.immediate) {
    call.output().print(question);
    if (!call.world.agrees()) {
      call.output().line(" Changes Discarded");
      return 0;
    }
  }
  return fix(call, std::move(order));
}

}  // namespace slurmxx
