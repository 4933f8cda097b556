// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// --mpi of srun(1): which kinds there are, and what --mpi=list prints. Text alone; what of PMIx is installed is the
// caller's to find out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

// The step's kind: "" (none), "pmi2" or "pmix". `wanted`: of the option or SLURM_MPI_TYPE; empty: MpiDefault.
// Error: "Invalid MPI type 'x', --mpi=list for acceptable types".
Result<std::string> mpi_type(std::string_view wanted, std::string_view site_default);

struct PmixFound {
  bool program = false;  // slurmxx-pmix is installed here
  std::string version;   // "pmix_v4"; empty: its library cannot be loaded here
};
std::string mpi_list(const PmixFound& pmix);

}  // namespace slurmxx
