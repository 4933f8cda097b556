// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/step_ports.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/config/key_value.h"
#include "core/launch/reserved_ports.h"

namespace slurmxx {
namespace {

bool is_beside(const Step& step, const StepPlan& plan) {
  return std::ranges::any_of(step.shares, [&](const NodeShare& one) {
    return std::ranges::find(plan.shares, one.node, &NodeShare::node) != plan.shares.end();
  });
}

}  // namespace

Result<std::optional<std::string>> ports_for_step(const ClusterConfig& config, const PortQuestion& question,
                                                  std::span<const Job* const> active) {
  const auto& asked = question.request.terms.resv_ports;
  const auto range = ports_of_mpi(value_of(config, "MpiParams"));
  const auto& tasks = question.plan.layout.task_count;
  const std::uint32_t usual = tasks.empty() ? 0 : *std::ranges::max_element(tasks) + 1;
  const std::uint32_t count = asked.value_or(usual);
  if (count == 0 || (!range && !asked)) return std::optional(std::string());
  if (!range || count > range->size()) {
    if (!asked) return std::optional(std::string());
    return fail(Errc::error, fmt::format("Requires more ports than can be reserved: --resv-ports={}, and MpiParams has "
                                         "{}",
                                         count, range ? range->size() : 0));
  }
  std::vector<std::string> taken;
  for (const Job* job : active)
    for (const Step& step : job->steps)
      if (!step.ended && !step.resv_ports.empty() && is_beside(step, question.plan)) taken.push_back(step.resv_ports);
  return choose_ports(*range, taken, count);
}

void tell_ports(const std::string& ports, std::vector<std::string>& environment) {
  constexpr std::string_view variable = "SLURM_STEP_RESV_PORTS=";
  std::erase_if(environment, [&](const std::string& one) { return one.starts_with(variable); });
  if (!ports.empty()) environment.push_back(std::string(variable) + ports);
}

}  // namespace slurmxx
