// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The reports over clusters, accounts and users.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "commands/sreport/report.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Seconds64 = std::vector<std::uint64_t>;  // by TRES of the report

struct Use {
  std::string account;
  std::string user;
  Seconds64 seconds;
};

void add(Seconds64& sum, const Seconds64& more) {
  sum.resize(std::max(sum.size(), more.size()));
  for (std::size_t i = 0; i < more.size(); ++i) sum[i] += more[i];
}

// A row for each TRES.
void append(const Report& report, ReportRow row, const Seconds64& seconds, std::vector<ReportRow>& rows) {
  for (std::size_t i = 0; i < report.tres().size(); ++i) {
    row.tres = report.tres()[i];
    row.used = i < seconds.size() ? seconds[i] : 0;
    rows.push_back(row);
  }
}

// Every account, or those that are asked for, with its users and the accounts below it. Where users are named it is
// them alone: their use is not that of their accounts.
class AccountTree {
 public:
  AccountTree(const Report& report, const std::string& cluster) : report_(report), cluster_(cluster) {
    for (const UsedRow& row : report.summary().rows) {
      if (row.cluster != cluster) continue;
      add(users_[row.account][row.user], row.seconds);
      add_up(row.account, row.seconds);
    }
  }

  void append_to(std::vector<ReportRow>& rows) const {
    const bool named_users = !report_.terms().users.empty();
    std::set<std::string> told;
    std::optional<int> top;  // the depth of the account asked for that the others are below
    for (const AccountBook::Placed& placed : report_.book().tree(cluster_)) {
      const std::string& account = placed.association->account;
      if (placed.association->is_user() || !told.insert(account).second) continue;
      if (named_users) {
        if (is_asked_for(account)) append_users(account, "", rows);
        continue;
      }
      if (top && placed.depth <= *top) top.reset();
      if (!top && is_asked_for(account)) top = placed.depth;
      if (top) append_account(account, placed.depth - *top, rows);
    }
    for (const auto& [account, users] : users_)  // of which the tree knows nothing any more
      if (!told.contains(account) && is_asked_for(account))
        named_users ? append_users(account, "", rows) : append_account(account, 1, rows);
  }

 private:
  void add_up(const std::string& account, const Seconds64& seconds) {
    const std::string top = "root";
    std::set<std::string> on_the_way;  // and no way around in circles
    std::string at = account;
    while (on_the_way.insert(at).second) {
      add(sums_[at], seconds);
      const Association* association = report_.book().find(cluster_, at);
      if (at == top || !association || association->parent.empty()) break;
      at = association->parent;
    }
    if (!on_the_way.contains(top)) add(sums_[top], seconds);
  }

  bool is_asked_for(const std::string& account) const {
    const auto& wanted = report_.terms().accounts;
    return wanted.empty() || contains(wanted, account);
  }

  void append_account(const std::string& account, int depth, std::vector<ReportRow>& rows) const {
    const auto sum = sums_.find(account);
    if (sum == sums_.end()) return;
    const auto indent = [&](int by) {
      return std::string(report_.terms().tree ? static_cast<std::size_t>(std::max(by, 0)) : 0, ' ');
    };
    append(report_, {cluster_, indent(depth) + account, "", "", "", 0, nullptr}, sum->second, rows);
    append_users(account, indent(depth + 1), rows);
  }

  void append_users(const std::string& account, const std::string& indent, std::vector<ReportRow>& rows) const {
    const auto users = users_.find(account);
    if (users == users_.end()) return;
    for (const auto& [user, seconds] : users->second)
      append(report_, {cluster_, indent + account, user, report_.proper_name(user), "", 0, nullptr}, seconds, rows);
  }

  const Report& report_;
  const std::string cluster_;
  std::map<std::string, std::map<std::string, Seconds64>> users_;  // by account
  std::map<std::string, Seconds64> sums_;
};

// The largest first, by the first TRES.
std::vector<Use> users_by_use(const Report& report, const std::string& cluster) {
  const ReportTerms& terms = report.terms();
  std::map<std::pair<std::string, std::string>, Use> by_name;
  for (const UsedRow& row : report.summary().rows) {
    if (row.cluster != cluster || (!terms.accounts.empty() && !contains(terms.accounts, row.account))) continue;
    Use& use = by_name[{row.user, terms.group_accounts ? "" : row.account}];
    use.user = row.user;
    use.account += (use.account.empty() ? "" : ",") + row.account;
    add(use.seconds, row.seconds);
  }
  std::vector<Use> uses;
  for (auto& [name, use] : by_name) uses.push_back(std::move(use));
  std::ranges::stable_sort(uses, std::greater(), [](const Use& use) { return use.seconds.front(); });
  return uses;
}

