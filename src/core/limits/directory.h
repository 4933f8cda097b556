// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// An AccountBook of one cluster with what a submission looks up: the association of a user in an account, the chain of
// associations above it, a QOS by name. Immutable; made anew when the book changes.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/accounting/book.h"

namespace slurmxx {

class Directory {
 public:
  explicit Directory(std::shared_ptr<const AccountBook> book);

  const AccountBook& book() const { return *book_; }
  const UserRow* user(const std::string& name) const;
  const Qos* qos(const std::string& name) const;

  // That of the partition, else that of all partitions; null: the user may not use the account (there).
  const Association* find(const std::string& user, const std::string& account, const std::string& partition = {}) const;
  // The user's own first, then those of the account and of the accounts above, the cluster's last.
  std::vector<const Association*> chain(const Association& association) const;

  // By id, itself and all below it: whose jobs count for it.
  const std::vector<std::uint32_t>& charged_below(std::uint32_t association) const;

  // Not the account itself; none: it is not known, or has no accounts below it.
  const std::vector<std::string>& accounts_below(const std::string& account) const;

  bool may_use(const Association& association, const std::string& qos) const;
  // DefaultQOS, else the only one there is, else normal; empty: none.
  std::string default_qos(const Association& association) const;

 private:
  using Place = std::tuple<std::string, std::string, std::string>;  // account, user, partition
  const Association* named_above(const Association& row) const;
  std::size_t place_of(const Association& row) const {
    return static_cast<std::size_t>(&row - book_->associations.data());
  }

  std::shared_ptr<const AccountBook> book_;
  std::vector<const Association*> above_;            // of each of the book's associations
  std::vector<std::vector<std::uint32_t>> charged_;  // likewise
  std::map<Place, const Association*> associations_;
  std::map<std::string, std::vector<std::string>> below_;
  std::map<std::string, const UserRow*> users_;
  std::map<std::string, const Qos*> qos_;
};

}  // namespace slurmxx
