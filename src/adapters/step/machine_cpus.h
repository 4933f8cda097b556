// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How the operating system numbers this machine's CPUs and memory nodes, from /sys. A node whose declared hardware is
// not the machine's (SlurmdParameters=config_overrides) keeps its own numbers, and what the machine lacks is not bound.
#pragma once

#include <string>
#include <vector>

#include "core/launch/task_binding.h"

namespace slurmxx {

// `declared` with the system's numbers, where the machine has such sockets, cores and threads.
NodeTopology with_system_ids(NodeTopology declared, const std::string& sys = "/sys/devices/system");
std::uint32_t memory_nodes(const std::string& sys = "/sys/devices/system");

CpuSet usable_cpus();  // that the calling process may run on

}  // namespace slurmxx
