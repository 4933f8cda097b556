// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Rows for a MariaDB server as arrays of values and not as text: the server parses one statement for all of them.
// SOCI has no such call for MySQL, so that this goes to the client library that SOCI stands on.
#pragma once

#include <cstdint>

#include "ports/database.h"

typedef struct st_mysql MYSQL;  // NOLINT: as mysql.h has it

namespace slurmxx {

// Whether the server takes arrays (MariaDB since 10.2 does, MySQL does not).
bool takes_arrays(MYSQL* connection);

// As Database::insert(). Where a column has numbers and texts: Errc::not_supported, and nothing was done.
Result<std::uint64_t> insert_arrays(MYSQL* connection, const SqlInsert& insert, const SqlValues& values);

}  // namespace slurmxx
