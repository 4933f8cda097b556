// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/private_data.h"

#include <algorithm>

#include "core/accounting/execute.h"

namespace slurmxx {

namespace {

JobsOf jobs_of(Uid caller, const std::string& user, const AccountBook* book) {
  JobsOf own{caller, {}};
  for (const AccountRow& account : book ? book->accounts : std::vector<AccountRow>())
    if (coordinates(*book, user, account.name)) own.accounts.push_back(account.name);
  return own;
}

}  // namespace

Status keep_private(const Published& published, Uid caller, const std::function<std::string()>& user_name,
                    ClientRequest& query) {
  const auto& kept = published.config->identity.private_data;
  if (kept.empty() || caller == root_uid || caller == published.facts->slurm_user) return {};
  const auto book = published.state.accounts();
  if (book && admin_level(*book, user_name()) != AdminLevel::none) return {};
  const auto is_kept = [&](std::string_view word) { return std::find(kept.begin(), kept.end(), word) != kept.end(); };
  if (is_kept("jobs")) {
    auto* jobs = std::get_if<JobsRequest>(&query);
    auto* priorities = std::get_if<PrioritiesRequest>(&query);
    if (jobs) jobs->seen = jobs_of(caller, user_name(), book.get());
    if (priorities) priorities->seen = jobs_of(caller, user_name(), book.get());
  }
  if (const auto* nodes = std::get_if<NodesRequest>(&query))
    if (is_kept("nodes") || (is_kept("partitions") && nodes->with_partitions)) return fail(Errc::access_denied);
  if (std::holds_alternative<ReservationsRequest>(query) && is_kept("reservations")) return fail(Errc::access_denied);
  if (auto* shares = std::get_if<SharesRequest>(&query); shares && is_kept("usage")) shares->user = user_name();
  return {};
}

bool is_shown_to(std::string_view user, const AccountBook& book, std::string_view account, std::string_view of_user) {
  return of_user == user || coordinates(book, user, account);
}

void keep_own(AssociationsReply& reply, const std::string& user) {
  const AccountBook all = reply.book;
  std::erase_if(reply.book.associations,
                [&](const Association& row) { return !is_shown_to(user, all, row.account, row.user); });
  std::erase_if(reply.book.users, [&](const UserRow& row) { return row.name != user; });
  std::erase_if(reply.book.wckeys, [&](const WcKeyRow& row) { return row.user != user; });
  std::erase_if(reply.uses, [&](const AssociationsReply::Use& use) {
    switch (use.holder.kind) {
      case HolderKind::association:
        return reply.book.association(use.holder.id) == nullptr;
      case HolderKind::qos:
        return true;
      case HolderKind::user_in_qos:
        return use.holder.name != user;
      case HolderKind::account_in_qos:
        return !coordinates(all, user, use.holder.name);
    }
    return true;
  });
}

}  // namespace slurmxx
