// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What sacctmgr dump writes of a cluster.
#pragma once

#include <string>
#include <vector>

#include "core/accounting/book.h"

namespace slurmxx {

extern const char* const dump_preamble;
// The lines of a cluster; those that stand together are told together.
std::vector<std::string> dump_lines(const AccountBook& book, const std::string& cluster);

}  // namespace slurmxx
