// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "cli/command_output.h"

namespace slurmxx {

// Times are words of the caller's zone and clock: the controller gets seconds since 1970.
Result<std::string> update_value(std::string_view key, std::string_view value, const Output& output);

// Users= of a reservation.
Status check_users(const UpdateRequest& request, const Output& output);

}  // namespace slurmxx
