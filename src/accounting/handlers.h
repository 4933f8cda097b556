// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What slurmdbd does with a request: one row a kind of request, with who may ask and whether it changes the database.
// A handler knows the database through its port and nothing of sockets; a handler that changes something opens a
// Transaction and commits it before it answers.
#pragma once

#include <string>
#include <vector>

#include "core/config/dbd_config.h"
#include "ports/database.h"
#include "wire/accounting_messages.h"

namespace slurmxx {

// Who asks, proven by the session.
struct DbdCaller {
  Uid uid;
  Gid gid;
  std::string user_name;
  std::string cluster;    // as the call says
  bool trusted = false;   // root, SlurmUser, or the user that slurmdbd runs as
  std::string from = {};  // its address
};

struct DbdContext {
  Database& database;
  const DbdConfig& config;
  std::string host;  // of slurmdbd
  DbdCaller caller;
  Instant now;
  std::vector<DbdNews> news;              // to be sent to controllers when the handler has succeeded
  std::vector<std::string> audited = {};  // lines of the audit trail, for syslog; likewise
  std::string (*user_name)(Uid) = nullptr;
};

enum class DbdAccess : std::uint8_t {
  anyone,   // the handler shows each his own, or asks for the admin level itself
  trusted,  // controllers
};

struct DbdHandler {
  const char* name;
  DbdAccess access;
  bool writes;  // runs on the one connection that changes the database
  Result<DbdReply> (*serve)(DbdContext& context, const DbdRequest& request);
};

const DbdHandler& handler_of(const DbdRequest& request);
DbdReply serve_dbd(DbdContext& context, const DbdRequest& request);  // an Error becomes a DbdError

}  // namespace slurmxx
