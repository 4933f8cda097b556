// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What slurmdbd does with a request: one row a kind of request, with who may ask and whether it changes the database.
// A handler knows the database through its port and nothing of sockets; a handler that changes something opens a
// Transaction and commits it before it answers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/config/dbd_config.h"
#include "ports/database.h"
#include "ports/folder.h"
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

// What a handler may ask of the daemon and of its host; what is not given is not to be had.
struct DbdPorts {
  std::function<Result<std::unique_ptr<Folder>>(const std::string& path)> open_folder = {};  // made if it is not there
  std::function<Result<std::string>(const std::string& path)> read_file = {};
  std::function<Status(const std::string& path, const std::vector<std::string>& environment)> run_script = {};
  std::function<Status()> reconfigure = {};
  std::function<void()> shut_down = {};
  std::function<DbdStatistics()> statistics = {};
  std::function<void()> clear_statistics = {};
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
  const DbdPorts* ports = nullptr;
  Instant booted = {};  // slurmdbd
};

enum class DbdAccess : std::uint8_t {
  anyone,   // the handler shows each his own, or asks for the admin level itself
  trusted,  // controllers
};

struct DbdHandler {
  const char* name;
  const char* call;
  DbdAccess access;
  bool writes;
  Result<DbdReply> (*serve)(DbdContext& context, const DbdRequest& request);
};

const DbdHandler& handler_of(const DbdRequest& request);
std::string call_name(const DbdRequest& request);  // "DBD_GET_JOBS", for statistics
bool writes(const DbdRequest& request);            // runs on the one connection that changes the database
DbdReply serve_dbd(DbdContext& context, const DbdRequest& request);  // an Error becomes a DbdError

}  // namespace slurmxx
