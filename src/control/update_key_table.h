// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What the tables of update keys share: a row, the search, and the lines for bad values.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/result.h"
#include "core/text/words.h"
#include "wire/views.h"

namespace slurmxx {

template <class Draft>
struct UpdateKey {
  std::string_view name;
  Status (*set)(Draft& draft, const std::string& value);
};

// Why a value is none; the search adds key and value.
inline constexpr std::string_view expected_mark = "expected ";
inline Error expected(std::string_view what) { return fail(fmt::format("{}{}", expected_mark, what)); }

// A key may be cut short as long as no other begins so.
template <class Draft>
const UpdateKey<Draft>* find_update_key(std::span<const UpdateKey<Draft>> keys, std::string_view given) {
  const UpdateKey<Draft>* found = nullptr;
  for (const UpdateKey<Draft>& key : keys) {
    if (equal_ignoring_case(key.name, given)) return &key;
    if (given.empty() || !starts_with_ignoring_case(key.name, given)) continue;
    if (found && found->set != key.set) return nullptr;
    found = &key;
  }
  return found;
}

template <class Draft>
Status change_by_table(std::span<const UpdateKey<Draft>> keys, Draft& draft, const KeyValue& change) {
  if (const UpdateKey<Draft>* key = find_update_key(keys, change.key)) {
    Status done = key->set(draft, change.value);
    if (done || !done.error().message.starts_with(expected_mark)) return done;
    return fail(
        fmt::format("scontrol: error: Invalid input: {}={}: {}", key->name, change.value, done.error().message));
  }
  std::vector<std::string_view> names;
  for (const UpdateKey<Draft>& key : keys) names.push_back(key.name);
  return fail(Errc::error, fmt::format("scontrol: error: Update of this parameter is not supported: {}={}{}\n\n"
                                       "scontrol: error: Request aborted",
                                       change.key, change.value, did_you_mean(change.key, names)));
}

inline Result<std::uint32_t> count_of_update(std::string_view value, std::uint32_t min = 0) {
  const auto number = parse_natural(value, {min, UINT32_MAX - 1});
  if (!number) return expected(fmt::format("a whole number from {}", min));
  return static_cast<std::uint32_t>(*number);
}

}  // namespace slurmxx
