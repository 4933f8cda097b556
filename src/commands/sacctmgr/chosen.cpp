// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What the conditions of sacctmgr show choose. Each key that the table of orders knows for a list is obeyed here, or in
// show_times.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "commands/sacctmgr/list.h"
#include "core/accounting/conditions.h"
#include "core/accounting/execution.h"
#include "core/accounting/limits.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// "user=" chooses the rows that are of no user.
bool wants_user(const List& list, const std::string& user) {
  const Term* term = find_term(list.order.where, "users");
  return term && term->value.empty() ? user.empty() : list.wants("users", user);
}

bool wants_name_or_id(const List& list, const std::string& name, std::uint32_t id) {
  return (list.wants("names", name) || list.wants("names", std::to_string(id))) &&
         list.wants("ids", std::to_string(id));
}

bool has_any_flag(const List& list, const std::vector<std::string>& flags) {
  if (!find_term(list.order.where, "flags")) return true;
  return std::ranges::any_of(flags, [&](const std::string& flag) { return list.wants("flags", flag); });
}

// Words may be shortened.
bool begins_as_asked(const List& list, std::string_view key, std::string_view own) {
  const auto asked = values_of(list.order.where, key);
  return asked.empty() ||
         std::ranges::any_of(asked, [&](const std::string& one) { return starts_with_ignoring_case(own, one); });
}

bool has_wckey(const List& list, const UserRow& user) {
  if (!find_term(list.order.where, "wckeys")) return true;
  return std::ranges::any_of(
      list.book().wckeys, [&](const WcKeyRow& key) { return key.user == user.name && list.wants("wckeys", key.name); });
}

// The one that is shown; of several clusters any, where a line for each of them follows.
bool has_default_account(const List& list, const UserRow& user) {
  if (list.wants("defaultaccount", user.default_in(list.own_cluster()))) return true;
  return list.with_associations() && std::ranges::any_of(user.defaults, [&](const ClusterDefault& one) {
           return list.wants("defaultaccount", one.account);
         });
}

constexpr std::string_view association_keys[] = {"accounts", "users",      "clusters", "partitions",
                                                 "parent",   "defaultqos", "qos"};

// What a list of accounts or users is not about by itself.
bool is_of_associations(const ListOrder& order, std::string_view key) {
  if (order.entity == Entity::account && key == "accounts") return false;
  if (order.entity == Entity::user && (key == "users" || key == "clusters")) return false;
  return std::ranges::find(association_keys, key) != std::end(association_keys);
}

// Whether what the column shows is what is asked for: one of several numbers or times (-1: none), each of several
// resources.
bool is_limit_asked(const LimitRow& row, const Term& term, const std::string& shown) {
  const auto text_of = [&](std::string_view value) {
    LimitSet set;
    return set.assign({&row, {}}, value) ? set.text(row.kind) : std::string(value);
  };
  if (row.unit != LimitUnit::tres) {
    const auto values = split_commas(term.value);
    return std::ranges::any_of(values, [&](std::string_view value) { return text_of(value) == shown; });
  }
  const std::string asked = text_of(term.value);
  const auto wanted = split_commas(asked), own = split_commas(shown);
  if (wanted.empty()) return own.empty();
  return std::ranges::all_of(wanted, [&](std::string_view one) { return std::ranges::find(own, one) != own.end(); });
}

template <class Shown>
bool meets_limits(const Terms& where, const Shown& shown) {
  return std::ranges::all_of(where, [&](const Term& term) {
    const auto row =
        std::ranges::find(limit_rows(), term.key, [](const LimitRow& one) { return std::string(one.heading); });
    return row == limit_rows().end() || is_limit_asked(*row, term, shown(row->kind));
  });
}

bool has_chosen_association(const List& list, std::string Association::*name, const std::string& wanted) {
  if (!needs_associations(list.order)) return true;
  return std::ranges::any_of(list.book().associations,
                             [&](const Association& row) { return row.*name == wanted && is_chosen(list, row); });
}

Status check_qos(const AccountBook& book, const ListOrder& order, std::string_view key) {
  const Term* term = find_term(order.where, key);
  if (!term) return {};
  for (const std::string& name : values_of({*term}, key)) {
    if (book.find_qos(name)) continue;
    std::vector<std::string> valid;
    for (const Qos& qos : book.qos) valid.push_back(qos.name);
    return fail(fmt::format("sacctmgr: error: You gave a bad qos '{}'. Valid QOS's are {}\n Unknown condition: {}={}",
                            name, join(valid, ","), key, term->value));
  }
  return {};
}

