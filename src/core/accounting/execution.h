// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One order being carried out: the copy of the book it works on and what it has said so far. For execute*.cpp only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/accounting/execute.h"

namespace slurmxx {

// A setting of a row, or the line that says why not.
Status assign_term(Association& row, const AccountBook& book, const Term& term);
Status assign_term(Qos& row, const AccountBook& book, const Term& term);
Status assign_term(ResourceRow& row, const Term& term);
bool sets_association(const Term& term);  // and not the account or user itself
bool any_association_term(const Terms& terms);
bool is_inherited(const Term& term);  // by associations below

std::string association_settings(const Terms& terms, const Association& row);  // "  MaxJobs       = 3" ...
std::string qos_settings(const Qos& row);
std::string resource_settings(const ResourceRow& row);
std::string millionths_text(std::uint64_t value);      // "1.500000"
std::string wckey_line(const WcKeyRow& row);           // "  C = golden     W = key                  U = games    "
std::string association_line(const Association& row);  // "  C = golden     A = a1                   U = games    "
const char* admin_level_text(AdminLevel level);
Result<AdminLevel> parse_admin_level(std::string_view text);

class Execution {
 public:
  Execution(AccountBook book, const Actor& actor, const BookOrder& order, Instant now)
      : book_(std::move(book)), actor_(actor), order_(order), now_(now) {
    outcome_.exit_code = 0;
  }
  Outcome run();  // with the book, whatever became of it

 private:
  friend Outcome register_cluster(const AccountBook& book, const Registration& registration, Instant now);

  void add_accounts();
  std::string add_account_associations(const std::string& name, const std::vector<std::string>& clusters);
  void add_users();
  bool add_user(const std::string& name, AdminLevel level);
  void tell_users(const std::string& added, AdminLevel level);
  std::optional<AdminLevel> level_to_give(const Term* term);
  void add_user_associations(const std::string& user);
  struct UserPlace {
    std::string cluster;
    std::string account;
    std::string partition;
  };
  bool add_user_association(const std::string& user, const UserPlace& place);
  void add_user_wckeys(const std::string& user);
  void add_wckeys();
  bool add_wckey(const std::string& name, const std::string& cluster, const std::string& user);
  void add_qos();
  void add_clusters();
  void add_coordinators();
  void add_resources();
  std::string add_resource(const std::string& name, const std::vector<std::string>& clusters);
  bool check_shares(const ResourceRow& row);
  void modify_accounts();
  void modify_users();
  bool modify_user(UserRow& row);
  bool set_default_account(UserRow& row, const std::string& account);
  bool has_default(const std::string& user, const std::string& cluster) const;
  bool set_default_wckey(UserRow& row, const std::string& wckey);
  std::vector<std::string> users_meant() const;
  std::vector<std::string> accounts_meant() const;
  void rename_user();
  void modify_clusters();
  bool modify_cluster(ClusterRow& row);
  void add_federations();
  void modify_federations();
  void remove_federations();
  Status put_in_federation(const std::string& cluster, const std::string& federation);
  void modify_associations(const char* title, const std::vector<std::uint32_t>& ids);
  void modify_qos();
  void modify_resources();
  std::string modify_resource(ResourceRow row);
  void remove_accounts();
  void remove_users();
  void remove_user_associations();
  void remove_user_wckeys();
  void remove_clusters();
  void remove_coordinators();
  void remove_qos();
  void remove_resources();

  bool is_operator() const { return actor_.level != AdminLevel::none; }
  bool may_manage(std::string_view account) const { return is_operator() || coordinates(book_, actor_.name, account); }
  bool may_change(const Association& row) const;  // a coordinator: what is below the accounts that he was given
  bool chooses_own_default(const Association& row) const;  // a user: among the QOS that he has
  bool may_remove_user(const std::string& name) const;
  bool may_give_qos(const Association& row) const;  // a coordinator: those of the association above
  bool check_operator();
  bool check_administrator();
  void deny();
  void fail_with(std::string line);  // on stderr, nothing is changed
  void nothing(std::string line);    // on stdout, nothing is changed
  void record(std::string action, std::string where, std::string info = {}, std::string cluster = {});
  Association& add_association(Association row);
  bool add_cluster(const std::string& name);
  std::vector<std::string> clusters_meant();  // cluster=, or all; reports one that is not there
  std::vector<std::uint32_t> associations_meant(bool of_users) const;
  void drop_user(const std::string& name);
  void drop_association(std::uint32_t id);
  std::string drop_users_without_associations(const std::vector<std::string>& users);
  std::string set_text() const;

  AccountBook book_;
  const Actor& actor_;
  const BookOrder& order_;
  Instant now_;
  Outcome outcome_;
  std::string associations_text_;
  std::string wckeys_text_;
  bool failed_ = false;
};

}  // namespace slurmxx
