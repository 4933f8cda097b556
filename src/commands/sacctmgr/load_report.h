// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What `sacctmgr load` tells of a file: a line for each value that it changes, and tables of the accounts, users and
// associations that it adds. What is as the file says is not told.
#pragma once

#include <string>
#include <string_view>

#include "core/accounting/book.h"

namespace slurmxx {

// Of a cluster; empty: nothing differs.
std::string load_report(const AccountBook& before, const AccountBook& after, std::string_view cluster);

}  // namespace slurmxx
