// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr modify ... and sacctmgr delete ...
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/accounting/ancestry.h"
#include "core/accounting/conditions.h"
#include "core/accounting/execution.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// Usage is counted where it was made: that of an account is forgotten with that of all below it.
void reset_usage_below(AccountBook& book, const Association& account) {
  const Ancestry ancestry(book);
  for (Association& row : book.associations)
    if (row.id != account.id && row.cluster == account.cluster && ancestry.is_below(row, account.account))
      ++row.usage_resets;
}

// Those that may not use the QOS that their jobs get by themselves, with its name.
using UnusableDefaults = std::map<std::uint32_t, std::string>;
UnusableDefaults unusable_defaults(const AccountBook& book) {
  UnusableDefaults found;
  const Ancestry ancestry(book);
  for (const Association& row : book.associations)
    if (std::string qos = ancestry.default_qos_of(row); !qos.empty() && !contains(ancestry.qos_of(row), qos))
      found.emplace(row.id, std::move(qos));
  return found;
}

// Those that may no longer do so, a line each. Who could not before lost nothing.
std::string without_default_qos(const AccountBook& book, const UnusableDefaults& before) {
  std::string lines;
  for (const auto& [id, qos] : unusable_defaults(book)) {
    const auto known = before.find(id);
    if (known != before.end() && known->second == qos) continue;
    lines += fmt::format("\n  DQOS = {} {}", qos, association_line(*book.association(id)));
  }
  while (lines.ends_with('\n')) lines.pop_back();
  return lines;
}

// Those whose jobs get one of these QOS by themselves, as it is set there; a line each.
std::string with_default_qos(const AccountBook& book, const std::vector<std::string>& names) {
  std::string lines;
  const auto is_named = [&](const std::string& qos) {
    return !qos.empty() && std::ranges::any_of(names, [&](auto& name) { return equal_ignoring_case(name, qos); });
  };
  for (const Association& row : book.associations)
    if (is_named(row.default_qos))
      lines += fmt::format("  DefQOS = {:<10} {}", row.default_qos, association_line(row).substr(2));
  return lines;
}

// Users who would lose their default account on a cluster with these, and keep others there; a line each.
std::string defaults_among(const AccountBook& book, const std::vector<std::uint32_t>& gone) {
  std::string lines;
  const auto goes = [&](const Association& row) { return std::find(gone.begin(), gone.end(), row.id) != gone.end(); };
  for (const Association& row : book.associations) {
    const UserRow* user = row.is_user() && goes(row) ? book.user(row.user) : nullptr;
    if (!user || user->default_in(row.cluster) != row.account) continue;
    const bool keeps = std::ranges::any_of(book.associations, [&](const Association& other) {
      return other.user == row.user && other.cluster == row.cluster && !goes(other);
    });
    if (keeps) lines += fmt::format("\n  DA = {:<10} U = {:<9}", row.account, row.user);
  }
  return lines;
}

// Whether jobs of this QOS could drive out jobs that in turn may drive out them.
bool preempts_itself(const AccountBook& book, const Qos& first) {
  std::vector<std::string> reached = first.preempt;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (reached[i] == first.name) return true;
    const Qos* next = book.find_qos(reached[i]);
    if (!next) continue;
    for (const std::string& name : next->preempt)
      if (!contains(reached, name)) reached.push_back(name);
  }
  return false;
}

}  // namespace

