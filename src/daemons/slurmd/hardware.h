// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What this machine is (hwloc, /proc, uname) and how it does.
#pragma once

#include <string>

#include "core/model/node.h"
#include "wire/node_messages.h"

namespace slurmxx {

// All but slurmd_started. `tmp_fs`: TmpFS of slurm.conf.
NodeRegistration find_hardware(const std::string& tmp_fs);
Heartbeat find_vitals();
Seconds uptime();

}  // namespace slurmxx
