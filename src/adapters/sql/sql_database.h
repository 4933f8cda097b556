// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The Database port over SOCI: SQLite in a file, MariaDB or MySQL over its protocol. SOCI stays in soci_database.cpp;
// only slurmdbd links it (docs/decisions/0012).
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ports/database.h"

namespace slurmxx {

struct SqliteStorage {
  std::string file;
};

struct MysqlStorage {
  std::string host;  // a path that begins with '/' is a unix socket
  std::uint16_t port = 3306;
  std::string user;
  std::string password;
  std::string database;  // made when it is not there and the user may
};

// Blocks until connected or refused.
Result<std::unique_ptr<Database>> open_database(const SqliteStorage& storage);
Result<std::unique_ptr<Database>> open_database(const MysqlStorage& storage);

}  // namespace slurmxx
