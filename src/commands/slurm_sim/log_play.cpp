// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/slurm_sim/log_play.h"

namespace slurmxx {

Result<LogPlay> play_log(const LogFiles& files, bool keep_lanes, const std::function<void(const LogCounts&)>& told) {
  std::optional<LogReplay> replay;
  LogWorkload workload(keep_lanes);
  LogListener listener;
  listener.begin = [&](State before) -> Status {
    auto begun = LogReplay::begin(std::move(before));
    if (!begun) return begun.error();
    replay.emplace(std::move(*begun));
    return {};
  };
  listener.take = [&](const Record& record, std::span<const Record> following) -> Status {
    TRY(replay->take(record, following));
    workload.note(replay->state(), record);
    told(replay->counts());
    return {};
  };
  TRY(read_log(files, listener));
  replay->finish();
  workload.finish(replay->state());
  std::uint32_t cpus = 0;
  replay->state().nodes().for_each([&](std::uint64_t, const Node& node) { cpus += node.declared.cpus; });
  SimPlay play;
  play.cluster = "slurmctld's log";
  play.report = report_of(workload.workload(), Outcomes{workload.played(), workload.partitions(), cpus});
  play.report.counts.passes = replay->counts().passes;
  play.report.counts.longest_queue = workload.longest_queue();
  play.log = LogFigures{replay->counts(), replay->differences(), workload.left_out()};
  return LogPlay{std::move(play), std::move(workload), replay->config()};
}

}  // namespace slurmxx
