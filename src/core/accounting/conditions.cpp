// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/conditions.h"

#include <algorithm>

#include "core/accounting/execution.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Names = std::vector<std::string>;

bool has_any(const Names& wanted, const Names& there) {
  return std::ranges::any_of(wanted, [&](const std::string& one) {
    return std::ranges::any_of(there, [&](const std::string& other) { return equal_ignoring_case(one, other); });
  });
}

bool is_one_of(const Names& wanted, const std::string& value) { return has_any(wanted, {value}); }

struct ConditionRow {
  std::string_view key;
  bool of_association;
  bool (*met)(const AccountBook& book, const Association& row, const Names& wanted);
};

constexpr ConditionRow conditions[] = {
    {"qos", true,
     [](const AccountBook&, const Association& row, const Names& n) {
       Names own = row.qos;
       for (const std::string& change : row.qos_changes)
         if (change.starts_with('+')) own.push_back(change.substr(1));
       return has_any(n, own);
     }},
    {"defaultqos", true,
     [](const AccountBook&, const Association& row, const Names& n) { return is_one_of(n, row.default_qos); }},
    {"adminlevel", false,
     [](const AccountBook& b, const Association& row, const Names& n) {
       const UserRow* user = b.user(row.user);
       const std::string level(admin_level_text(user ? user->admin : AdminLevel::none));
       return std::ranges::any_of(n, [&](const std::string& one) { return starts_with_ignoring_case(level, one); });
     }},
    {"defaultaccount", false,
     [](const AccountBook& b, const Association& row, const Names& n) {
       const UserRow* user = b.user(row.user);
       return user && is_one_of(n, user->default_in(row.cluster));
     }},
    {"defaultwckey", false,
     [](const AccountBook& b, const Association& row, const Names& n) {
       const UserRow* user = b.user(row.user);
       return user && is_one_of(n, user->default_wckey);
     }},
    {"description", false,
     [](const AccountBook& b, const Association& row, const Names& n) {
       const AccountRow* account = b.account(row.account);
       return account && is_one_of(n, account->description);
     }},
    {"organization", false,
     [](const AccountBook& b, const Association& row, const Names& n) {
       const AccountRow* account = b.account(row.account);
       return account && is_one_of(n, account->organization);
     }},
    {"parent", false,
     [](const AccountBook&, const Association& row, const Names& n) { return is_one_of(n, row.parent); }},
};

const ConditionRow* condition_of(const Term& term) {
  const auto found = std::ranges::find(conditions, term.key, &ConditionRow::key);
  return found == std::end(conditions) ? nullptr : found;
}

// What each kind obeys beside its conditions.
std::string_view obeyed_names(Entity entity) {
  switch (entity) {
    case Entity::account:
      return "names accounts clusters qos defaultqos description organization parent";
    case Entity::user:
      return "names users accounts clusters partitions parent qos defaultqos adminlevel defaultaccount defaultwckey";
    case Entity::cluster:
      return "names clusters";
    case Entity::qos:
    case Entity::federation:
      return "names";
    case Entity::coordinator:
      return "names accounts users";
    default:
      return {};
  }
}

}  // namespace

bool meets(const AccountBook& book, const Association& row, const Terms& where, QosMeant qos) {
  return std::ranges::all_of(where, [&](const Term& term) {
    if (term.key == "qos" && qos == QosMeant::effective) return has_any(values_of({term}, "qos"), book.qos_of(row));
    const ConditionRow* condition = condition_of(term);
    return !condition || condition->met(book, row, values_of({term}, term.key));
  });
}

bool has_conditions(const Terms& where) {
  return std::ranges::any_of(where, [](const Term& term) { return condition_of(term) != nullptr; });
}

bool has_association_conditions(const Terms& where) {
  return std::ranges::any_of(where, [](const Term& term) {
    const ConditionRow* condition = condition_of(term);
    return condition && condition->of_association;
  });
}

std::string unobeyed_key(BookVerb verb, Entity entity, const Terms& where) {
  const std::string_view obeyed = obeyed_names(entity);
  if (obeyed.empty() || verb == BookVerb::add) return {};
  const auto words = split(obeyed, ' ');
  for (const Term& term : where) {
    const bool of_keys = verb == BookVerb::remove && entity == Entity::user && term.key == "wckeys";
    if (!of_keys && std::ranges::find(words, term.key) == words.end()) return std::string(term.key);
  }
  return {};
}

}  // namespace slurmxx
