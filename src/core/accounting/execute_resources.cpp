// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// sacctmgr add, modify and delete of resources that clusters share, and of the wckeys of users.
#include <fmt/format.h>

#include <algorithm>

#include "core/accounting/execution.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

std::string name_at_server(const ResourceRow& row) { return fmt::format("{}@{}", row.name, row.server); }

std::string share_text(const ResourceRow& row, const ResourceShare& share) {
  return fmt::format("   Cluster - {}\t{}{}\n", share.cluster, share.allowed, row.is_absolute() ? "" : "%");
}

bool is_meant(const Terms& where, const ResourceRow& row) {
  const std::vector<std::string> names = values_of(where, "names"), servers = values_of(where, "server");
  return (names.empty() || contains(names, row.name)) && (servers.empty() || contains(servers, row.server));
}

}  // namespace

// What the clusters may use together is not more than there is.
bool Execution::check_shares(const ResourceRow& row) {
  if (row.allocated() <= row.whole()) return true;
  std::string line = fmt::format(
      " error: You can not allocate more than {} of a resource\n If change was accepted it would look like "
      "this...\n  {}\n",
      row.is_absolute() ? fmt::format("the {}", row.count) : "100%", name_at_server(row));
  for (const ResourceShare& share : row.shares) line += share_text(row, share);
  fail_with(line + fmt::format("   total\t\t{}{}", row.allocated(), row.is_absolute() ? "" : "%"));
  return false;
}

// What was added: the resource itself, clusters that may use it.
std::string Execution::add_resource(const std::string& name, const std::vector<std::string>& clusters) {
  const Term* server = find_term(order_.set, "server");
  ResourceRow row;
  row.name = row.description = name;
  row.server = server ? server->value : "slurmdb";
  const auto known = std::find_if(book_.resources.begin(), book_.resources.end(), [&](const ResourceRow& one) {
    return one.name == row.name && one.server == row.server;
  });
  const bool is_new = known == book_.resources.end();
  if (!is_new) row = *known;
  if (is_new && !find_term(order_.set, "type"))
    return fail_with(fmt::format(" Need to designate a resource type to initially add '{}': type=license", name)), "";
  std::uint32_t allowed = 0;
  for (const Term& term : order_.set) {
    if (term.key == "allowed") {
      const auto number = parse_natural(term.value, {0, UINT32_MAX});
      if (!number) return fail_with(fmt::format(" Bad value for Allowed: {}", term.value)), "";
      allowed = static_cast<std::uint32_t>(*number);
    } else if (is_new) {
      if (const Status set = assign_term(row, term); !set) return fail_with(text_of(set.error())), "";
    }
  }
  std::string added;
  for (const std::string& cluster : clusters) {
    if (row.share_of(cluster)) continue;
    row.shares.push_back({cluster, allowed});
    added += share_text(row, row.shares.back());
  }
  if (!is_new && added.empty()) return "";
  if (!check_shares(row)) return "";
  if (is_new) row.id = book_.next_other++;
  if (is_new) row.last_update = now_;
  record("Add Resource", name_at_server(row), set_text());
  put(book_.resources, row);
  return fmt::format("  {}\n{}", name_at_server(row), added);
}

void Execution::add_resources() {
  if (!check_administrator()) return;
  const std::vector<std::string> names = values_of(order_.set, "names");
  if (names.empty()) return fail_with(" Need name of resource to add.");
  std::vector<std::string> clusters;
  if (find_term(order_.set, "clusters")) clusters = clusters_meant();
  std::string added;
  for (const std::string& name : names) {
    if (failed_) return;
    added += add_resource(name, clusters);
  }
  if (failed_) return;
  if (added.empty()) return nothing(" Nothing new added.");
  const ResourceRow* last = nullptr;
  for (const ResourceRow& row : book_.resources)
    if (row.name == names.back()) last = &row;
  outcome_.out = fmt::format(" Adding Resource(s)\n{} Settings\n{}", added, resource_settings(*last));
}

