// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sacctmgr/load_report.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "cli/ruled_table.h"
#include "core/accounting/execution.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

template <class Row>
struct Column {
  const char* heading;
  int width;
  std::string (*text)(const Row&);
};

struct UserLine {
  const UserRow* user;
  std::string default_account;
  std::string coordinates;
};

std::string shares_text(const Association& row) { return row.shares_of_parent ? "parent" : std::to_string(row.shares); }
std::string qos_text(const Association& row) { return join(row.qos.empty() ? row.qos_changes : row.qos, ","); }
std::string priority_text(const Association& row) { return row.priority ? std::to_string(*row.priority) : ""; }

template <LimitKind kind>
std::string limit(const Association& row) {
  return row.limits.text(kind);
}

template <LimitKind kind>
std::string part(const Association& row, std::string_view name) {
  const auto count = row.limits.tres(kind).find(name);
  return count ? tres_count_text(name, *count) : "";
}

constexpr Column<AccountRow> account_columns[] = {
    {"Name", 10, [](const AccountRow& r) { return r.name; }},
    {"Descr", 20, [](const AccountRow& r) { return r.description; }},
    {"Org", 20, [](const AccountRow& r) { return r.organization; }},
    {"QOS", 20, [](const AccountRow&) { return std::string(); }},
};

constexpr Column<UserLine> user_columns[] = {
    {"Name", 10, [](const UserLine& r) { return r.user->name; }},
    {"Def Acct", 10, [](const UserLine& r) { return r.default_account; }},
    {"Def WCKey", 10, [](const UserLine& r) { return r.user->default_wckey; }},
    {"QOS", 20, [](const UserLine&) { return std::string(); }},
    {"Admin", 9,
     [](const UserLine& r) {
       return std::string(r.user->admin == AdminLevel::none ? "Not Set" : admin_level_text(r.user->admin));
     }},
    {"Coord Accounts", 20, [](const UserLine& r) { return r.coordinates; }},
};

using A = const Association&;
constexpr Column<Association> association_columns[] = {
    {"Share", 9, shares_text},
    {"GrpTRESMins", 13, limit<LimitKind::grp_tres_mins>},
    {"GrpTRESRunMins", 13, limit<LimitKind::grp_tres_run_mins>},
    {"GrpTRES", 13, limit<LimitKind::grp_tres>},
    {"GrpJobs", 7, limit<LimitKind::grp_jobs>},
    {"GrpJobsAccrue", 13, limit<LimitKind::grp_jobs_accrue>},
    {"GrpMem", 7, [](A r) { return part<LimitKind::grp_tres>(r, "mem"); }},
    {"GrpNodes", 8, [](A r) { return part<LimitKind::grp_tres>(r, "node"); }},
    {"GrpSubmit", 9, limit<LimitKind::grp_submit>},
    {"GrpWall", 11, limit<LimitKind::grp_wall>},
    {"MaxTRESMins", 13, limit<LimitKind::max_tres_mins_per_job>},
    {"MaxTRES", 13, limit<LimitKind::max_tres_per_job>},
    {"MaxTRESPerNode", 14, limit<LimitKind::max_tres_per_node>},
    {"MaxJobs", 7, limit<LimitKind::max_jobs>},
    {"MaxSubmit", 9, limit<LimitKind::max_submit>},
    {"MaxNodes", 8, [](A r) { return part<LimitKind::max_tres_per_job>(r, "node"); }},
    {"MaxWall", 11, limit<LimitKind::max_wall_per_job>},
    {"QOS", 20, qos_text},
    {"Def QOS", 9, [](A r) { return r.default_qos; }},
};
constexpr Column<Association> of_accounts[] = {
    {"Account", 10, [](A r) { return r.account; }},
    {"ParentName", 10, [](A r) { return r.parent; }},
};
constexpr Column<Association> of_users[] = {
    {"User", 10, [](A r) { return r.user; }},
    {"Account", 10, [](A r) { return r.account; }},
};

template <class Row>
using Columns = std::vector<Column<Row>>;

template <class Row>
std::string table(const char* title, const Columns<Row>& columns, const std::vector<Row>& rows, std::size_t dashes) {
  if (rows.empty()) return "";
  std::vector<TableColumn> shown;
  for (const Column<Row>& column : columns) shown.push_back({column.heading, column.width});
  const RuledTable ruled(shown, {});
  std::string text = fmt::format("{}\n{}", title, ruled.heading());
  for (const Row& row : rows) {
    std::vector<std::string> texts;
    for (const Column<Row>& column : columns) texts.push_back(column.text(row));
    text += ruled.row(texts);
  }
  return text + std::string(dashes, '-') + "\n\n";
}

