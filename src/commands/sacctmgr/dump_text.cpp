// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sacctmgr/dump_text.h"

#include <map>

#include <fmt/format.h>

#include "core/accounting/execution.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {

const char* const dump_preamble =
    "# To edit this file start with a cluster line for the new cluster\n"
    "# Cluster - 'cluster_name':MaxTRESPerJob=node=50\n"
    "# Followed by Accounts you want in this fashion (root is created by default)...\n"
    "# Parent - 'root'\n"
    "# Account - "
    "'cs':MaxTRESPerJob=node=5:MaxJobs=4:MaxTRESMinsPerJob=cpu=20:FairShare=399:MaxWallDurationPerJob=40:Description='"
    "Computer Science':Organization='LC'\n"
    "# Any of the options after a ':' can be left out and they can be in any order.\n"
    "# If you want to add any sub accounts just list the Parent THAT HAS ALREADY\n"
    "# BEEN CREATED before the account line in this fashion...\n"
    "# Parent - 'cs'\n"
    "# Account - "
    "'test':MaxTRESPerJob=node=1:MaxJobs=1:MaxTRESMinsPerJob=cpu=1:FairShare=1:MaxWallDurationPerJob=1:Description='"
    "Test "
    "Account':Organization='Test'\n"
    "# To add users to a account add a line like this after a Parent - 'line'\n"
    "# User - 'lipari':MaxTRESPerJob=node=2:MaxJobs=3:MaxTRESMinsPerJob=cpu=4:FairShare=1:MaxWallDurationPerJob=1\n";

namespace {

std::string limits_text(const LimitSet& limits) {
  std::string text;
  for (const LimitRow& row : limit_rows())
    if (limits.has(row.kind)) text += fmt::format(":{}={}", split(row.spellings, '|').back(), limits.text(row.kind));
  return text;
}

std::string association_text(const Association& row) {
  std::string text = fmt::format(":Fairshare={}", row.shares_of_parent ? "parent" : std::to_string(row.shares));
  text += limits_text(row.limits);
  if (row.priority) text += fmt::format(":Priority={}", *row.priority);
  if (!row.default_qos.empty()) text += fmt::format(":DefaultQOS='{}'", row.default_qos);
  if (!row.qos.empty()) text += fmt::format(":QOS='{}'", join(row.qos, ","));
  if (!row.qos_changes.empty()) text += fmt::format(":QOS='{}'", join(row.qos_changes, ","));
  return text;
}

std::string qos_text(const Qos& row) {
  std::string text = fmt::format("QOS - '{}':Description='{}'", row.name, row.description);
  if (!row.flags.empty()) text += fmt::format(":Flags='{}'", join(row.flags, ","));
  if (row.grace_time.value != 0) text += fmt::format(":GraceTime={}", row.grace_time.value);
  text += limits_text(row.limits);
  if (!row.preempt.empty()) text += fmt::format(":Preempt='{}'", join(row.preempt, ","));
  if (!row.preempt_mode.empty()) text += fmt::format(":PreemptMode='{}'", row.preempt_mode);
  if (row.preempt_exempt_time) text += fmt::format(":PreemptExemptTime={}", duration_long(*row.preempt_exempt_time));
  if (row.priority != 0) text += fmt::format(":Priority={}", row.priority);
  if (row.limit_factor) text += ":LimitFactor=" + millionths_text(*row.limit_factor);
  if (row.usage_factor != 1'000'000) text += ":UsageFactor=" + millionths_text(row.usage_factor);
  if (row.usage_threshold) text += ":UsageThreshold=" + millionths_text(*row.usage_threshold);
  return text;
}

std::string coordinated_by(const AccountBook& book, const std::string& user) {
  std::vector<std::string> accounts;
  for (const AccountRow& row : book.accounts)
    if (contains(row.coordinators, user)) accounts.push_back(row.name);
  return join(accounts, ",");
}

std::string wckeys_of(const AccountBook& book, const Association& row) {
  std::vector<std::string> keys;
  for (const WcKeyRow& key : book.wckeys)
    if (key.user == row.user && key.cluster == row.cluster) keys.push_back(key.name);
  return join(keys, ",");
}

std::string account_text(const AccountBook& book, const Association& row) {
  std::string text = fmt::format("Account - '{}'", row.account);
  if (const AccountRow* account = book.account(row.account))
    text += fmt::format(":Description='{}':Organization='{}'", account->description, account->organization);
  return text + association_text(row);
}

std::string user_text(const AccountBook& book, const Association& row) {
  std::string text = fmt::format("User - '{}'", row.user);
  if (!row.partition.empty()) text += fmt::format(":Partition='{}'", row.partition);
  if (const UserRow* user = book.user(row.user)) {
    if (const std::string& usual = user->default_in(row.cluster); !usual.empty())
      text += fmt::format(":DefaultAccount='{}'", usual);
    if (user->admin != AdminLevel::none) text += fmt::format(":AdminLevel='{}'", admin_level_text(user->admin));
    if (const auto keys = wckeys_of(book, row); !keys.empty()) text += fmt::format(":WCKeys='{}'", keys);
    if (!user->default_wckey.empty()) text += fmt::format(":DefaultWCKey='{}'", user->default_wckey);
    if (const auto led = coordinated_by(book, row.user); !led.empty()) text += fmt::format(":Coordinator='{}'", led);
  }
  return text + association_text(row);
}

}  // namespace

std::vector<std::string> dump_lines(const AccountBook& book, const std::string& cluster) {
  std::vector<std::string> head;
  for (const Qos& row : book.qos) head.push_back(qos_text(row));
  const std::string& kind = book.cluster(cluster)->classification;
  head.push_back(fmt::format("Cluster - '{}'{}{}", cluster,
                             kind.empty() ? "" : fmt::format(":Classification='{}'", kind),
                             association_text(*book.find(cluster, "root"))));
  std::vector<std::string> lines{join(head, "\n")};
  const std::vector<AccountBook::Placed> tree = book.tree(cluster);
  std::map<std::string, std::vector<const Association*>> below;
  for (const auto& [row, depth] : tree) below[row->is_user() ? row->account : row->parent].push_back(row);
  for (const auto& [row, depth] : tree) {
    const auto part = row->is_user() ? below.end() : below.find(row->account);
    if (part == below.end()) continue;
    lines.push_back(fmt::format("Parent - '{}'", row->account));
    for (const Association* one : part->second)
      lines.push_back(one->is_user() ? user_text(book, *one) : account_text(book, *one));
  }
  return lines;
}

}  // namespace slurmxx
