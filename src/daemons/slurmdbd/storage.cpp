// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "daemons/slurmdbd/storage.h"

#include <fmt/format.h>

#include "accounting/schema.h"
#include "adapters/process/read_program.h"
#include "adapters/sql/sql_database.h"

namespace slurmxx {
namespace {

Result<std::unique_ptr<Database>> open_mysql(const DbdStorage& settings) {
  MysqlStorage storage{settings.host, settings.port, settings.user, settings.password, settings.location};
  auto database = open_database(storage);
  if (database || settings.backup_host.empty()) return database;
  storage.host = settings.backup_host;
  return open_database(storage);
}

struct Kind {
  std::string_view type;
  Result<std::unique_ptr<Database>> (*open)(const DbdStorage& settings);
};

constexpr Kind kinds[] = {
    {"accounting_storage/mysql", open_mysql},
    {"accounting_storage/sqlite",
     [](const DbdStorage& settings) { return open_database(SqliteStorage{settings.location}); }},
};

const Kind* kind_of(std::string_view type) {
  for (const Kind& kind : kinds)
    if (kind.type == type) return &kind;
  return nullptr;
}

// Its first line. Asked for at each connection: it may change while slurmdbd runs.
Result<std::string> password_of(const std::string& script) {
  constexpr Seconds patience{10};
  auto printed = read_program_within(patience, {script});
  if (!printed) return fail(Errc::communication, "StoragePassScript: " + printed.error().message);
  return printed->substr(0, printed->find('\n'));
}

}  // namespace

Status check_storage(const DbdStorage& settings) {
  if (!kind_of(settings.type))
    return fail(
        fmt::format("StorageType={}: accounting_storage/sqlite or accounting_storage/mysql is wanted", settings.type));
  if (settings.type == "accounting_storage/sqlite" && !settings.location.starts_with('/'))
    return fail(fmt::format("StorageLoc={}: the path of the database's file is wanted", settings.location));
  if (!settings.password_script.empty() && !settings.password_script.starts_with('/'))
    return fail(fmt::format("StoragePassScript={}: an absolute path is wanted", settings.password_script));
  return {};
}

Result<Database*> Storage::ready(const DbdStorage& settings) {
  if (database_ && settings == settings_) return database_.get();
  database_.reset();
  TRY(check_storage(settings));
  DbdStorage with_password = settings;
  if (!settings.password_script.empty()) {
    TRY_ASSIGN(with_password.password, password_of(settings.password_script));
  }
  TRY_ASSIGN(std::unique_ptr<Database> database, kind_of(settings.type)->open(with_password));
  TRY(migrate(*database));
  database_ = std::move(database);
  settings_ = settings;
  return database_.get();
}

}  // namespace slurmxx