Result<std::string> list_users(const Report& report, const std::string& title, std::size_t most) {
  std::vector<ReportRow> rows;
  for (const std::string& cluster : report.clusters()) {
    std::vector<Use> uses = users_by_use(report, cluster);
    if (uses.size() > most) uses.resize(most);
    for (const Use& use : uses)
      append(report, {cluster, use.account, use.user, report.proper_name(use.user), "", 0, nullptr}, use.seconds, rows);
  }
  TRY_ASSIGN(const std::string table,
             print_rows(report, "cluster,login,propername,accounts,tresname,used,energy", rows));
  return report.title(title, report.units(), true) + table;
}

}  // namespace

Result<std::string> cluster_utilization(const Report& report) {
  std::vector<ReportRow> rows;
  for (const ClusterUsage& one : report.summary().clusters)
    rows.push_back({one.cluster, "", "", "", one.tres, one.use.allocated, &one});
  TRY_ASSIGN(const std::string table,
             print_rows(report, "cluster,tresname,allocated,down,planneddown,idle,planned,reported", rows));
  return report.title("Cluster Utilization", report.units(), false) + table;
}

Result<std::string> account_utilization_by_user(const Report& report) {
  std::vector<ReportRow> rows;
  for (const std::string& cluster : report.clusters()) AccountTree(report, cluster).append_to(rows);
  TRY_ASSIGN(const std::string table,
             print_rows(report, "cluster,accounts,login,propername,tresname,used,energy", rows));
  return report.title("Cluster/Account/User Utilization", report.units(), true) + table;
}

Result<std::string> user_utilization_by_account(const Report& report) {
  return list_users(report, "Cluster/User/Account Utilization", std::string::npos);
}

Result<std::string> account_utilization_by_qos(const Report& report) {
  std::vector<ReportRow> rows;
  const auto& accounts = report.terms().accounts;
  for (const UsedRow& row : report.summary().rows)
    if (accounts.empty() || contains(accounts, row.account))
      append(report, {row.cluster, row.account, "", "", "", 0, nullptr, row.qos, ""}, row.seconds, rows);
  TRY_ASSIGN(const std::string table, print_rows(report, "cluster,accounts,qos,tresname,used,energy", rows));
  return report.title("Cluster/Account/QOS Utilization", report.units(), true) + table;
}

Result<std::string> user_utilization_by_wckey(const Report& report) {
  std::vector<UsedRow> used = report.summary().rows;
  std::ranges::stable_sort(used, {}, [](const UsedRow& row) { return std::tuple(row.cluster, row.user, row.wckey); });
  std::vector<ReportRow> rows;
  for (const UsedRow& row : used)
    append(report, {row.cluster, "", row.user, report.proper_name(row.user), "", 0, nullptr, "", row.wckey},
           row.seconds, rows);
  TRY_ASSIGN(const std::string table, print_rows(report, "cluster,login,propername,wckeys,tresname,used", rows));
  return report.title("Cluster/User/WCKey Utilization", report.units(), true) + table;
}

// Each key as a whole, then by user.
Result<std::string> wckey_utilization_by_user(const Report& report) {
  std::map<std::pair<std::string, std::string>, std::map<std::string, Seconds64>> keys;
  for (const UsedRow& row : report.summary().rows) add(keys[{row.cluster, row.wckey}][row.user], row.seconds);
  std::vector<ReportRow> rows;
  for (const auto& [key, users] : keys) {
    Seconds64 sum;
    for (const auto& [user, seconds] : users) add(sum, seconds);
    append(report, {key.first, "", "", "", "", 0, nullptr, "", key.second}, sum, rows);
    for (const auto& [user, seconds] : users)
      append(report, {key.first, "", user, report.proper_name(user), "", 0, nullptr, "", key.second}, seconds, rows);
  }
  TRY_ASSIGN(const std::string table, print_rows(report, "cluster,wckeys,login,propername,tresname,used", rows));
  return report.title("Cluster/WCKey/User Utilization", report.units(), true) + table;
}

Result<std::string> top_usage(const Report& report) {
  const std::uint64_t most = report.terms().top_count;
  return list_users(report, fmt::format("Top {} Users", most), most);
}

}  // namespace slurmxx
