// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "cli/command_output.h"

namespace slurmxx {

// A key that names an entity may be cut short: three letters of it do, as in "res=r1".
inline bool is_entity_key(std::string_view given, std::string_view key) {
  constexpr std::size_t least = 3;
  return given.size() >= least && starts_with_ignoring_case(key, given);
}

// Times are words of the caller's zone and clock: the controller gets seconds since 1970.
Result<std::string> update_value(std::string_view key, std::string_view value, const Output& output);

// Users= of a reservation.
Status check_users(const UpdateRequest& request, const Output& output);

}  // namespace slurmxx
