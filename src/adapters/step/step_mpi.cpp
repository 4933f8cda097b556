// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "adapters/step/step_mpi.h"

#include <fmt/format.h>

#include "adapters/step/pmi_sockets.h"
#include "adapters/step/pmix_helper.h"

namespace slurmxx {

Result<std::unique_ptr<StepMpi>> make_step_mpi(const LaunchStep& order) {
  const std::string& kind = order.command.mpi;
  if (kind.empty()) return std::unique_ptr<StepMpi>();
  if (kind == "pmi2") return std::unique_ptr<StepMpi>(std::make_unique<PmiSockets>(order));
  if (kind == "pmix") return PmixHelper::start(order);
  return fail(fmt::format("--mpi={}: this slurmstepd knows none, pmi2 and pmix; is it older than srun?", kind));
}

void set_variable(std::vector<std::string>& environment, const std::string& name, const std::string& value) {
  std::erase_if(environment, [&](const std::string& entry) { return entry.starts_with(name + "="); });
  environment.push_back(fmt::format("{}={}", name, value));
}

}  // namespace slurmxx
