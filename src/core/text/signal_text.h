// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Signals and exit codes as people type and read them: scancel(1) --signal, sbatch(1) --signal=[{R|B}:]sig[@seconds],
// and the code:signal pair of ExitCode and DerivedExitCode.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace slurmxx {

// USR1, SIGUSR1, usr1, 10; 1 to 64.
Result<int> parse_signal(std::string_view text);
std::string signal_name(int signal);  // USR1, or the number

struct SignalRequest {
  int signal = 0;
  Seconds before_end{60};         // how long before the end of the job's time
  bool batch_shell_only = false;  // B: the batch shell alone, not the steps
  bool for_reservation = false;   // R: a newer reservation may overlap the job; signal it before that starts
  bool operator==(const SignalRequest&) const = default;
};

Result<SignalRequest> parse_signal_request(std::string_view text);
std::string signal_request_text(const SignalRequest& request);  // B:USR1@60

struct ExitPair {
  int code = 0;
  int signal = 0;
  bool operator==(const ExitPair&) const = default;
};

std::string exit_text(ExitPair exit);  // 0:15
std::optional<ExitPair> parse_exit(std::string_view text);

}  // namespace slurmxx
