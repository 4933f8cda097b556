// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/queue_order.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace slurmxx {
namespace {

struct Row {  // a job in one of its partitions
  const Job* job = nullptr;
  const std::string* partition = nullptr;
  std::int64_t tier = 0;
  std::int64_t priority = 0;

  auto rank() const { return std::tuple(-tier, -priority, job->id); }
};

bool comes_before(const Row& a, const Row& b) { return a.rank() < b.rank(); }

}  // namespace

bool changes_order(const State& state, const std::vector<const Job*>& jobs, const Priorities& before,
                   const Priorities& after) {
  std::map<std::string_view, std::int64_t> tiers;
  for (const auto& partition : state.partitions()) tiers[partition->name] = partition->priority_tier;
  std::vector<Row> rows;
  rows.reserve(jobs.size());
  for (const Job* job : jobs) {
    if (job->hold != Hold::none) continue;
    for (const std::string& name : job->spec->placement.partitions)
      rows.push_back({job, &name, tiers[name], before.in(*job, name)});
  }
  std::sort(rows.begin(), rows.end(), comes_before);
  for (Row& row : rows) row.priority = after.in(*row.job, *row.partition);
  return !std::is_sorted(rows.begin(), rows.end(), comes_before);
}

}  // namespace slurmxx
