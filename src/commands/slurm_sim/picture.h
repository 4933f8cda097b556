// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A replay as one picture: how busy the cluster was, how long the queue, and which job had which CPUs when.
#pragma once

#include <string>

#include "replay/replay.h"
#include "replay/report.h"

namespace slurmxx {

// SVG. A job that is too small to be seen is left out of the lower part, and the caption counts those.
std::string svg_picture(const ClusterConfig& config, const Workload& workload, const std::vector<Played>& played,
                        const ReplayReport& report);

}  // namespace slurmxx