void Execution::modify_associations(const char* title, const std::vector<std::uint32_t>& ids) {
  if (find_term(order_.set, "rawusage") && !check_administrator()) return;
  const bool inherited = std::any_of(order_.set.begin(), order_.set.end(), is_inherited);
  const bool of_qos = find_term(order_.set, "qos") || find_term(order_.set, "defaultqos");
  UnusableDefaults before;
  if (of_qos) before = unusable_defaults(book_);
  if (find_term(order_.set, "defaultqos"))
    for (const std::uint32_t id : ids) before.erase(id);  // it is chosen now
  std::string lines, where;
  for (const std::uint32_t id : ids) {
    Association row = *book_.association(id);
    const bool own_default = chooses_own_default(row);
    if (!own_default && !may_change(row)) return deny();
    for (const Term& term : order_.set)
      if (sets_association(term))
        if (const Status set = assign_term(row, book_, term); !set) return fail_with(text_of(set.error()));
    if (!own_default && !may_give_qos(row)) return deny();
    where += fmt::format("{}id_assoc={}", where.empty() ? "" : " || ", id);
    if (row.is_user() || row.parent.empty())
      lines += association_line(row);
    else
      lines += fmt::format("  C = {:<10} A = {} of {}\n", row.cluster, row.account, row.parent);
    put(book_.associations, row);
    if (!row.is_user() && find_term(order_.set, "rawusage")) reset_usage_below(book_, row);
    if (row.is_user() || !inherited) continue;
    for (const auto& placed : book_.tree(row.cluster)) {
      const Association& below = *placed.association;
      const bool named = std::find(ids.begin(), ids.end(), below.id) != ids.end();
      if (!named && book_.is_below(below, row.account)) lines += association_line(below);
    }
  }
  if (of_qos)
    if (const std::string lost = without_default_qos(book_, before); !lost.empty())
      return fail_with(" Error with request: These associations don't have access to their default qos." + lost +
                       "\n Give them that QOS, or another default: set defaultqos=NAME");
  outcome_.out += fmt::format(" Modified {} associations...\n", title);
  if (lines.empty()) return nothing("  Nothing modified");
  outcome_.out += lines;
  record("Modify Associations", "(" + where + ")", set_text());
}

void Execution::modify_accounts() {
  if (order_.set.empty()) return fail_with(" You didn't give me anything to set");
  const std::vector<std::uint32_t> ids = associations_meant(false);
  if (any_association_term(order_.set)) modify_associations("account", ids);
  if (failed_) return;
  const Term* parent = find_term(order_.set, "parent");
  const bool own = find_term(order_.set, "description") || find_term(order_.set, "organization") || parent;
  if (!own) return;
  std::string lines;
  if ((find_term(order_.set, "description") || find_term(order_.set, "organization")) && !check_operator()) return;
  for (const std::uint32_t id : ids) {
    Association row = *book_.association(id);
    if (!may_change(row)) return deny();
    AccountRow account = *book_.account(row.account);
    if (const Term* term = find_term(order_.set, "description")) account.description = term->value;
    if (const Term* term = find_term(order_.set, "organization")) account.organization = term->value;
    if (parent) {
      const Association* up = book_.find(row.cluster, parent->value);
      if (!up)
        return fail_with(fmt::format(" error: No parent account '{}' on cluster '{}'", parent->value, row.cluster));
      if (book_.is_below(*up, row.account) || row.account == "root")
        return fail_with(
            fmt::format(" error: account {} can not be put under {}, which is below it", row.account, parent->value));
      if (!may_manage(parent->value)) return deny();
      row.parent = parent->value;
    }
    const std::string line = fmt::format("  {}\n", row.account);
    if (lines.find(line) == std::string::npos) lines += line;
    put(book_.accounts, std::move(account));
    put(book_.associations, std::move(row));
  }
  outcome_.out += " Modified accounts...\n";
  if (lines.empty()) return nothing("  Nothing modified");
  outcome_.out += lines;
  record("Modify Accounts", fmt::format("({} accounts)", ids.size()), set_text());
}

void Execution::modify_qos() {
  if (!check_administrator()) return;
  if (order_.set.empty()) return fail_with(" You didn't give me anything to set");
  const std::vector<std::string> names = values_of(order_.where, "names");
  std::string lines;
  const std::vector<Qos> all = book_.qos;
  for (const Qos& known : all) {
    const auto same = [&](const std::string& name) { return equal_ignoring_case(name, known.name); };
    if (!names.empty() && std::none_of(names.begin(), names.end(), same)) continue;
    Qos row = known;
    for (const Term& term : order_.set)
      if (const Status set = assign_term(row, book_, term); !set) return fail_with(text_of(set.error()));
    record("Modify QOS", fmt::format("(name='{}')", row.name), set_text());
    lines += "  " + row.name + "\n";
    put(book_.qos, row);
    if (preempts_itself(book_, row))
      return fail_with(
          fmt::format(" Error with request: QOS Preemption loop detected\n  {} would preempt itself, "
                      "through {}",
                      row.name, join(row.preempt, ",")));
  }
  outcome_.out = " Modified qos...\n";
  if (lines.empty()) return nothing("  Nothing modified");
  outcome_.out += lines;
}

