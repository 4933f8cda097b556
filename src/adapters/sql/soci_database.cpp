// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// SOCI throws; nothing of that leaves this file. Values are bound by position: SQLite finds names by looking through
// all of them, and a statement here may have thousands.
#include "adapters/sql/sql_database.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>

#include <fmt/format.h>
#include <soci/mysql/soci-mysql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "adapters/sql/mysql_bulk.h"

namespace slurmxx {
namespace {

constexpr int sqlite_patience_s = 60;  // for another connection's transaction

Error said_by(const soci::soci_error& error) {
  const bool lost = error.get_error_category() == soci::soci_error::connection_error;
  std::string message = error.get_error_message();
  if (const std::size_t line = message.find('\n'); line != std::string::npos) message.resize(line);
  return fail(lost ? Errc::communication : Errc::error, "the database says: " + message);
}

// What SOCI binds must stay where it is until the statement has run.
struct Bound {
  std::deque<long long> integers;
  std::deque<double> reals;
  std::deque<std::string> texts;
  soci::indicator null = soci::i_null;

  void bind(soci::statement& statement, const SqlValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value))
      return statement.exchange(soci::use(integers.emplace_back(*number)));
    if (const auto* number = std::get_if<double>(&value))
      return statement.exchange(soci::use(reals.emplace_back(*number)));
    if (const auto* text = std::get_if<std::string>(&value))
      return statement.exchange(soci::use(texts.emplace_back(*text)));
    statement.exchange(soci::use(texts.emplace_back(), null));
  }
};

SqlValue value_of(const soci::row& row, std::size_t column) {
  if (row.get_indicator(column) == soci::i_null) return std::monostate();
  switch (row.get_properties(column).get_data_type()) {
    case soci::dt_double:
      return row.get<double>(column);
    case soci::dt_integer:
      return static_cast<std::int64_t>(row.get<int>(column));
    case soci::dt_long_long:
      return static_cast<std::int64_t>(row.get<long long>(column));
    case soci::dt_unsigned_long_long:
      return static_cast<std::int64_t>(row.get<unsigned long long>(column));
    default:
      return row.get<std::string>(column);
  }
}

