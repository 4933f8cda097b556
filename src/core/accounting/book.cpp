// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/book.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/accounting/inherited.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

template <class Row, class Test>
const Row* first(const std::vector<Row>& rows, Test test) {
  const auto found = std::find_if(rows.begin(), rows.end(), test);
  return found == rows.end() ? nullptr : &*found;
}

std::string key_of(const ClusterRow& row) { return row.name; }
std::string key_of(const AccountRow& row) { return row.name; }
std::string key_of(const UserRow& row) { return row.name; }
std::uint32_t key_of(const Association& row) { return row.id; }
std::uint32_t key_of(const Qos& row) { return row.id; }
std::uint32_t key_of(const TresRow& row) { return row.id; }
std::uint32_t key_of(const WcKeyRow& row) { return row.id; }
std::uint32_t key_of(const ResourceRow& row) { return row.id; }
std::string key_of(const FederationRow& row) { return row.name; }

template <class Row>
void sort_by_key(std::vector<Row>& rows) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return key_of(a) < key_of(b); });
}

// Calls with each table of the books and, beside them, the list of what is gone.
template <class Book, class Change, class Do>
void each_table(Book& book, Change& change, Do act) {
  act(book.clusters, change.rows.clusters, change.gone_clusters);
  act(book.accounts, change.rows.accounts, change.gone_accounts);
  act(book.users, change.rows.users, change.gone_users);
  act(book.associations, change.rows.associations, change.gone_associations);
  act(book.qos, change.rows.qos, change.gone_qos);
  act(book.tres, change.rows.tres, change.gone_tres);
  act(book.wckeys, change.rows.wckeys, change.gone_wckeys);
  act(book.resources, change.rows.resources, change.gone_resources);
  act(book.federations, change.rows.federations, change.gone_federations);
}

template <class Row, class Key>
void compare_tables(std::vector<Row> from, std::vector<Row> to, std::vector<Row>& changed, std::vector<Key>& gone) {
  sort_by_key(from);
  sort_by_key(to);
  auto old = from.begin();
  for (const Row& row : to) {
    for (; old != from.end() && key_of(*old) < key_of(row); ++old) gone.push_back(key_of(*old));
    const bool same_key = old != from.end() && key_of(*old) == key_of(row);
    if (!same_key || !(*old == row)) changed.push_back(row);
    if (same_key) ++old;
  }
  for (; old != from.end(); ++old) gone.push_back(key_of(*old));
}

template <class Row>
const Row* find_by_name(const std::vector<Row>& rows, std::string_view name) {
  const auto found =
      std::ranges::lower_bound(rows, name, {}, [](const Row& row) { return std::string_view(row.name); });
  return found == rows.end() || found->name != name ? nullptr : &*found;
}

template <class Row>
void put_row(std::vector<Row>& rows, Row row) {
  const auto key = key_of(row);
  const auto place = std::lower_bound(rows.begin(), rows.end(), key,
                                      [](const Row& one, const auto& wanted) { return key_of(one) < wanted; });
  if (place != rows.end() && key_of(*place) == key)
    *place = std::move(row);
  else
    rows.insert(place, std::move(row));
}

constexpr LimitKind grp_kinds[] = {LimitKind::grp_jobs, LimitKind::grp_jobs_accrue,   LimitKind::grp_submit,
                                   LimitKind::grp_tres, LimitKind::grp_tres_mins,     LimitKind::grp_tres_run_mins,
                                   LimitKind::grp_wall, LimitKind::min_prio_threshold};

}  // namespace

void put(std::vector<ClusterRow>& rows, ClusterRow row) { put_row(rows, std::move(row)); }
void put(std::vector<AccountRow>& rows, AccountRow row) { put_row(rows, std::move(row)); }
void put(std::vector<UserRow>& rows, UserRow row) { put_row(rows, std::move(row)); }
void put(std::vector<Association>& rows, Association row) { put_row(rows, std::move(row)); }
void put(std::vector<Qos>& rows, Qos row) { put_row(rows, std::move(row)); }
void put(std::vector<TresRow>& rows, TresRow row) { put_row(rows, std::move(row)); }
void put(std::vector<WcKeyRow>& rows, WcKeyRow row) { put_row(rows, std::move(row)); }
void put(std::vector<ResourceRow>& rows, ResourceRow row) { put_row(rows, std::move(row)); }
void put(std::vector<FederationRow>& rows, FederationRow row) { put_row(rows, std::move(row)); }

const FederationRow* AccountBook::federation(std::string_view name) const {
  return first(federations, [&](const FederationRow& row) { return row.name == name; });
}

const ClusterRow* AccountBook::cluster(std::string_view name) const {
  return first(clusters, [&](const ClusterRow& row) { return row.name == name; });
}
const AccountRow* AccountBook::account(std::string_view name) const {
  if (const AccountRow* same = find_by_name(accounts, name)) return same;
  return first(accounts, [&](const AccountRow& row) { return equal_ignoring_case(row.name, name); });
}
const UserRow* AccountBook::user(std::string_view name) const { return find_by_name(users, name); }
const Qos* AccountBook::find_qos(std::string_view name) const {
  return first(qos, [&](const Qos& row) { return equal_ignoring_case(row.name, name); });
}

const Association* AccountBook::association(std::uint32_t id) const {
  const auto found = std::lower_bound(associations.begin(), associations.end(), id,
                                      [](const Association& row, std::uint32_t wanted) { return row.id < wanted; });
  return found == associations.end() || found->id != id ? nullptr : &*found;
}

