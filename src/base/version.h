// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace slurmxx {

// What `-V` of every program prints after "slurm ": the level of Slurm that this is, and our own version.
inline constexpr char version_text[] = "25.11.0-slurmxx" SLURMXX_VERSION;

}  // namespace slurmxx
