// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr modify user.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/accounting/conditions.h"
#include "core/accounting/execution.h"
#include "core/text/words.h"

namespace slurmxx {

void Execution::modify_users() {
  if (order_.set.empty()) return fail_with(" You didn't give me anything to set");
  if (find_term(order_.set, "newname")) return rename_user();
  if (any_association_term(order_.set)) modify_associations("user", associations_meant(true));
  if (failed_) return;
  const bool own = find_term(order_.set, "adminlevel") || find_term(order_.set, "defaultaccount") ||
                   find_term(order_.set, "defaultwckey");
  if (!own) return;
  std::string lines;
  for (const std::string& name : users_meant()) {
    const UserRow* user = book_.user(name);
    if (!user) continue;
    UserRow row = *user;
    if (!modify_user(row)) return;
    lines += "  " + row.name + "\n";
    record("Modify Users", fmt::format("(name='{}')", row.name), set_text());
    put(book_.users, std::move(row));
  }
  outcome_.out += " Modified users...\n";
  if (lines.empty()) return nothing("  Nothing modified");
  outcome_.out += lines;
}

bool Execution::modify_user(UserRow& row) {
  const Term* admin = find_term(order_.set, "adminlevel");
  const Term* account = find_term(order_.set, "defaultaccount");
  const Term* wckey = find_term(order_.set, "defaultwckey");
  if ((admin || wckey) && !is_operator()) return deny(), false;
  if (account && !is_operator() && actor_.name != row.name) return deny(), false;
  if (admin) {
    if (row.admin > actor_.level) return deny(), false;
    const auto level = level_to_give(admin);
    if (!level) return false;
    row.admin = *level;
  }
  if (account && !set_default_account(row, account->value)) return false;
  if (wckey && !set_default_wckey(row, wckey->value)) return false;
  return true;
}

// On the clusters that are named; else wherever he has the account.
bool Execution::set_default_account(UserRow& row, const std::string& account) {
  const std::vector<std::string> clusters = values_of(order_.where, "clusters");
  bool there = false;
  for (const Association& one : book_.associations) {
    if (one.user != row.name || one.account != account) continue;
    if (!clusters.empty() && !contains(clusters, one.cluster)) continue;
    row.set_default_in(one.cluster, account);
    there = true;
  }
  if (!there)
    fail_with(fmt::format(" error: user {} has no association with account {}{}", row.name, account,
                          clusters.empty() ? "" : " on cluster " + join(clusters, ",")));
  return there;
}

// One that he can use.
bool Execution::has_default(const std::string& user, const std::string& cluster) const {
  const std::string& account = book_.user(user)->default_in(cluster);
  return !account.empty() && std::ranges::any_of(book_.associations, [&](const Association& one) {
    return one.user == user && one.cluster == cluster && one.account == account;
  });
}

bool Execution::set_default_wckey(UserRow& row, const std::string& wckey) {
  const bool there = wckey.empty() || std::any_of(book_.wckeys.begin(), book_.wckeys.end(), [&](const WcKeyRow& one) {
                       return one.user == row.name && one.name == wckey;
                     });
  if (!there)
    fail_with(
        fmt::format(" Can't modify because these users aren't associated with new default wckey '{}'...\n  U = {}\n "
                    "Give them the key first: sacctmgr add wckey {} user={}",
                    wckey, row.name, wckey, row.name));
  row.default_wckey = wckey;
  return there;
}

// By name; without one, or with conditions beside it, those of the associations that are meant.
std::vector<std::string> Execution::users_meant() const {
  std::vector<std::string> names = values_of(order_.where, "names");
  for (const std::string& name : values_of(order_.where, "users")) names.push_back(name);
  if (!names.empty() && !has_conditions(order_.where)) return names;
  names.clear();
  for (const std::uint32_t id : associations_meant(true))
    if (const std::string& name = book_.association(id)->user; !contains(names, name)) names.push_back(name);
  return names;
}

// Records of the past keep the name under which a job ran.
void Execution::rename_user() {
  if (!check_operator()) return;
  const std::vector<std::string> names = users_meant();
  const std::string name = lower(find_term(order_.set, "newname")->value);
  if (names.size() != 1 || name.empty())
    return fail_with(" error: one user at a time can be renamed: modify user NAME set newname=NEW");
  const UserRow* user = book_.user(names.front());
  if (!user) return nothing(" Nothing modified");
  if (user->name == "root") return fail_with(" error: the user root stays");
  if (book_.user(name)) return fail_with(fmt::format(" error: there is a user {} already", name));
  UserRow row = *user;
  const std::string before = std::exchange(row.name, name);
  std::erase_if(book_.users, [&](const UserRow& one) { return one.name == before; });
  put(book_.users, std::move(row));
  for (Association& one : book_.associations)
    if (one.user == before) one.user = name;
  for (WcKeyRow& one : book_.wckeys)
    if (one.user == before) one.user = name;
  for (AccountRow& one : book_.accounts) {
    if (!contains(one.coordinators, before)) continue;
    std::erase(one.coordinators, before);
    one.coordinators.push_back(name);
    std::sort(one.coordinators.begin(), one.coordinators.end());
  }
  record("Modify Users", fmt::format("(name='{}')", before), fmt::format("name='{}'", name));
  outcome_.out += " Modified users...\n  " + before + "\n";
}

}  // namespace slurmxx
