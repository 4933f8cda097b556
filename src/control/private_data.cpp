// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/private_data.h"

#include "core/accounting/execute.h"

namespace slurmxx {

Status keep_private(const Published& published, Uid caller, const std::function<std::string()>& user_name,
                    ClientRequest& query) {
  const auto& kept = published.config->identity.private_data;
  if (kept.empty() || caller == root_uid || caller == published.facts->slurm_user) return {};
  const auto book = published.state.accounts();
  if (book && admin_level(*book, user_name()) != AdminLevel::none) return {};
  const auto is_kept = [&](std::string_view word) { return std::find(kept.begin(), kept.end(), word) != kept.end(); };
  if (auto* jobs = std::get_if<JobsRequest>(&query); jobs && is_kept("jobs")) jobs->users = {caller};
  if (const auto* nodes = std::get_if<NodesRequest>(&query))
    if (is_kept("nodes") || (is_kept("partitions") && nodes->with_partitions)) return fail(Errc::access_denied);
  if (std::holds_alternative<ReservationsRequest>(query) && is_kept("reservations")) return fail(Errc::access_denied);
  if (std::holds_alternative<SharesRequest>(query) && is_kept("usage")) return fail(Errc::access_denied);
  return {};
}

}  // namespace slurmxx
