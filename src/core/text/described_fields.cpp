// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text/described_fields.h"

namespace slurmxx {

FieldChange changed_fields(const FieldTexts& before, const FieldTexts& after) {
  FieldChange change;
  const auto add = [](std::string& to, const std::string& name, const std::string& value) {
    to += fmt::format("{}{}={}", to.empty() ? "" : " ", name, value);
  };
  const auto value_in = [](const FieldTexts& texts, const std::string& name) {
    const auto found = texts.find(name);
    return found == texts.end() ? std::string() : found->second;
  };
  FieldTexts names = before;
  names.insert(after.begin(), after.end());
  for (const auto& [name, any] : names) {
    const std::string old = value_in(before, name);
    const std::string now = value_in(after, name);
    if (old == now) continue;
    add(change.before, name, old);
    add(change.after, name, now);
  }
  return change;
}

}  // namespace slurmxx
