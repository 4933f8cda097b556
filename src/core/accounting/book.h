// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// All accounting rows as one value, and the difference of two of them: what slurmdbd stores and sends, and what
// slurmctld keeps in its log. What is inherited along the tree of associations is worked out here and nowhere else.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/accounting/records.h"

namespace slurmxx {

struct AccountBook {
  std::vector<ClusterRow> clusters;
  std::vector<AccountRow> accounts;
  std::vector<UserRow> users;
  std::vector<Association> associations;  // by id
  std::vector<Qos> qos;                   // by id
  std::vector<TresRow> tres;              // by id
  std::vector<WcKeyRow> wckeys;
  std::vector<ResourceRow> resources;
  std::vector<FederationRow> federations;
  std::uint32_t next_association = 1;  // ids are never used twice
  std::uint32_t next_qos = 1;
  std::uint32_t next_other = 1;  // of wckeys and resources

  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "clusters", self.clusters);
    v(2, "accounts", self.accounts);
    v(3, "users", self.users);
    v(4, "associations", self.associations);
    v(5, "qos", self.qos);
    v(6, "tres", self.tres);
    v(7, "wckeys", self.wckeys);
    v(8, "resources", self.resources);
    v(9, "next_association", self.next_association);
    v(10, "next_qos", self.next_qos);
    v(11, "next_other", self.next_other);
    v(21, "federations", self.federations);
  }
  bool operator==(const AccountBook&) const = default;

  const FederationRow* federation(std::string_view name) const;
  const ClusterRow* cluster(std::string_view name) const;
  const AccountRow* account(std::string_view name) const;
  const UserRow* user(std::string_view name) const;
  const Qos* find_qos(std::string_view name) const;  // case does not matter
  const Association* association(std::uint32_t id) const;
  const Association* find(std::string_view cluster, std::string_view account, std::string_view user = {},
                          std::string_view partition = {}) const;
  const Association* above(const Association& association) const;  // of the account, or of the account above; null: top

  // What holds at an association: its own, else that of the nearest above.
  std::vector<std::string> qos_of(const Association& association) const;
  std::string default_qos_of(const Association& association) const;
  // Max limits are inherited, Grp limits belong to where they are set.
  std::string limit_text(const Association& association, LimitKind kind, bool inherited = true) const;

  // Depth first: each account, then its users, then its sub-accounts. Null: everybody.
  struct Placed {
    const Association* association;
    int depth;
  };
  std::vector<Placed> tree(std::string_view cluster) const;
  bool is_below(const Association& association, std::string_view account) const;  // or the account itself
};

// The book that a fresh slurmdbd begins with: the account and user root, QOS normal, the usual TRES.
AccountBook first_book();

// Rows that were added or changed, and what is gone.
struct BookChange {
  AccountBook rows;
  std::vector<std::string> gone_clusters;
  std::vector<std::string> gone_accounts;
  std::vector<std::string> gone_users;
  std::vector<std::uint32_t> gone_associations;
  std::vector<std::uint32_t> gone_qos;
  std::vector<std::uint32_t> gone_tres;
  std::vector<std::uint32_t> gone_wckeys;
  std::vector<std::uint32_t> gone_resources;
  std::vector<std::string> gone_federations;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "rows", self.rows);
    v(2, "gone_clusters", self.gone_clusters);
    v(3, "gone_accounts", self.gone_accounts);
    v(4, "gone_users", self.gone_users);
    v(5, "gone_associations", self.gone_associations);
    v(6, "gone_qos", self.gone_qos);
    v(7, "gone_tres", self.gone_tres);
    v(8, "gone_wckeys", self.gone_wckeys);
    v(9, "gone_resources", self.gone_resources);
    v(19, "gone_federations", self.gone_federations);
  }
  bool empty() const;
};

BookChange difference(const AccountBook& from, const AccountBook& to);
void apply_change(AccountBook& book, const BookChange& change);

// What one cluster needs of it. The default accounts of its users are theirs there, as if there were no other cluster.
AccountBook book_for(const AccountBook& book, std::string_view cluster);

// Adds the row, or puts it in place of the one with its key. Tables stay in order of their keys.
void put(std::vector<ClusterRow>& rows, ClusterRow row);
void put(std::vector<AccountRow>& rows, AccountRow row);
void put(std::vector<UserRow>& rows, UserRow row);
void put(std::vector<Association>& rows, Association row);
void put(std::vector<Qos>& rows, Qos row);
void put(std::vector<TresRow>& rows, TresRow row);
void put(std::vector<WcKeyRow>& rows, WcKeyRow row);
void put(std::vector<ResourceRow>& rows, ResourceRow row);
void put(std::vector<FederationRow>& rows, FederationRow row);

inline bool contains(const std::vector<std::string>& list, std::string_view name) {
  for (const std::string& one : list)
    if (one == name) return true;
  return false;
}

}  // namespace slurmxx
