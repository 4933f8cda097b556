// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr add ...
#include <fmt/format.h>

#include <algorithm>

#include "core/accounting/execution.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr const char* nothing_added =
    "Nothing added.\nMake sure the accounts requested here have been added to the system/cluster. "
    "(sacctmgr add account...)";

std::string value_or(const Terms& terms, std::string_view key, std::string usual) {
  const Term* term = find_term(terms, key);
  return term ? term->value : std::move(usual);
}

}  // namespace

void Execution::add_accounts() {
  const Terms& terms = order_.set;
  const std::vector<std::string> names = values_of(terms, "names");
  const std::string parent = value_or(terms, "parent", "root");
  if (!may_manage(parent)) return fail_with(" error: Only admins/operators/coordinators can add accounts");
  if (names.empty()) return fail_with(" Need name of account to add.");
  const std::vector<std::string> clusters = clusters_meant();
  if (failed_) return;
  for (const std::string& cluster : clusters)
    if (!book_.find(cluster, parent))
      return fail_with(fmt::format(" error: No parent account '{}' on cluster '{}'", parent, cluster));
  std::string added, existing;
  for (const std::string& name : names) {
    if (!book_.account(name)) {
      const std::string above = parent == "root" ? name : parent;
      put(book_.accounts,
          AccountRow{name, value_or(terms, "description", name), value_or(terms, "organization", above), {}});
      record("Add Accounts", name, set_text());
      added += "  " + name + "\n";
    }
    existing += add_account_associations(name, clusters);
  }
  if (failed_) return;
  if (added.empty() && associations_text_.empty()) {
    existing.pop_back();
    return nothing(existing);
  }
  if (!added.empty())
    outcome_.out += fmt::format(" Adding Account(s)\n{} Settings\n  {:<15} = {}\n  {:<15} = {}\n", added, "Description",
                                value_or(terms, "description", "Account Name"), "Organization",
                                value_or(terms, "organization", "Parent/Account Name"));
  if (associations_text_.empty()) return;
  const Association& last = book_.associations.back();
  outcome_.out +=
      fmt::format(" Associations =\n{} Settings\n{}", associations_text_, association_settings(terms, last));
}

// Tells of those that are there already.
std::string Execution::add_account_associations(const std::string& name, const std::vector<std::string>& clusters) {
  std::string existing;
  for (const std::string& cluster : clusters) {
    if (book_.find(cluster, name)) {
      existing += fmt::format(" Already existing account {} on cluster {}\n", name, cluster);
      continue;
    }
    Association row;
    row.cluster = cluster;
    row.account = name;
    row.parent = value_or(order_.set, "parent", "root");
    for (const Term& term : order_.set)
      if (sets_association(term))
        if (const Status set = assign_term(row, book_, term); !set) return fail_with(text_of(set.error())), "";
    if (!may_give_qos(row)) return deny(), "";
    associations_text_ += association_line(row);
    add_association(std::move(row));
  }
  return existing;
}

// The level that is asked for, if the actor may give it.
std::optional<AdminLevel> Execution::level_to_give(const Term* term) {
  if (!term) return AdminLevel::none;
  const auto level = parse_admin_level(term->value);
  if (!level) return fail_with(text_of(level.error())), std::nullopt;
  if (*level > actor_.level) return deny(), std::nullopt;
  return *level;
}

void Execution::add_users() {
  const Terms& terms = order_.set;
  const std::vector<std::string> names = values_of(terms, "names");
  if (names.empty()) return fail_with(" Need name of user to add.");
  if (!is_operator()) {
    const std::vector<std::string> accounts = values_of(terms, "accounts");
    const bool all = !accounts.empty() && std::all_of(accounts.begin(), accounts.end(),
                                                      [&](const std::string& name) { return may_manage(name); });
    if (!all || find_term(terms, "adminlevel"))
      return fail_with(" error: Only admins/operators/coordinators can add users");
  }
  const auto level = level_to_give(find_term(terms, "adminlevel"));
  if (!level) return;
  std::string added;
  for (const std::string& name : names) {
    if (add_user(lower(name), *level)) added += "  " + lower(name) + "\n";
    if (failed_) return;
  }
  if (outcome_.transactions.empty()) {
    if (outcome_.out.empty()) outcome_.out = "Request didn't affect anything\n";
    return nothing(nothing_added);
  }
  tell_users(added, *level);
}

// Whether he is new, and was put somewhere.
bool Execution::add_user(const std::string& name, AdminLevel level) {
  const bool is_new = !book_.user(name);
  if (is_new) put(book_.users, UserRow{name, level, "", ""});
  const std::size_t before = outcome_.transactions.size();
  if (is_new) record("Add Users", name, set_text());
  add_user_associations(name);
  if (is_new && !failed_ && outcome_.transactions.size() == before + 1) {
    std::erase_if(book_.users, [&](const UserRow& row) { return row.name == name; });
    outcome_.transactions.pop_back();
    return false;
  }
  if (!failed_) add_user_wckeys(name);
  return is_new;
}

void Execution::tell_users(const std::string& added, AdminLevel level) {
  const Terms& terms = order_.set;
  if (!added.empty()) {
    outcome_.out += fmt::format(" Adding User(s)\n{} Settings\n", added);
    if (const Term* term = find_term(terms, "defaultaccount"))
      outcome_.out += fmt::format("  {:<15} = {}\n", "Default Account", term->value);
    if (level != AdminLevel::none)
      outcome_.out += fmt::format("  {:<15} = {}\n", "Admin Level", admin_level_text(level));
  }
  if (!associations_text_.empty()) outcome_.out += " Associations =\n" + associations_text_;
  if (!wckeys_text_.empty()) outcome_.out += " WCKeys =\n" + wckeys_text_;
  if (associations_text_.empty()) return;
  const std::string settings = association_settings(terms, book_.associations.back());
  if (!settings.empty()) outcome_.out += " Non Default Settings\n" + settings;
}

