// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/fairness.h"

#include "control/scheduling.h"
#include "core/fairshare/decay.h"
#include "core/licenses/licenses.h"
#include "core/text/words.h"
#include "core/tres/share_tres.h"

namespace slurmxx {

std::vector<std::string> tracked_tres(const ClusterConfig& config) {
  TresCounts all;
  for (const char* name : {"cpu", "mem", "energy", "node", "billing", "fs/disk", "vmem", "pages"}) all.set(name, 0);
  for (const std::string& name : config.plugins.accounting_storage_tres) {
    all.set(name, 0);
    // Memory and load of a GPU come with it.
    if (name == "gres/gpu" || name.starts_with("gres/gpu:")) all.set("gres/gpumem", 0), all.set("gres/gpuutil", 0);
  }
  std::vector<std::string> names;
  for (const TresCount& one : all.entries()) names.push_back(one.name);
  return names;
}

void Fairness::configured() {
  const PrioritySettings& settings = c_.config().priority;
  const UsageRules& rules = c_.state_.usage_rules();
  if (rules.half_life != settings.decay_half_life || rules.reset == Instant())
    c_.emit(UsageRulesSet{settings.decay_half_life});
  if (equal_ignoring_case(settings.usage_reset_period, "NOW")) c_.emit(UsageReset{});
  calculate();
}

void Fairness::accounts_changed() {
  const auto& directory = c_.index_.accounts.directory;
  const auto standings = c_.planning_.standings;
  if (!directory) return;  // slurmdbd has told nothing yet
  standings ? use(standings_with(*standings, directory)) : calculate();
}

// Readers see it at once, the planner with its next pass.
void Fairness::use(std::shared_ptr<const Standings> standings) {
  c_.planning_.standings = std::move(standings);
  c_.planning_.clock.changed();
  if (c_.planning_.priorities) Scheduling(c_).refresh_priorities();  // not yet at the start
}

void Fairness::calculate() {
  const auto& directory = c_.index_.accounts.directory;
  if (!directory) return;
  use(calculate_standings(c_.state_, c_.config(), directory, c_.now_.wall));
  c_.planning_.next_calculation = c_.now_.mono + std::max(Seconds(1), c_.config().priority.calc_period);
}

void Fairness::tick() {
  const std::string& period = c_.config().priority.usage_reset_period;
  const Instant since = c_.state_.usage_rules().reset;
  const auto next = next_usage_reset(period, since, *c_.options_.zone);
  if (next && since != Instant() && *next <= c_.now_.wall) {
    c_.emit(UsageReset{});
    return calculate();
  }
  if (c_.planning_.next_calculation && c_.now_.mono >= *c_.planning_.next_calculation) calculate();
}

std::optional<Charge> Fairness::charge_of(const Job& job, const Allocation& allocation) const {
  const auto& directory = c_.index_.accounts.directory;
  if (!directory) return std::nullopt;
  const JobSpec& spec = *job.spec;
  Charge charge;
  const Association* own = directory->find(spec.owner.user_name, spec.labels.account, allocation.partition);
  if (own) charge.association = own->id;
  if (const Qos* qos = directory->qos(spec.labels.qos)) charge.qos = qos->id;
  if (const PartitionConfig* partition = find_partition(c_.config(), allocation.partition))
    if (const Qos* qos = directory->qos(partition->access.qos)) charge.partition_qos = qos->id;
  TresCounts tres = share_tres(allocation.shares);
  if (const auto licenses = parse_license_request(spec.labels.licenses))
    for (const LicenseCount& one : licenses->counts) tres.add("license/" + one.name, one.count);
  charge.billing = billing_rate(*c_.planning_.rules, allocation.partition, tres);
  return charge;
}

}  // namespace slurmxx
