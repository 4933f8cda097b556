// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The two clocks, read only at the edges: daemons' loops and the commands' main().
#pragma once

#include "base/units.h"

namespace slurmxx {

Instant wall_now();
MonoTime mono_now();

}  // namespace slurmxx