void Execution::add_user_associations(const std::string& user) {
  const Terms& terms = order_.set;
  std::vector<std::string> accounts = values_of(terms, "accounts");
  const std::string usual = value_or(terms, "defaultaccount", "");
  if (!usual.empty() && !contains(accounts, usual)) accounts.push_back(usual);
  std::vector<std::string> partitions = values_of(terms, "partitions");
  if (partitions.empty()) partitions.emplace_back();
  for (const std::string& cluster : clusters_meant()) {
    const bool had_none = !has_default(user, cluster);  // then the first by name is it
    std::string first;
    bool made_usual = false;
    for (const std::string& account : accounts) {
      if (failed_) return;
      if (!book_.find(cluster, account)) {
        outcome_.out += fmt::format("No account {} on cluster {}, skipping.\n", account, cluster);
        continue;
      }
      for (const std::string& partition : partitions) {
        if (book_.find(cluster, account, user, partition)) continue;
        if (!add_user_association(user, {cluster, account, partition})) return;
        if (first.empty() || account < first) first = account;
        made_usual = made_usual || account == usual;
      }
    }
    if (!made_usual && (first.empty() || !had_none)) continue;
    UserRow known = *book_.user(user);
    known.set_default_in(cluster, made_usual ? usual : first);
    put(book_.users, std::move(known));
  }
}

bool Execution::add_user_association(const std::string& user, const UserPlace& place) {
  Association row;
  row.cluster = place.cluster;
  row.account = place.account;
  row.user = user;
  row.partition = place.partition;
  for (const Term& term : order_.set)
    if (sets_association(term))
      if (const Status set = assign_term(row, book_, term); !set) return fail_with(text_of(set.error())), false;
  if (!may_give_qos(row)) return deny(), false;
  associations_text_ += association_line(row);
  add_association(std::move(row));
  return true;
}

void Execution::add_qos() {
  if (!check_administrator()) return;
  const std::vector<std::string> names = values_of(order_.set, "names");
  if (names.empty()) return fail_with(" Need name of qos to add.");
  std::string added;
  Qos last;
  for (const std::string& name : names) {
    if (book_.find_qos(name)) continue;
    Qos row;
    row.name = lower(name);
    row.description = name;
    for (const Term& term : order_.set)
      if (const Status set = assign_term(row, book_, term); !set) return fail_with(text_of(set.error()));
    row.id = book_.next_qos++;
    record("Add QOS", row.name, set_text());
    added += "  " + row.name + "\n";
    last = row;
    put(book_.qos, std::move(row));
  }
  if (added.empty()) return nothing(" Nothing new added.");
  outcome_.out = fmt::format(" Adding QOS(s)\n{} Settings\n{}", added, qos_settings(last));
}

void Execution::add_clusters() {
  if (!check_administrator()) return;
  const std::vector<std::string> names = values_of(order_.set, "names");
  if (names.empty()) return fail_with(" Need name of cluster to add.");
  std::string added;
  for (const std::string& name : names) {
    if (!add_cluster(lower(name))) {
      outcome_.out += fmt::format(" This cluster {} already exists.  Not adding.\n", name);
      continue;
    }
    added += fmt::format("  {:<14} = {}\n", "Name", lower(name));
    ClusterRow cluster = *book_.cluster(lower(name));
    if (!modify_cluster(cluster)) return;
    put(book_.clusters, std::move(cluster));
    Association top = *book_.find(lower(name), "root");
    for (const Term& term : order_.set)
      if (sets_association(term))
        if (const Status set = assign_term(top, book_, term); !set) return fail_with(text_of(set.error()));
    put(book_.associations, std::move(top));
  }
  if (added.empty()) return nothing(" Nothing new added.");
  outcome_.out += " Adding Cluster(s)\n" + added;
}

void Execution::add_coordinators() {
  const Terms& terms = order_.set;
  std::vector<std::string> accounts = values_of(terms, "accounts"), users = values_of(terms, "users");
  for (const std::string& name : values_of(terms, "names")) users.push_back(name);
  if (accounts.empty() || users.empty())
    return fail_with(" You need to specify an account and a user: account= names=");
  for (const std::string& account : accounts) {
    if (!book_.account(account)) return fail_with(fmt::format(" You specified a non-existent account '{}'.", account));
    if (!may_manage(account)) return fail_with(" error: Only admins/operators/coordinators can add coordinators");
  }
  for (const std::string& user : users)
    if (!book_.user(lower(user))) return fail_with(fmt::format(" You specified a non-existent user '{}'.", user));
  bool added = false;
  for (const std::string& name : accounts) {
    AccountRow row = *book_.account(name);
    for (const std::string& user : users)
      if (!contains(row.coordinators, lower(user))) {
        row.coordinators.push_back(lower(user));
        record("Add Account Coordinators", lower(user), name);
        added = true;
      }
    std::sort(row.coordinators.begin(), row.coordinators.end());
    put(book_.accounts, std::move(row));
  }
  if (!added) return nothing(" Nothing new added.");
  outcome_.out = " Adding Coordinator User(s)\n";
  for (const std::string& user : users) outcome_.out += "  " + lower(user) + "\n";
  outcome_.out += " To Account(s) and all sub-accounts\n";
  for (const std::string& account : accounts) outcome_.out += "  " + account + "\n";
}

}  // namespace slurmxx
