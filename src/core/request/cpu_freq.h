// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --cpu-freq=P1[-P2[:GOVERNOR]] or a governor alone: srun(1). Whether a cluster allows a governor is not known here.
#pragma once

#include <string_view>

#include "base/result.h"

namespace slurmxx {

Status check_cpu_freq(std::string_view text);

}  // namespace slurmxx
