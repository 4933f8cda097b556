// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/partition_lists.h"

#include <algorithm>

#include "core/accounting/book.h"

namespace slurmxx {
namespace {

// Without associations the account's name alone counts.
bool is_listed(const std::vector<std::string>& list, const LimitRequest& who) {
  const auto named = [&](const Association* one) { return contains(list, one->account); };
  return contains(list, who.account) || std::any_of(who.chain.begin(), who.chain.end(), named);
}

bool has_lists(const Partition& partition, const PartitionAccess* access) {
  if (!partition.allow_accounts.empty()) return true;
  return access && !(access->deny_accounts.empty() && access->allow_qos.empty() && access->deny_qos.empty());
}

}  // namespace

const PartitionAccess* access_of(const ClusterConfig& config, const std::string& partition) {
  const PartitionConfig* known = find_partition(config, partition);
  return known ? &known->access : nullptr;
}

bool account_allowed(const State& state, const std::string& partition, const PartitionAccess* access,
                     const LimitRequest& who) {
  const Partition* known = state.find_partition(partition);
  if (known && !known->allow_accounts.empty()) return is_listed(known->allow_accounts, who);
  return !access || !is_listed(access->deny_accounts, who);
}

bool qos_allowed(const PartitionAccess& access, const std::string& qos) {
  if (!access.allow_qos.empty()) return contains(access.allow_qos, qos);
  return !contains(access.deny_qos, qos);
}

bool partitions_have_lists(const State& state, const ClusterConfig& config) {
  return std::ranges::any_of(state.partitions(), [&](const auto& partition) {
    return has_lists(*partition, access_of(config, partition->name));
  });
}

}  // namespace slurmxx
