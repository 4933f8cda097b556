// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Exit codes of jobs and steps as --json writes them.
#pragma once

#include <csignal>
#include <cstring>
#include <string>

#include "cli/data_fields.h"
#include "core/model/job.h"

namespace slurmxx {

inline DataWords exit_words(const ExitCode& exit, bool ended) {
  if (!ended) return {"PENDING"};
  return {exit.signal != 0 ? "SIGNALED" : exit.status != 0 ? "ERROR" : "SUCCESS"};
}
// "KILL"; empty: none.
inline std::string signal_name(const ExitCode& exit) {
  const char* name = exit.signal == 0 ? nullptr : ::sigabbrev_np(static_cast<int>(exit.signal));
  return name ? name : "";
}
inline DataNumber signal_number(const ExitCode& exit) {
  return exit.signal == 0 ? DataNumber{} : DataNumber{exit.signal, false};
}

}  // namespace slurmxx