// The lines that tell of it; allowed= is of the clusters that are named, or of all that have it.
std::string Execution::modify_resource(ResourceRow row) {
  const std::vector<std::string> clusters = values_of(order_.where, "clusters");
  bool own = false;
  for (const Term& term : order_.set) {
    if (term.key == "allowed") {
      const auto number = parse_natural(term.value, {0, UINT32_MAX});
      if (!number) return fail_with(fmt::format(" Bad value for Allowed: {}", term.value)), "";
      for (ResourceShare& share : row.shares)
        if (clusters.empty() || contains(clusters, share.cluster)) share.allowed = static_cast<std::uint32_t>(*number);
      continue;
    }
    own = true;
    if (const Status set = assign_term(row, term); !set) return fail_with(text_of(set.error())), "";
    if (term.key == "lastconsumed") row.last_update = now_;
  }
  if (!check_shares(row)) return "";
  std::string lines = own ? fmt::format("  {}\n", name_at_server(row)) : "";
  for (const ResourceShare& share : row.shares)
    if (clusters.empty() || contains(clusters, share.cluster))
      lines += fmt::format("  Cluster - {}\t- {}\n", share.cluster, name_at_server(row));
  if (lines.empty()) return "";
  record("Modify Resource", fmt::format("(name='{}')", row.name), set_text());
  put(book_.resources, std::move(row));
  return lines;
}

void Execution::modify_resources() {
  if (!check_administrator()) return;
  if (order_.set.empty()) return fail_with(" You didn't give me anything to set");
  std::string lines;
  for (const ResourceRow& row : std::vector<ResourceRow>(book_.resources)) {
    if (is_meant(order_.where, row)) lines += modify_resource(row);
    if (failed_) return;
  }
  outcome_.out = " Modified server resource ...\n";
  if (lines.empty()) return nothing("  Nothing modified");
  outcome_.out += lines;
}

void Execution::remove_resources() {
  if (!check_administrator()) return;
  if (order_.where.empty()) return fail_with(" No conditions given to remove, not executing.");
  const std::vector<std::string> clusters = values_of(order_.where, "clusters");
  std::string lines;
  for (ResourceRow row : std::vector<ResourceRow>(book_.resources)) {
    if (!is_meant(order_.where, row)) continue;
    if (clusters.empty()) {
      std::erase_if(book_.resources, [&](const ResourceRow& one) { return one.id == row.id; });
      record("Remove Resource", fmt::format("(name='{}')", row.name));
      lines += fmt::format("  {}\n", name_at_server(row));
      continue;
    }
    for (const std::string& cluster : clusters) {
      if (std::erase_if(row.shares, [&](const ResourceShare& share) { return share.cluster == cluster; }) == 0)
        continue;
      record("Remove Cluster Resource", fmt::format("(name='{}')", row.name), {}, cluster);
      lines += fmt::format("  Cluster - {}\t- {}\n", cluster, name_at_server(row));
    }
    put(book_.resources, std::move(row));
  }
  if (lines.empty()) return nothing(" Nothing deleted");
  outcome_.out = " Deleting resource(s)...\n" + lines;
}

bool Execution::add_wckey(const std::string& name, const std::string& cluster, const std::string& user) {
  const bool there = std::any_of(book_.wckeys.begin(), book_.wckeys.end(), [&](const WcKeyRow& row) {
    return row.name == name && row.user == user && row.cluster == cluster;
  });
  if (there) return false;
  WcKeyRow row{book_.next_other++, name, cluster, user, false};
  record("Add WCKeys", fmt::format("id_wckey={}", row.id), wckey_line(row).substr(2), cluster);
  wckeys_text_ += wckey_line(row);
  put(book_.wckeys, std::move(row));
  UserRow of = *book_.user(user);
  if (of.default_wckey.empty()) {
    of.default_wckey = name;
    put(book_.users, std::move(of));
  }
  return true;
}

void Execution::add_user_wckeys(const std::string& user) {
  const Term* usual = find_term(order_.set, "defaultwckey");
  std::vector<std::string> keys = values_of(order_.set, "wckeys");
  if (usual && !usual->value.empty() && !contains(keys, usual->value)) keys.push_back(usual->value);
  for (const std::string& key : keys)
    for (const std::string& cluster : clusters_meant()) add_wckey(key, cluster, user);
  if (!usual || usual->value.empty()) return;
  UserRow row = *book_.user(user);
  row.default_wckey = usual->value;
  put(book_.users, std::move(row));
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