std::vector<std::string> Execution::accounts_meant() const {
  std::vector<std::string> names = values_of(order_.where, "names");
  for (const std::string& name : values_of(order_.where, "accounts")) names.push_back(name);
  if (!has_conditions(order_.where)) return names;
  names.clear();
  for (const std::uint32_t id : associations_meant(false))
    if (const std::string& name = book_.association(id)->account; !contains(names, name)) names.push_back(name);
  return names;
}

void Execution::remove_accounts() {
  if (order_.where.empty()) return fail_with(" No conditions given to remove, not executing.");
  const std::vector<std::string> names = accounts_meant();
  const std::vector<std::string> clusters = values_of(order_.where, "clusters");
  std::string lines;
  for (const std::string& name : names) {
    if (!book_.account(name)) continue;
    const auto may_go = [&](const Association& row) { return row.is_user() || row.account != name || may_change(row); };
    if (clusters.empty() && !check_operator()) return;  // coordinators may take it off a cluster
    if (!may_manage(name) || !std::ranges::all_of(book_.associations, may_go)) return deny();
    if (name == "root") return fail_with(" error: the account root is the top of every tree and stays");
    std::vector<std::uint32_t> gone;
    for (const Association& row : book_.associations)
      if (book_.is_below(row, name) && (clusters.empty() || contains(clusters, row.cluster))) gone.push_back(row.id);
    if (const std::string defaults = defaults_among(book_, gone); !defaults.empty())
      return fail_with(" Error with request: You can not remove the default account of a user" + defaults +
                       "\n Change the default account first, or delete the user: sacctmgr modify user NAME set "
                       "defaultaccount=NAME");
    for (const std::uint32_t id : gone) drop_association(id);
    if (clusters.empty()) {
      std::erase_if(book_.accounts, [&](const AccountRow& row) { return row.name == name; });
      record("Remove Accounts", fmt::format("(name='{}')", name));
    }
    if (clusters.empty() || !gone.empty()) lines += "  " + name + "\n";
  }
  if (lines.empty()) return nothing(" Nothing deleted");
  outcome_.out = (clusters.empty() ? " Deleting accounts...\n" : " Deleting account associations...\n") + lines;
}

void Execution::drop_user(const std::string& name) {
  std::erase_if(book_.users, [&](const UserRow& row) { return row.name == name; });
  std::erase_if(book_.wckeys, [&](const WcKeyRow& row) { return row.user == name; });
  for (AccountRow& row : book_.accounts) std::erase(row.coordinators, name);
  record("Remove Users", fmt::format("(name='{}')", name));
}

// A coordinator: who is in his accounts alone, and has no rights of his own.
bool Execution::may_remove_user(const std::string& name) const {
  if (is_operator()) return true;
  if (book_.user(name)->admin != AdminLevel::none) return false;
  bool any = false;
  for (const Association& row : book_.associations) {
    if (row.user != name) continue;
    if (!may_manage(row.account)) return false;
    any = true;
  }
  return any;
}

void Execution::remove_users() {
  if (order_.where.empty()) return fail_with(" No conditions given to remove, not executing.");
  if (find_term(order_.where, "wckeys")) return remove_user_wckeys();
  const bool only_associations = std::any_of(order_.where.begin(), order_.where.end(), [](const Term& term) {
    return term.key == "accounts" || term.key == "clusters" || term.key == "partitions";
  });
  if (only_associations || has_association_conditions(order_.where)) return remove_user_associations();
  std::string lines;
  for (const std::string& given : users_meant()) {
    const std::string name = lower(given);
    if (!book_.user(name)) continue;
    if (!may_remove_user(name)) return deny();
    if (name == "root") return fail_with(" error: the user root stays");
    std::vector<std::uint32_t> gone;
    for (const Association& row : book_.associations)
      if (row.user == name) gone.push_back(row.id);
    for (const std::uint32_t id : gone) drop_association(id);
    drop_user(name);
    lines += "  " + name + "\n";
  }
  if (lines.empty()) return nothing(" Nothing deleted");
  outcome_.out = " Deleting users...\n" + lines;
}

