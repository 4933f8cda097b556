// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/rules.h"

#include "control/configure.h"
#include "core/priority/priority.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

std::shared_ptr<const BootRules> boot_rules_of(const ClusterConfig& config, const SchedulerParameters& parameters) {
  if (config.helpers.helpers.empty()) return nullptr;
  auto rules = std::make_shared<BootRules>();
  for (const NodeConfig& node : config.nodes) rules->available.push_back(join(node.features, ","));
  for (const FeatureHelper& helper : config.helpers.helpers)
    rules->changeable.insert(helper.features.begin(), helper.features.end());
  for (const std::string& list : config.helpers.exclusive) {
    const auto features = split_commas(list);
    rules->exclusive.emplace_back(features.begin(), features.end());
  }
  rules->users = config.helpers.users;
  rules->delay = parameters.placement.delay_boot;
  return rules;
}

}  // namespace

std::shared_ptr<const Rules> rules_of(const ClusterConfig& config) {
  auto rules = std::make_shared<Rules>();
  rules->policies = policies_of(config);
  rules->parameters = parse_scheduler_parameters(config.scheduling.scheduler_parameters);
  rules->boots = boot_rules_of(config, rules->parameters);
  for (const PartitionConfig& partition : config.partitions) {
    auto weights = parse_tres_weights(partition.policy.tres_billing_weights);
    rules->billing[partition.name] = weights ? std::move(*weights) : std::vector<TresWeight>();
  }
  const PriorityFlags flags = priority_policy(config.priority, JobId(1)).flags;
  if (flags.max_tres) rules->billing_sum = BillingSum::max_of_node;
  if (flags.max_tres_gres) rules->billing_sum = BillingSum::max_and_gres;
  return rules;
}

double billing_rate(const Rules& rules, const std::string& partition, const TresCounts& tres) {
  const auto known = rules.billing.find(partition);
  static const std::vector<TresWeight> none;
  return billing_of(tres, known == rules.billing.end() ? none : known->second, rules.billing_sum);
}

}  // namespace slurmxx
