// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who may do what: root and SlurmUser, users whom sacctmgr gave an AdminLevel, and coordinators of accounts. Ruled by
// sacctmgr(1), AdminLevel and coordinators.
#include "control/controller.h"
#include "core/accounting/execute.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

AdminLevel level_of(const State& state, const Caller& caller) {
  const auto book = state.accounts();
  return book ? admin_level(*book, caller.user_name) : AdminLevel::none;
}

}  // namespace

bool Controller::is_super_user(const Caller& caller) const {
  return caller.uid == root_uid || caller.uid == options_.slurm_user;
}

bool Controller::is_administrator(const Caller& caller) const {
  return is_super_user(caller) || level_of(state_, caller) == AdminLevel::administrates;
}

bool Controller::is_operator(const Caller& caller) const {
  return is_super_user(caller) || level_of(state_, caller) != AdminLevel::none;
}

bool Controller::is_private(std::string_view what, const Caller& caller) const {
  return contains(config().identity.private_data, what) && !is_operator(caller);
}

bool Controller::manages(const Caller& caller, const Job& job) const {
  if (job.spec->owner.uid == caller.uid || is_operator(caller)) return true;
  const auto book = state_.accounts();
  return book && coordinates(*book, caller.user_name, job.spec->labels.account);
}

}  // namespace slurmxx