// SOCI's MySQL wants names, each once, in the order of the values.
std::string with_names(std::string_view sql) {
  std::string named;
  named.reserve(sql.size() * 2);
  std::size_t count = 0;
  char quote = 0;
  for (const char c : sql) {
    if (quote == 0 && (c == '\'' || c == '`' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
    if (c == '?' && quote == 0) {
      named += ":p" + std::to_string(++count);
    } else {
      named += c;
    }
  }
  return named;
}

class SociDatabase : public Database {
 public:
  SociDatabase(SqlDialect dialect, const soci::connection_parameters& parameters)
      : dialect_(dialect), session_(parameters), arrays_(dialect == SqlDialect::mysql && takes_arrays(mysql())) {}

  SqlDialect dialect() const override { return dialect_; }

  Result<std::vector<SqlRow>> query(std::string_view sql, const SqlValues& values) override {
    std::vector<SqlRow> rows;
    TRY(guarded([&] {
      soci::row row;
      soci::statement statement(session_);
      Bound bound;
      statement.exchange(soci::into(row));
      for (bool more = run(statement, bound, sql, values); more; more = statement.fetch()) {
        SqlValues cells;
        cells.reserve(row.size());
        for (std::size_t column = 0; column < row.size(); ++column) cells.push_back(value_of(row, column));
        rows.emplace_back(std::move(cells));
      }
    }));
    return rows;
  }

  Result<std::uint64_t> execute(std::string_view sql, const SqlValues& values) override {
    std::uint64_t changed = 0;
    TRY(guarded([&] {
      soci::statement statement(session_);
      Bound bound;
      run(statement, bound, sql, values);
      changed = static_cast<std::uint64_t>(std::max<long long>(0, statement.get_affected_rows()));
    }));
    return changed;
  }

  Result<std::uint64_t> insert(const SqlInsert& statement, const SqlValues& values) override {
    if (arrays_) {
      auto done = insert_arrays(mysql(), statement, values);
      if (done || done.error().code != Errc::not_supported) return done;
    }
    return Database::insert(statement, values);
  }

  // IMMEDIATE: two writers of SQLite that begin as readers would block each other for good.
  Status begin() override { return plain(dialect_ == SqlDialect::sqlite ? "BEGIN IMMEDIATE" : "START TRANSACTION"); }
  Status begin_reading() override {
    return plain(dialect_ == SqlDialect::sqlite ? "BEGIN" : "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  }
  Status commit() override { return plain("COMMIT"); }
  void rollback() override { static_cast<void>(plain("ROLLBACK")); }

 private:
  bool run(soci::statement& statement, Bound& bound, std::string_view sql, const SqlValues& values) {
    for (const SqlValue& value : values) bound.bind(statement, value);
    statement.alloc();
    statement.prepare(dialect_ == SqlDialect::mysql ? with_names(sql) : std::string(sql));
    statement.define_and_bind();
    return statement.execute(true);
  }

  Status plain(const char* sql) {
    const auto done = execute(sql, {});
    return done ? Status() : done.error();
  }

  template <class Action>
  static Status guarded(Action action) {
    try {
      action();
      return {};
    } catch (const soci::soci_error& error) {
      return said_by(error);
    } catch (const std::exception& error) {
      return fail(fmt::format("the database's answer is of another type than expected: {}", error.what()));
    }
  }

  MYSQL* mysql() { return static_cast<soci::mysql_session_backend*>(session_.get_backend())->conn_; }

  SqlDialect dialect_;
  soci::session session_;
  bool arrays_;
};

Result<std::unique_ptr<Database>> connect(SqlDialect dialect, const soci::backend_factory& factory,
                                          const std::string& parameters) {
  try {
    return std::unique_ptr<Database>(
        std::make_unique<SociDatabase>(dialect, soci::connection_parameters(factory, parameters)));
  } catch (const soci::soci_error& error) {
    return said_by(error);
  }
}

Status run_all(Database& database, std::initializer_list<const char*> statements) {
  for (const char* sql : statements) {
    const auto done = database.query(sql);
    if (!done) return done.error();
  }
  return {};
}

std::string quoted(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

// 0600 before anything is in it: job scripts and environments may be. A file that is there is not touched: to close it
// would take the locks of all connections of this process, and others would remove the log that these write.
Status make_private(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) return {};
  if (fd < 0) return fail(fmt::format("StorageLoc={}: {}", file, std::strerror(errno)));
  ::close(fd);
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> open_database(const SqliteStorage& storage) {
  if (storage.file.find('"') != std::string::npos)
    return fail(fmt::format("StorageLoc={}: a quote cannot be in the name of the file", storage.file));
  TRY(make_private(storage.file));
  auto database = connect(SqlDialect::sqlite, *soci::factory_sqlite3(),
                          fmt::format("db=\"{}\" timeout={}", storage.file, sqlite_patience_s));
  if (!database) return fail(fmt::format("StorageLoc={}: {}", storage.file, database.error().message));
  // What was acknowledged is gone from the controllers: each commit is synced.
  TRY(run_all(**database, {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
                           "PRAGMA cache_size=-65536"}));
  return database;
}

Result<std::unique_ptr<Database>> open_database(const MysqlStorage& storage) {
  const bool local = storage.host.starts_with('/');
  const std::string place = local ? fmt::format("unix_socket={}", quoted(storage.host))
                                  : fmt::format("host={} port={}", quoted(storage.host), storage.port);
  auto database = connect(
      SqlDialect::mysql, *soci::factory_mysql(),
      fmt::format("{} user={} password={} charset=utf8mb4", place, quoted(storage.user), quoted(storage.password)));
  if (!database)
    return fail(database.error().code,
                fmt::format("StorageHost={} StorageUser={}: {}", storage.host, storage.user, database.error().message));
  if (storage.database.find('`') != std::string::npos)
    return fail(fmt::format("StorageLoc={}: not the name of a database", storage.database));
  static_cast<void>((*database)->execute(
      fmt::format("CREATE DATABASE IF NOT EXISTS `{}` CHARACTER SET utf8mb4", storage.database), {}));
  const auto used = (*database)->execute(fmt::format("USE `{}`", storage.database), {});
  if (!used) return fail(fmt::format("StorageLoc={}: {}", storage.database, used.error().message));
  TRY(run_all(**database, {"SET SESSION sql_mode='STRICT_ALL_TABLES'", "SET SESSION group_concat_max_len=1048576"}));
  return database;
}

}  // namespace slurmxx
