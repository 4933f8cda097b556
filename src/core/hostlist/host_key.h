// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace slurmxx {

// For tables that sort by texts: the keys of two names are in the order that host_less() has for the names.
std::string host_sort_key(std::string_view name);

}  // namespace slurmxx
