// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr add wckey, and the wckeys of users.
#include <fmt/format.h>

#include <algorithm>

#include "core/accounting/execution.h"
#include "core/text/words.h"

namespace slurmxx {

bool Execution::add_wckey(const std::string& name, const std::string& cluster, const std::string& user) {
  const bool there = std::any_of(book_.wckeys.begin(), book_.wckeys.end(), [&](const WcKeyRow& row) {
    return row.name == name && row.user == user && row.cluster == cluster;
  });
  if (there) return false;
  WcKeyRow row{book_.next_other++, name, cluster, user, false};
  record("Add WCKeys", fmt::format("id_wckey={}", row.id), wckey_line(row).substr(2), cluster);
  wckeys_text_ += wckey_line(row);
  put(book_.wckeys, std::move(row));
  return true;
}

void Execution::add_user_wckeys(const std::string& user) {
  for (const std::string& key : values_of(order_.set, "wckeys"))
    for (const std::string& cluster : clusters_meant()) add_wckey(key, cluster, user);
}

void Execution::add_wckeys() {
  if (!check_operator()) return;
  const std::vector<std::string> names = values_of(order_.set, "names"), users = values_of(order_.set, "users");
  if (names.empty()) return fail_with(" Need name of wckey to add.");
  if (users.empty()) return fail_with(" Need name of the user that the wckey is for: add wckey NAME user=USER");
  const std::vector<std::string> clusters = clusters_meant();
  if (failed_) return;
  for (const std::string& user : users)
    if (!book_.user(user)) return fail_with(fmt::format(" You specified a non-existent user '{}'.", user));
  for (const std::string& name : names)
    for (const std::string& user : users)
      for (const std::string& cluster : clusters) add_wckey(name, cluster, user);
  if (wckeys_text_.empty()) return nothing(" Nothing new added.");
  outcome_.out = " WCKeys =\n" + wckeys_text_;
}

void Execution::remove_user_wckeys() {
  if (!check_operator()) return;
  const Terms& where = order_.where;
  const std::vector<std::string> keys = values_of(where, "wckeys"), clusters = values_of(where, "clusters");
  std::vector<std::string> users = values_of(where, "names");
  for (const std::string& name : values_of(where, "users")) users.push_back(name);
  const auto meant = [](const std::vector<std::string>& names, const std::string& name) {
    return names.empty() || contains(names, name);
  };
  std::string lines;
  for (const WcKeyRow& row : std::vector<WcKeyRow>(book_.wckeys)) {
    if (!contains(keys, row.name) || !meant(users, row.user) || !meant(clusters, row.cluster)) continue;
    std::erase_if(book_.wckeys, [&](const WcKeyRow& one) { return one.id == row.id; });
    for (UserRow& user : book_.users)
      if (user.name == row.user && user.default_wckey == row.name) user.default_wckey.clear();
    record("Remove WCKeys", fmt::format("id_wckey='{}'", row.id), {}, row.cluster);
    lines += wckey_line(row);
  }
  if (lines.empty()) return nothing(" Nothing deleted");
  outcome_.out = " Deleting user WCKeys...\n" + lines;
}

}  // namespace slurmxx
