// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/reservation_access.h"

#include <algorithm>

#include "core/text/words.h"

namespace slurmxx {
namespace {

void add(NameRule& rule, std::string_view name) {
  std::erase(rule.names, name);
  if (!rule.denies) rule.names.emplace_back(name);
}

}  // namespace

bool change_names(NameRule& rule, char key_operator, std::string_view value) {
  std::size_t plain = 0, added = 0, taken = 0;
  const auto words = split_commas(value);
  for (const std::string_view word : words) ++(word.front() == '+' ? added : word.front() == '-' ? taken : plain);
  const bool changes = key_operator != '=' || added > 0 || (taken > 0 && !rule.empty() && !rule.denies);
  if (!changes) {
    if (plain > 0 && taken > 0) return false;
    rule = NameRule{{}, taken > 0};
    for (const std::string_view word : words) rule.names.emplace_back(taken > 0 ? word.substr(1) : word);
    return true;
  }
  if (plain > 0 && (added > 0 || taken > 0)) return false;
  if (key_operator != '=' && added + taken > 0) return false;
  for (const std::string_view word : words) {
    const bool has_sign = word.front() == '+' || word.front() == '-';
    const char sign = has_sign ? word.front() : key_operator;
    const std::string_view name = has_sign ? word.substr(1) : word;
    if (sign == '-')
      std::erase(rule.names, name);
    else
      add(rule, name);
  }
  return true;
}

Status check_known_names(const ReservationAccess& access, const Directory* directory, bool associations_enforced) {
  if (!directory) return {};
  for (const std::string& name : access.accounts.names)
    if (!directory->book().account(name)) return fail(Errc::invalid_account);
  for (const std::string& name : access.qos.names)
    if (!directory->qos(name)) return fail(Errc::invalid_qos);
  if (!associations_enforced) return {};
  const auto& associations = directory->book().associations;
  for (const std::string& name : access.users.names)
    if (std::ranges::find(associations, name, &Association::user) == associations.end())
      return fail(Errc::invalid_account);
  return {};
}

std::shared_ptr<const Reservation> with_sub_accounts(const std::shared_ptr<const Reservation>& reservation,
                                                     const Directory& directory) {
  const std::vector<std::string>& named = reservation->access.accounts.names;
  std::vector<std::string> below;
  for (const std::string& name : named)
    for (const std::string& other : directory.accounts_below(name))
      if (std::find(named.begin(), named.end(), other) == named.end()) below.push_back(other);
  if (below.empty()) return reservation;
  auto wider = std::make_shared<Reservation>(*reservation);
  wider->access.accounts.names.insert(wider->access.accounts.names.end(), below.begin(), below.end());
  return wider;
}

}  // namespace slurmxx
