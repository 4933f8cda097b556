// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/accounting/ancestry.h"

#include "core/accounting/inherited.h"
#include "core/text/words.h"

namespace slurmxx {

Ancestry::Ancestry(const AccountBook& book) {
  for (const Association& row : book.associations)
    if (!row.is_user()) accounts_.emplace(std::pair(row.cluster, lower(row.account)), &row);
}

const Association* Ancestry::above(const Association& row) const {
  const std::string& name = row.is_user() ? row.account : row.parent;
  if (name.empty()) return nullptr;
  const auto found = accounts_.find({row.cluster, lower(name)});
  return found == accounts_.end() ? nullptr : found->second;
}

std::vector<std::string> Ancestry::qos_of(const Association& row) const {
  return inherited_qos(row, [this](const Association& one) { return above(one); });
}

std::string Ancestry::default_qos_of(const Association& row) const {
  return inherited_default_qos(row, [this](const Association& one) { return above(one); });
}

std::string Ancestry::limit_text(const Association& row, LimitKind kind, bool inherited) const {
  if (!inherited || !is_inherited(kind)) return row.limits.text(kind);
  return inherited_limit(row, kind, [this](const Association& one) { return above(one); });
}

std::string Ancestry::lineage(const Association& row) const {
  std::string path;
  const Association* at = row.is_user() ? above(row) : &row;
  for (; at && !at->parent.empty(); at = above(*at)) path = at->account + "/" + path;
  if (row.is_user()) path += "0-" + row.user + "/";
  return "/" + path;
}

bool Ancestry::is_below(const Association& row, std::string_view account) const {
  for (const Association* at = &row; at; at = above(*at))
    if (at->account == account) return true;
  return false;
}

}  // namespace slurmxx
