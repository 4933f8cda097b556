// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What slurm-sim prints: a table for people, the same as data for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/json_writer.h"
#include "replay/log_replay.h"
#include "replay/report.h"

namespace slurmxx {

struct LogFigures {  // of slurmctld's own log, decided once more
  LogCounts counts;
  std::vector<LogDifference> differences;
  std::uint64_t left_out = 0;  // ended without a start in the log
};

struct SimPlay {
  std::string cluster;
  ReplayReport report;
  std::optional<LogFigures> log = {};
};

struct SimAnswer {
  std::string workload;
  std::uint64_t jobs = 0;
  std::uint64_t without_size = 0;
  std::uint64_t too_large = 0;
  std::vector<SimPlay> plays;  // one, or two to compare
};

std::string figures_text(const SimAnswer& answer, std::size_t users);
void write_data(const SimAnswer& answer, DataFormat format, const DataSink& sink);

}  // namespace slurmxx
