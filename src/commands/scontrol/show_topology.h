// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "commands/scontrol/run.h"
#include "core/topology/topology_config.h"

namespace slurmxx {

int show_topology(const ScontrolCall& call);
int show_topoconf(const ScontrolCall& call);

std::string topology_yaml(const TopologyConfig& config);

}  // namespace slurmxx
