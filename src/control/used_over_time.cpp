// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/used_over_time.h"

namespace slurmxx {

UsedTable used_by_holder(const Directory& directory, const UsageTable& usage) {
  UsedTable used;
  for (const auto& [key, amount] : usage) {
    if (key.first == UsageHolder::qos) {
      used[{HolderKind::qos, key.second, ""}].add(amount);
    } else if (const Association* own = directory.book().association(key.second)) {
      for (const Association* one : directory.chain(*own)) used[{HolderKind::association, one->id, ""}].add(amount);
    }
  }
  return used;
}

UsageAmount UsedOverTime::used(const Holder& holder) const {
  const auto found = known_.find(holder);
  return found != known_.end() ? found->second : known_.emplace(holder, summed(holder)).first->second;
}

UsageAmount UsedOverTime::summed(const Holder& holder) const {
  UsageAmount sum;
  if (holder.kind == HolderKind::qos) add({UsageHolder::qos, holder.id}, sum);
  if (holder.kind == HolderKind::association)
    for (const std::uint32_t id : directory_.charged_below(holder.id)) add({UsageHolder::association, id}, sum);
  return sum;
}

void UsedOverTime::add(const UsageKey& key, UsageAmount& sum) const {
  add_settled(state_, key, at_, sum);
  if (const auto runs = running_.find(key); runs != running_.end()) sum.add(runs->second);
}

std::set<Holder> limited_over_time(const AccountBook& book) {
  std::set<Holder> limited;
  const auto is_limited = [](const LimitSet& limits) {
    return limits.has(LimitKind::grp_tres_mins) || limits.has(LimitKind::grp_wall);
  };
  for (const Qos& row : book.qos)
    if (is_limited(row.limits)) limited.insert({HolderKind::qos, row.id, ""});
  for (const Association& row : book.associations)
    if (is_limited(row.limits) && !row.is_top()) limited.insert({HolderKind::association, row.id, ""});
  return limited;
}

}  // namespace slurmxx
