// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/limit_request.h"

#include "control/configure.h"
#include "control/fairness.h"
#include "control/job_tres.h"
#include "control/partition_lists.h"
#include "core/schedule/demand.h"

namespace slurmxx {

LimitRequest standing(const Directory& directory, const ClusterConfig& config, const JobSpec& spec,
                      const std::string& partition) {
  LimitRequest request;
  request.user = spec.owner.user_name;
  request.account = spec.labels.account;
  if (const Association* own = directory.find(request.user, request.account, partition))
    request.chain = directory.chain(*own);
  request.qos = directory.qos(spec.labels.qos);
  if (const PartitionAccess* access = access_of(config, partition); access && !access->qos.empty())
    request.partition_qos = directory.qos(access->qos);
  return request;
}

void ask_for(LimitRequest& request, const Asked& asked) {
  const auto& [spec, partition, rules] = asked;
  request.tres = requested_tres(spec, demand_in(spec, partition, rules.policies));
  request.tres.set("billing", static_cast<std::uint64_t>(billing_rate(rules, partition.name, request.tres)));
  request.per_node = per_node(request.tres);
  const TimeLimit limit = time_limit_in(spec, partition);
  if (!limit.unlimited) request.minutes = static_cast<std::uint64_t>(limit.value.value);
}

}  // namespace slurmxx