void Execution::remove_user_associations() {
  std::string lines;
  std::vector<std::string> touched;
  const std::vector<std::uint32_t> ids = associations_meant(true);
  for (const std::uint32_t id : ids) {
    const Association row = *book_.association(id);
    if (!may_manage(row.account)) return deny();
    if (row.user == "root" && row.account == "root") return fail_with(" error: the user root stays");
    drop_association(id);
    if (!contains(touched, row.user)) touched.push_back(row.user);
    lines += association_line(row);
    const bool others = std::ranges::any_of(
        book_.associations, [&](const Association& one) { return one.user == row.user && one.cluster == row.cluster; });
    if (others && book_.user(row.user)->default_in(row.cluster).empty())
      return fail_with(
          fmt::format(" Error with request: You can not remove the default account of a user\n  DA = {:<10} "
                      "U = {:<9}\n Change the default account first: sacctmgr modify user {} set "
                      "defaultaccount=NAME",
                      row.account, row.user, row.user));
  }
  if (lines.empty()) return nothing(" Nothing deleted");
  outcome_.out = " Deleting user associations...\n" + lines + drop_users_without_associations(touched);
}

// With its last association a user goes, too.
std::string Execution::drop_users_without_associations(const std::vector<std::string>& users) {
  std::string lines;
  for (const std::string& name : users) {
    const bool keeps =
        std::ranges::any_of(book_.associations, [&](const Association& one) { return one.user == name; });
    if (keeps || name == "root") continue;
    drop_user(name);
    lines += "  " + name + "\n";
  }
  return lines.empty() ? "" : " Deleting users (No Associations)...\n" + lines;
}

void Execution::remove_coordinators() {
  std::vector<std::string> accounts = values_of(order_.where, "accounts"), users = values_of(order_.where, "users");
  for (const std::string& name : values_of(order_.where, "names")) users.push_back(lower(name));
  std::string lines;
  for (AccountRow row : std::vector<AccountRow>(book_.accounts)) {
    if (!accounts.empty() && !contains(accounts, row.name)) continue;
    const std::vector<std::string> before = row.coordinators;
    for (const std::string& user : before) {
      if (!users.empty() && !contains(users, user)) continue;
      if (!may_manage(row.name)) return deny();
      std::erase(row.coordinators, user);
      record("Remove Account Coordinators", user, row.name);
      lines += fmt::format("  U = {:<9} A = {:<10}\n", user, row.name);
    }
    put(book_.accounts, std::move(row));
  }
  if (lines.empty()) return nothing(" Nothing removed");
  outcome_.out = " Removed Coordinators (sub accounts not listed)...\n" + lines;
}

void Execution::remove_qos() {
  if (!check_administrator()) return;
  const std::vector<std::string> names = values_of(order_.where, "names");
  if (const std::string defaults = with_default_qos(book_, names); !defaults.empty())
    return fail_with(" Associations listed below have these as their Default QOS.\n" + defaults +
                     " Give them another one first: sacctmgr modify user NAME set defaultqos=NAME");
  std::string lines;
  for (const std::string& given : names) {
    const Qos* found = book_.find_qos(given);
    if (!found) continue;
    const std::string name = found->name;
    std::erase_if(book_.qos, [&](const Qos& row) { return row.name == name; });
    for (Qos& row : book_.qos) std::erase(row.preempt, name);
    for (Association& row : book_.associations) {
      std::erase(row.qos, name);
      std::erase(row.qos_changes, "+" + name);
      std::erase(row.qos_changes, "-" + name);
      if (row.default_qos == name) row.default_qos.clear();
    }
    record("Remove QOS", fmt::format("(name='{}')", name));
    lines += "  " + name + "\n";
  }
  if (lines.empty()) return nothing("  Nothing deleted");
  outcome_.out = " Deleting QOS(s)...\n" + lines;
}

}  // namespace slurmxx