// What is not set, as a number reads -1 and else (null).
struct Value {
  const char* label;
  const char* unset;
  std::string (*text)(const Association&);
};
constexpr Value values[] = {
    {"fairshare", "", shares_text},
    {"GrpTRESMins", "(null)", limit<LimitKind::grp_tres_mins>},
    {"GrpTRESRunMins", "(null)", limit<LimitKind::grp_tres_run_mins>},
    {"GrpTRES", "(null)", limit<LimitKind::grp_tres>},
    {"GrpJobs", "-1", limit<LimitKind::grp_jobs>},
    {"GrpJobsAccrue", "-1", limit<LimitKind::grp_jobs_accrue>},
    {"GrpSubmitJobs", "-1", limit<LimitKind::grp_submit>},
    {"GrpWallDuration", "-1", limit<LimitKind::grp_wall>},
    {"MaxTRESMinsPerJob", "(null)", limit<LimitKind::max_tres_mins_per_job>},
    {"MaxTRESPerJob", "(null)", limit<LimitKind::max_tres_per_job>},
    {"MaxTRESPerNode", "(null)", limit<LimitKind::max_tres_per_node>},
    {"MaxJobs", "-1", limit<LimitKind::max_jobs>},
    {"MaxJobsAccrue", "-1", limit<LimitKind::max_jobs_accrue>},
    {"MaxSubmitJobs", "-1", limit<LimitKind::max_submit>},
    {"MaxWallDurationPerJob", "-1", limit<LimitKind::max_wall_per_job>},
    {"Priority", "-1", priority_text},
    {"Default QOS", "(null)", [](A r) { return r.default_qos; }},
};

struct Whose {
  const char* kind;  // "Account"
  std::string name;
};

class Report {
 public:
  Report(const AccountBook& before, const AccountBook& after, std::string_view cluster)
      : before_(before), after_(after), cluster_(cluster) {}

  std::string text() {
    compare_qos();
    compare_accounts();
    compare_users();
    compare_associations();
    const auto with = [](auto first) {
      Columns<Association> columns(std::begin(first), std::end(first));
      columns.insert(columns.end(), std::begin(association_columns), std::end(association_columns));
      return columns;
    };
    return changes_ +
           table("Accounts", Columns<AccountRow>(std::begin(account_columns), std::end(account_columns)), accounts_,
                 51) +
           table("Account Associations", with(std::to_array(of_accounts)), account_associations_, 62) +
           table("Users", Columns<UserLine>(std::begin(user_columns), std::end(user_columns)), users_, 51) +
           table("User Associations", with(std::to_array(of_users)), user_associations_, 62);
  }

 private:
  void changed(const char* what, const Whose& whose, const std::string& from, const std::string& to) {
    if (from == to) return;
    changes_ += fmt::format(" Changed {:<21} for {:<7} {:<10} {:>8} -> {}\n", what, whose.kind, whose.name, from, to);
  }
  void added(const char* what, const Whose& whose, const std::string& value) {
    changes_ +=
        fmt::format(" {:<29} for {:<7} {:<10} {}\n", fmt::format("Added {}", what), whose.kind, whose.name, value);
  }

  void compare_qos() {
    for (const Qos& row : after_.qos) {
      const Qos* old = before_.find_qos(row.name);
      if (!old || !(*old == row)) changes_ += fmt::format(" {} QOS {}\n", old ? "Changed" : "Added", row.name);
    }
  }

  void compare_accounts() {
    for (const AccountRow& row : after_.accounts) {
      const AccountRow* old = before_.account(row.name);
      if (!old) {
        accounts_.push_back(row);
        continue;
      }
      changed("description", {"Account", row.name}, old->description, row.description);
      changed("organization", {"Account", row.name}, old->organization, row.organization);
    }
  }

  // The accounts that a user is given to coordinate.
  std::string new_coordination(const std::string& user) const {
    std::vector<std::string> names;
    for (const AccountRow& row : after_.accounts) {
      const AccountRow* old = before_.account(row.name);
      if (contains(row.coordinators, user) && !(old && contains(old->coordinators, user))) names.push_back(row.name);
    }
    return join(names, ",");
  }

  void compare_users() {
    for (const UserRow& row : after_.users) {
      const UserRow* old = before_.user(row.name);
      const std::string coordinates = new_coordination(row.name);
      if (!old) {
        users_.push_back({&row, row.default_in(cluster_), coordinates});
        continue;
      }
      const Whose whose{"User", row.name};
      changed("Default Account", whose, old->default_in(cluster_), row.default_in(cluster_));
      changed("Default WCKey", whose, old->default_wckey, row.default_wckey);
      changed("Admin Level", whose, admin_level_text(old->admin), admin_level_text(row.admin));
      if (!coordinates.empty())
        changes_ += fmt::format(" Making User '{}' coordinator for account(s) {}\n", row.name, coordinates);
    }
  }

  void compare_associations() {
    for (const auto& placed : after_.tree(cluster_)) {
      const Association& row = *placed.association;
      const Association* old = before_.find(row.cluster, row.account, row.user, row.partition);
      if (!old) {
        (row.is_user() ? user_associations_ : account_associations_).push_back(row);
        continue;
      }
      const Whose whose{row.is_user() ? "User" : "Account", row.is_user() ? row.user : row.account};
      const auto said = [](const Value& value, A of) {
        const std::string text = value.text(of);
        return text.empty() ? std::string(value.unset) : text;
      };
      if (!row.is_user()) changed("parent", whose, old->parent, row.parent);
      for (const Value& value : values) changed(value.label, whose, said(value, *old), said(value, row));
      if (qos_text(*old).empty() && !qos_text(row).empty())
        added("QOS", whose, qos_text(row));
      else
        changed("QOS", whose, qos_text(*old), qos_text(row));
    }
  }

  const AccountBook& before_;
  const AccountBook& after_;
  std::string_view cluster_;
  std::string changes_;
  std::vector<AccountRow> accounts_;
  std::vector<Association> account_associations_;
  std::vector<UserLine> users_;
  std::vector<Association> user_associations_;
};

}  // namespace

std::string load_report(const AccountBook& before, const AccountBook& after, std::string_view cluster) {
  return Report(before, after, cluster).text();
}

}  // namespace slurmxx
