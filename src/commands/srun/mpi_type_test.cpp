// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "commands/srun/mpi_type.h"

using namespace slurmxx;

TEST_CASE("the kind of MPI is the option's, else the site's") {
  CHECK(mpi_type("", "").value().empty());
  CHECK(mpi_type("", "pmix").value() == "pmix");
  CHECK(mpi_type("none", "pmix").value().empty());
  CHECK(mpi_type("openmpi", "pmix").value().empty());
  CHECK(mpi_type("pmi2", "").value() == "pmi2");
  CHECK(mpi_type("pmix_v4", "").value() == "pmix");
  CHECK(mpi_type("pmix_v3", "").error().message == "Invalid MPI type 'pmix_v3', --mpi=list for acceptable types");
  CHECK(mpi_type("", "mvapich").error().message ==
        "Invalid MPI type 'mvapich' (MpiDefault in slurm.conf), --mpi=list for acceptable types");
}

TEST_CASE("--mpi=list") {
  CHECK(mpi_list({}) == "MPI plugin types are...\n\tnone\n\tpmi2\n");
  CHECK(mpi_list({true, "pmix_v4"}) ==
        "MPI plugin types are...\n\tnone\n\tpmi2\n\tpmix\nspecific pmix plugin versions available: pmix_v4\n");
}
