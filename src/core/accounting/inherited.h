// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What holds at an association: its own, else that of the nearest above. `above` gives the next on the way up.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/accounting/records.h"

namespace slurmxx {

template <class Above>
std::vector<std::string> inherited_qos(const Association& row, const Above& above) {
  if (!row.qos.empty()) return row.qos;
  const Association* up = above(row);
  std::vector<std::string> list = up ? inherited_qos(*up, above) : std::vector<std::string>();
  for (const std::string& change : row.qos_changes) {
    const std::string name = change.substr(1);
    std::erase(list, name);
    if (change.front() == '+') list.push_back(name);
  }
  return list;
}

template <class Above>
std::string inherited_default_qos(const Association& row, const Above& above) {
  for (const Association* at = &row; at; at = above(*at))
    if (!at->default_qos.empty()) return at->default_qos;
  return "";
}

// A resource without a limit of its own takes the one from above.
template <class Above>
std::string inherited_limit(const Association& row, LimitKind kind, const Above& above) {
  TresCounts counts;
  for (const Association* at = &row; at; at = above(*at)) {
    if (limit_row(kind).unit != LimitUnit::tres) {
      if (at->limits.has(kind)) return at->limits.text(kind);
      continue;
    }
    for (const TresCount& entry : at->limits.tres(kind).entries())
      if (!counts.find(entry.name)) counts.set(entry.name, entry.count);
  }
  LimitSet all;
  all.set(kind, counts);
  return all.text(kind);
}

// Max limits are inherited, Grp limits belong to where they are set.
bool is_inherited(LimitKind kind);

}  // namespace slurmxx