const Association* AccountBook::find(std::string_view cluster_name, std::string_view account_name,
                                     std::string_view user_name, std::string_view partition) const {
  return first(associations, [&](const Association& row) {
    return row.user == user_name && row.cluster == cluster_name && row.partition == partition &&
           equal_ignoring_case(row.account, account_name);
  });
}

const Association* AccountBook::above(const Association& row) const {
  if (row.is_user()) return find(row.cluster, row.account);
  return row.parent.empty() ? nullptr : find(row.cluster, row.parent);
}

std::vector<std::string> AccountBook::qos_of(const Association& row) const {
  return inherited_qos(row, [this](const Association& one) { return above(one); });
}

std::string AccountBook::default_qos_of(const Association& row) const {
  return inherited_default_qos(row, [this](const Association& one) { return above(one); });
}

bool is_inherited(LimitKind kind) {
  return std::find(std::begin(grp_kinds), std::end(grp_kinds), kind) == std::end(grp_kinds);
}

std::string AccountBook::limit_text(const Association& row, LimitKind kind, bool inherited) const {
  if (!inherited || !is_inherited(kind)) return row.limits.text(kind);
  return inherited_limit(row, kind, [this](const Association& one) { return above(one); });
}

std::vector<AccountBook::Placed> AccountBook::tree(std::string_view cluster_name) const {
  struct Below {
    std::vector<const Association*> users;
    std::vector<const Association*> accounts;
  };
  std::map<std::string_view, Below> below;  // by account
  for (const Association& row : associations) {
    if (row.cluster != cluster_name) continue;
    if (row.is_user())
      below[row.account].users.push_back(&row);
    else if (row.parent != row.account)
      below[row.parent].accounts.push_back(&row);
  }
  for (auto& [account_name, rows] : below)
    for (auto* list : {&rows.users, &rows.accounts})
      std::sort(list->begin(), list->end(), [](const Association* a, const Association* b) {
        return std::tie(a->user, a->account, a->partition) < std::tie(b->user, b->account, b->partition);
      });
  std::vector<Placed> placed;
  const std::function<void(const Association&, int)> visit = [&](const Association& row, int depth) {
    placed.push_back({&row, depth});
    const auto found = below.find(row.account);
    if (found == below.end()) return;
    for (const Association* one : found->second.users) placed.push_back({one, depth + 1});
    for (const Association* one : found->second.accounts) visit(*one, depth + 1);
  };
  if (const Association* top = find(cluster_name, "root")) visit(*top, 0);
  return placed;
}

bool AccountBook::is_below(const Association& row, std::string_view account_name) const {
  for (const Association* at = &row; at; at = above(*at))
    if (at->account == account_name) return true;
  return false;
}

AccountBook first_book() {
  AccountBook book;
  book.accounts.push_back({"root", "default root account", "root", {}});
  book.users.push_back({"root", AdminLevel::administrates, "root", ""});
  Qos normal;
  normal.id = book.next_qos++;
  normal.name = "normal";
  normal.description = "Normal QOS default";
  book.qos.push_back(std::move(normal));
  const std::pair<const char*, const char*> usual[] = {{"cpu", ""},     {"mem", ""},    {"energy", ""}, {"node", ""},
                                                       {"billing", ""}, {"fs", "disk"}, {"vmem", ""},   {"pages", ""}};
  for (const auto& [type, name] : usual)
    book.tres.push_back({static_cast<std::uint32_t>(book.tres.size() + 1), type, name});
  return book;
}

bool BookChange::empty() const {
  bool none = true;
  AccountBook nothing;
  each_table(nothing, *this, [&](const auto&, const auto& changed, const auto& gone) {
    none = none && changed.empty() && gone.empty();
  });
  return none;
}

BookChange difference(const AccountBook& from, const AccountBook& to) {
  BookChange change;
  compare_tables(from.clusters, to.clusters, change.rows.clusters, change.gone_clusters);
  compare_tables(from.accounts, to.accounts, change.rows.accounts, change.gone_accounts);
  compare_tables(from.users, to.users, change.rows.users, change.gone_users);
  compare_tables(from.associations, to.associations, change.rows.associations, change.gone_associations);
  compare_tables(from.qos, to.qos, change.rows.qos, change.gone_qos);
  compare_tables(from.tres, to.tres, change.rows.tres, change.gone_tres);
  compare_tables(from.wckeys, to.wckeys, change.rows.wckeys, change.gone_wckeys);
  compare_tables(from.resources, to.resources, change.rows.resources, change.gone_resources);
  compare_tables(from.federations, to.federations, change.rows.federations, change.gone_federations);
  change.rows.next_association = to.next_association;
  change.rows.next_qos = to.next_qos;
  change.rows.next_other = to.next_other;
  return change;
}

void apply_change(AccountBook& book, const BookChange& change) {
  each_table(book, change, [](auto& rows, const auto& changed, const auto& gone) {
    for (const auto& row : changed) put_row(rows, row);
    for (const auto& key : gone) std::erase_if(rows, [&](const auto& row) { return key_of(row) == key; });
  });
  book.next_association = change.rows.next_association;
  book.next_qos = change.rows.next_qos;
  book.next_other = change.rows.next_other;
}

AccountBook book_for(const AccountBook& book, std::string_view cluster) {
  AccountBook own = book;
  std::erase_if(own.clusters, [&](const ClusterRow& row) { return row.name != cluster; });
  std::erase_if(own.associations, [&](const Association& row) { return row.cluster != cluster; });
  std::erase_if(own.wckeys, [&](const WcKeyRow& row) { return row.cluster != cluster; });
  for (UserRow& row : own.users) {
    row.default_account = std::string(row.default_in(cluster));
    row.defaults.clear();
  }
  return own;
}

}  // namespace slurmxx
