// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// slurmdbd.conf: every documented key, read by the table in dbd_config.cpp, which owns the defaults (slurmdbd.conf(5)).
// Whose file it is and who may read it is checked by slurmdbd, which opens it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "core/accounting/retention.h"
#include "core/config/grammar.h"
#include "core/config/record_reader.h"

namespace slurmxx {

struct DbdIdentity {
  std::string dbd_host = "localhost";
  std::string dbd_address;  // empty: the host
  std::string backup_host;
  std::uint16_t port = 6819;
  std::string slurm_user = "root";
  std::string auth_type = "auth/munge";
  std::string auth_info;
  std::vector<std::string> auth_alt_types;
  std::string auth_alt_parameters;
  std::vector<std::string> private_data;  // lower case; empty: none
  std::vector<std::string> parameters;    // "PreserveCaseUser"
  Seconds message_timeout{10};
};

struct DbdStorage {
  std::string type;  // "accounting_storage/mysql", "accounting_storage/sqlite"
  std::string host = "localhost";
  std::string backup_host;
  std::uint16_t port = 3306;
  std::string user;  // empty: SlurmUser
  std::string password;
  std::string password_script;  // prints it; empty: it stands above
  std::string location;         // database, or file; empty: slurm_acct_db
  std::string parameters;
  bool operator==(const DbdStorage&) const = default;
};

struct DbdLogging {
  std::string log_file;
  std::string pid_file = "/var/run/slurmdbd.pid";
  std::string debug_level = "info";
  std::string debug_level_syslog;
  std::string log_time_format = "iso8601_ms";
};

struct DbdBehaviour {
  Seconds commit_delay{0};
  Seconds max_query_range{0};  // 0: any
  bool track_wckey = false;
  bool track_slurmctld_down = false;
  bool allow_no_default_account = false;
  bool all_resources_absolute = false;
  bool disable_coordinators = false;
  bool disable_archive_commands = false;
  bool disable_rollups = false;
  std::string default_qos;
};

struct DbdConfig {
  DbdIdentity identity;
  DbdStorage storage;
  DbdLogging logging;
  Retention retention;
  DbdBehaviour behaviour;
  // For `sacctmgr show config`: every key in the order of the table with its effective value, the password left out.
  std::vector<std::pair<std::string, std::string>> shown;
};

// Errors name the file, the line and the nearest known key.
Result<DbdConfig> parse_dbd_config(const std::string& path, const FileReader& read, std::vector<std::string>& warnings);

}  // namespace slurmxx
