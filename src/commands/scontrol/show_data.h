// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The smaller answers of scontrol as --json writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/data_answer.h"
#include "wire/scheduling_messages.h"

namespace slurmxx {

// {"licenses": [...], "last_update", ...}
void write_licenses(const std::vector<LicenseRow>& rows, const DataTarget& to);
// {"config": {"KEY": "VALUE"}, "last_update", ...}: the lines "KEY = VALUE" of show config, others left out.
void write_config_data(const std::vector<std::string>& lines, const DataTarget& to);
// {"pings": [...], ...}; `latency` in microseconds.
void write_ping(std::string_view host, bool responds, std::int64_t latency, const DataTarget& to);

struct RunningStep {  // of listjobs, liststeps and listpids; what a list does not tell is absent
  std::uint32_t job = 0;
  std::optional<std::string> step;
  std::optional<std::int64_t> pid;
  std::string local = {};  // "-": no task
  std::string global = {};
};
// {"jobs"|"steps"|"pids": [{"job_id", "step_id", "pid", ...}], ...}
void write_running(std::string_view name, const std::vector<RunningStep>& rows, const DataTarget& to);

}  // namespace slurmxx
