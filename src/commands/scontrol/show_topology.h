// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "commands/scontrol/run.h"

namespace slurmxx {

int show_topology(const ScontrolCall& call);

}  // namespace slurmxx