struct Vocabulary {
  Entity entity;
  std::string_view key;
  std::string_view words;  // by '|'
  const char* refusal;     // of a word that is not among them
};
constexpr Vocabulary vocabularies[] = {
    {Entity::qos, "preemptmode", "cluster|off|cancel|requeue|suspend|gang|within|priority",
     "sacctmgr: error: Unknown preempt_mode given '{0}'\n Bad Preempt Mode given: preemptmode={0}"},
    {Entity::user, "adminlevel", "none|operator|admin|administrator", " Bad Admin Level given: adminlevel={0}"},
    {Entity::cluster, "classification", "none|capability|capacity|capapacity",
     " Bad classification '{0}': Capability, Capacity, Capapacity or None is wanted"},
    {Entity::event, "event", "cluster|node", " Unknown event type: '{0}'  Valid events are Cluster and Node."},
    {Entity::transaction, "action",
     "add account coordinators|add accounts|add associations|add clusters|add federations|add qos|add resource|"
     "add tres|add users|add wckeys|modify accounts|modify associations|modify clusters|modify federations|modify job|"
     "modify qos|modify resource|modify users|remove account coordinators|remove accounts|remove associations|"
     "remove cluster resource|remove clusters|remove federations|remove qos|remove resource|remove users|remove wckeys",
     "sacctmgr: error: You gave a bad action '{0}'."},
};

bool starts_one(std::string_view words, const std::string& given) {
  const auto known = split(words, '|');
  return std::ranges::any_of(known, [&](std::string_view word) { return starts_with_ignoring_case(word, given); });
}

}  // namespace

bool needs_associations(const ListOrder& order) {
  if (order.entity != Entity::account && order.entity != Entity::user) return false;
  return std::ranges::any_of(order.where, [&](const Term& term) { return is_of_associations(order, term.key); });
}

Status check_conditions(const AccountBook& book, const ListOrder& order) {
  TRY(check_qos(book, order, "qos"));
  TRY(check_qos(book, order, "defaultqos"));
  for (const Vocabulary& one : vocabularies) {
    if (one.entity != order.entity) continue;
    for (const std::string& given : values_of(order.where, one.key))
      if (!starts_one(one.words, given)) return fail(fmt::format(fmt::runtime(one.refusal), given));
  }
  return {};
}

bool is_chosen(const List& list, const Association& row) {
  if (!list.wants("clusters", row.cluster) || !list.wants("partitions", row.partition)) return false;
  if (!wants_user(list, row.user)) return false;
  if (list.order.entity == Entity::association && !list.wants("ids", std::to_string(row.id))) return false;
  if (list.order.has("onlydefaults")) {
    const UserRow* user = row.is_user() ? list.book().user(row.user) : nullptr;
    if (!user || user->default_in(row.cluster) != row.account) return false;
  }
  const auto accounts = values_of(list.order.where, "accounts");
  const bool below = list.order.has("withsubaccounts") && !accounts.empty();
  const bool of_account = below ? std::ranges::any_of(accounts, [&](auto& a) { return list.book().is_below(row, a); })
                                : list.wants("accounts", row.account);
  const bool from_above = !list.row().inherited.own_only;
  const auto shown = [&](LimitKind kind) { return list.lookups.ancestry.limit_text(row, kind, from_above); };
  return of_account && meets_limits(list.order.where, shown) &&
         meets(list.answer.book, row, list.order.where, QosMeant::effective);
}

bool is_chosen(const List& list, const AccountRow& row) {
  return list.wants("names", row.name) && list.wants("accounts", row.name) &&
         list.wants("description", row.description) && list.wants("organization", row.organization) &&
         (list.with_associations() || has_chosen_association(list, &Association::account, row.name));
}

bool is_chosen(const List& list, const UserRow& row) {
  return begins_as_asked(list, "adminlevel", admin_level_text(row.admin)) && list.wants("names", row.name) &&
         list.wants("users", row.name) && has_default_account(list, row) &&
         list.wants("defaultwckey", row.default_wckey) && has_wckey(list, row) &&
         (list.with_associations() || has_chosen_association(list, &Association::user, row.name));
}

// No flags of clusters are known: a cluster has none that could be asked for.
bool is_chosen(const List& list, const ClusterRow& row) {
  return begins_as_asked(list, "classification", row.classification.empty() ? "None" : row.classification) &&
         list.wants("names", row.name) && list.wants("clusters", row.name) && has_any_flag(list, {}) &&
         list.wants("rpc", std::to_string(row.rpc_version)) && list.wants("federation", row.federation);
}

bool is_chosen(const List& list, const Qos& row) {
  const auto modes = split(row.preempt_mode.empty() ? "cluster" : row.preempt_mode, ',');
  const bool of_mode = !find_term(list.order.where, "preemptmode") || std::ranges::any_of(modes, [&](auto mode) {
    return list.wants("preemptmode", std::string(mode));
  });
  const auto shown = [&](LimitKind kind) { return row.limits.text(kind); };
  return of_mode && meets_limits(list.order.where, shown) && wants_name_or_id(list, row.name, row.id) &&
         list.wants("description", row.description);
}

bool is_chosen(const List& list, const TresRow& row) {
  return (wants_name_or_id(list, row.name, row.id) || list.wants("names", row.full_name())) &&
         list.wants("type", row.type);
}

bool is_chosen(const List& list, const WcKeyRow& row) {
  return wants_name_or_id(list, row.name, row.id) && list.wants("clusters", row.cluster) && wants_user(list, row.user);
}

bool is_chosen(const List& list, const ResourceRow& row) {
  return wants_name_or_id(list, row.name, row.id) && list.wants("server", row.server) &&
         list.wants("servertype", row.server_type) && list.wants("description", row.description) &&
         list.wants("type", row.type) && list.wants("count", std::to_string(row.count)) &&
         has_any_flag(list, row.flags);
}

}  // namespace slurmxx
