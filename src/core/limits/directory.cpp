// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/limits/directory.h"

#include <algorithm>

#include "core/text/words.h"

namespace slurmxx {

Directory::Directory(std::shared_ptr<const AccountBook> book) : book_(std::move(book)) {
  for (const Association& row : book_->associations)
    associations_.emplace(Place{lower(row.account), row.user, row.partition}, &row);
  for (const Association& row : book_->associations) above_.push_back(named_above(row));
  charged_.resize(above_.size());
  for (const Association& row : book_->associations)
    for (const Association* one : chain(row)) charged_[place_of(*one)].push_back(row.id);
  for (const Association& row : book_->associations) {
    if (row.is_user()) continue;
    for (const Association* above : chain(row))
      if (above != &row) below_[lower(above->account)].push_back(row.account);
  }
  for (const UserRow& row : book_->users) users_.emplace(row.name, &row);
  for (const Qos& row : book_->qos) qos_.emplace(lower(row.name), &row);
}

const UserRow* Directory::user(const std::string& name) const {
  const auto found = users_.find(name);
  return found == users_.end() ? nullptr : found->second;
}

const Qos* Directory::qos(const std::string& name) const {
  const auto found = qos_.find(lower(name));
  return found == qos_.end() ? nullptr : found->second;
}

const std::vector<std::string>& Directory::accounts_below(const std::string& account) const {
  static const std::vector<std::string> none;
  const auto found = below_.find(lower(account));
  return found == below_.end() ? none : found->second;
}

const Association* Directory::find(const std::string& user, const std::string& account,
                                   const std::string& partition) const {
  const std::string name = lower(account);  // case does not matter
  if (!partition.empty())
    if (const auto found = associations_.find({name, user, partition}); found != associations_.end())
      return found->second;
  const auto found = associations_.find({name, user, ""});
  return found == associations_.end() ? nullptr : found->second;
}

std::vector<const Association*> Directory::chain(const Association& association) const {
  constexpr std::size_t deepest = 256;  // a ring can not be made, and would not be followed
  std::vector<const Association*> all{&association};
  const Association* at = &association;
  const Association* own = book_->association(association.id);  // `association` may be of another copy of the book
  for (at = own ? above_[place_of(*own)] : named_above(*at); at && all.size() < deepest; at = above_[place_of(*at)])
    all.push_back(at);
  return all;
}

const Association* Directory::named_above(const Association& row) const {
  const std::string& above = row.is_user() ? row.account : row.parent;
  if (above.empty()) return nullptr;
  const auto found = associations_.find({lower(above), "", ""});
  return found == associations_.end() ? nullptr : found->second;
}

const std::vector<std::uint32_t>& Directory::charged_below(std::uint32_t association) const {
  static const std::vector<std::uint32_t> none;
  const Association* own = book_->association(association);
  return own ? charged_[place_of(*own)] : none;
}

namespace {

std::vector<std::string> qos_along(const std::vector<const Association*>& chain) {
  std::vector<std::string> list;
  for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
    if (!(*at)->qos.empty()) list = (*at)->qos;
    for (const std::string& change : (*at)->qos_changes) {
      std::erase(list, change.substr(1));
      if (change.front() == '+') list.push_back(change.substr(1));
    }
  }
  return list;
}

}  // namespace

bool Directory::may_use(const Association& association, const std::string& qos) const {
  return contains(qos_along(chain(association)), qos);
}

std::string Directory::default_qos(const Association& association) const {
  const auto all = chain(association);
  for (const Association* one : all)
    if (!one->default_qos.empty()) return one->default_qos;
  const std::vector<std::string> list = qos_along(all);
  if (list.size() == 1) return list.front();
  return qos("normal") ? "normal" : "";
}

}  // namespace slurmxx
