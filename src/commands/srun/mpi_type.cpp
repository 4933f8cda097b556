// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/srun/mpi_type.h"

#include <fmt/format.h>

namespace slurmxx {
namespace {

struct Row {
  std::string_view name;
  std::string_view kind;
};

constexpr Row rows[] = {{"none", ""}, {"openmpi", ""}, {"pmi2", "pmi2"}, {"pmix", "pmix"}, {"pmix_v4", "pmix"}};

}  // namespace

Result<std::string> mpi_type(std::string_view wanted, std::string_view site_default) {
  const std::string_view name = wanted.empty() ? site_default : wanted;
  if (name.empty()) return std::string();
  for (const Row& row : rows)
    if (row.name == name) return std::string(row.kind);
  const char* where = wanted.empty() ? " (MpiDefault in slurm.conf)" : "";
  return fail(fmt::format("Invalid MPI type '{}'{}, --mpi=list for acceptable types", name, where));
}

std::string mpi_list(const PmixFound& pmix) {
  std::string text = "MPI plugin types are...\n\tnone\n\tpmi2\n";
  if (pmix.program) text += "\tpmix\n";
  if (!pmix.version.empty()) text += fmt::format("specific pmix plugin versions available: {}\n", pmix.version);
  return text;
}

}  // namespace slurmxx
