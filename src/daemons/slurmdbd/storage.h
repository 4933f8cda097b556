// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A connection to the database that StorageType names: made when it is needed, made again when it was lost. One object
// a thread. The first connection brings the tables to the newest version.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/config/dbd_config.h"
#include "ports/database.h"

namespace slurmxx {

class Storage {
 public:
  // Connected, with all tables. An error is worth another try later, except Errc::error at the start of slurmdbd.
  Result<Database*> ready(const DbdStorage& settings);
  void lost() { database_.reset(); }  // after an error with Errc::communication

 private:
  DbdStorage settings_;  // of the connection
  std::unique_ptr<Database> database_;
};

// The error names the key of slurmdbd.conf that is wrong.
Status check_storage(const DbdStorage& settings);

}  // namespace slurmxx
