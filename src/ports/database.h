// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A relational database, as little of it as accounting needs. Statements are SQL that SQLite and MariaDB both take
// (BIGINT, DOUBLE, VARCHAR, TEXT; REPLACE INTO; LIMIT); a ? stands for a value, which is never part of the text. Where
// the two differ, dialect() tells which it is. One object is one connection and belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace slurmxx {

using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string>;  // monostate: NULL
using SqlValues = std::vector<SqlValue>;

// Databases tell the type of an expression differently (a sum may come as text): the reader says what it wants.
class SqlRow {
 public:
  explicit SqlRow(SqlValues values) : values_(std::move(values)) {}
  bool is_null(std::size_t column) const { return values_.at(column).index() == 0; }
  std::int64_t integer(std::size_t column) const;  // NULL and what is no number: 0
  double real(std::size_t column) const;           // likewise
  std::string text(std::size_t column) const;      // NULL: empty
  const SqlValue& value(std::size_t column) const { return values_.at(column); }
  std::size_t size() const { return values_.size(); }

 private:
  SqlValues values_;
};

// Rows that go in together, their values one behind the other.
struct SqlInsert {
  std::string head;  // "REPLACE INTO jobs (a, b)"
  std::size_t columns = 0;
  std::string tail = {};  // behind the values

  std::string text(std::size_t rows) const;  // "REPLACE INTO jobs (a, b) VALUES (?,?),(?,?)"
};

enum class SqlDialect : std::uint8_t { sqlite, mysql };

class Database {
 public:
  virtual ~Database() = default;
  virtual SqlDialect dialect() const = 0;

  // Errors: Errc::communication when the connection is lost (the transaction with it), else what the database said.
  virtual Result<std::vector<SqlRow>> query(std::string_view sql, const SqlValues& values) = 0;
  virtual Result<std::uint64_t> execute(std::string_view sql, const SqlValues& values) = 0;   // rows changed
  virtual Result<std::uint64_t> insert(const SqlInsert& statement, const SqlValues& values);  // rows changed
  virtual Status begin() = 0;
  virtual Status begin_reading() = 0;  // all that is read until the rollback is of one moment; holds up nobody
  virtual Status commit() = 0;
  virtual void rollback() = 0;  // also when no transaction is open

  Result<std::vector<SqlRow>> query(std::string_view sql) { return query(sql, {}); }
  Result<std::uint64_t> execute(std::string_view sql) { return execute(sql, {}); }
};

// Rolls back what was not committed.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  static Result<Transaction> begin_reading(Database& database);  // ends with the object
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&& other) noexcept {
    std::swap(database_, other.database_);
    return *this;
  }
  ~Transaction() {
    if (database_) database_->rollback();
  }
  Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace slurmxx
