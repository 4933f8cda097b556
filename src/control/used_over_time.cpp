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

UsageAmount find_used(const UsedTable& table, const Holder& holder) {
  const auto found = table.find(holder);
  return found == table.end() ? UsageAmount() : found->second;
}

}  // namespace slurmxx
