// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --cpu-freq=P1[-P2[:GOVERNOR]] or a governor alone: srun(1).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace slurmxx {

Status check_cpu_freq(std::string_view text);
// `allowed`: CpuFreqGovernors of slurm.conf. A text that names none is fine.
Status check_governor(std::string_view text, std::string_view allowed);

// As `scontrol show job` prints a text that is fine: "CPU_min_freq=1000 CPU_max_freq=High Governor=OnDemand".
std::string cpu_freq_text(std::string_view text);

}  // namespace slurmxx
