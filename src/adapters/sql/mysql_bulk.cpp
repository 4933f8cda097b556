// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "adapters/sql/mysql_bulk.h"

#include <memory>
#include <vector>

#include <errmsg.h>
#include <fmt/format.h>
#include <mysql.h>

namespace slurmxx {
namespace {

// The values of one column, as the client library reads them.
struct Column {
  std::vector<char> indicators;
  std::vector<long long> integers;
  std::vector<double> reals;
  std::vector<const char*> texts;
  std::vector<unsigned long> lengths;
  std::size_t kind = 0;  // the index in SqlValue of all that is not NULL

  explicit Column(std::size_t rows) { indicators.reserve(rows); }

  bool add(const SqlValue& value, std::size_t rows) {
    if (value.index() != 0 && kind == 0) begin(value.index(), rows);
    if (value.index() != 0 && value.index() != kind) return false;
    indicators.push_back(value.index() == 0 ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
    if (const auto* number = std::get_if<std::int64_t>(&value)) integers.push_back(*number);
    if (const auto* number = std::get_if<double>(&value)) reals.push_back(*number);
    if (const auto* text = std::get_if<std::string>(&value)) {
      texts.push_back(text->data());
      lengths.push_back(text->size());
    }
    if (value.index() == 0 && kind != 0) add_nothing();
    return true;
  }

  void bind(MYSQL_BIND& bind) {
    if (kind == 0) begin(1, indicators.size());
    bind.u.indicator = indicators.data();
    if (!integers.empty()) {
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      bind.buffer = integers.data();
    } else if (!reals.empty()) {
      bind.buffer_type = MYSQL_TYPE_DOUBLE;
      bind.buffer = reals.data();
    } else {
      bind.buffer_type = MYSQL_TYPE_STRING;
      bind.buffer = texts.data();
      bind.length = lengths.data();
    }
  }

 private:
  // Rows before the first value were NULL.
  void begin(std::size_t index, std::size_t rows) {
    kind = index;
    integers.reserve(index == 1 ? rows : 0);
    reals.reserve(index == 2 ? rows : 0);
    texts.reserve(index == 3 ? rows : 0);
    lengths.reserve(index == 3 ? rows : 0);
    for (std::size_t i = 0; i < indicators.size(); ++i) add_nothing();
  }
  void add_nothing() {
    if (kind == 1) integers.push_back(0);
    if (kind == 2) reals.push_back(0);
    if (kind != 3) return;
    texts.push_back("");
    lengths.push_back(0);
  }
};

using Statement = std::unique_ptr<MYSQL_STMT, decltype(&mysql_stmt_close)>;

Error said_by(MYSQL_STMT* statement) {
  const unsigned number = mysql_stmt_errno(statement);
  const bool lost = number == CR_SERVER_GONE_ERROR || number == CR_SERVER_LOST;
  return fail(lost ? Errc::communication : Errc::error,
              fmt::format("the database says: {}", mysql_stmt_error(statement)));
}

}  // namespace

bool takes_arrays(MYSQL* connection) {
  unsigned long capabilities = 0;
  if (mariadb_get_infov(connection, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &capabilities) != 0) return false;
  return (capabilities & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}

Result<std::uint64_t> insert_arrays(MYSQL* connection, const SqlInsert& insert, const SqlValues& values) {
  const std::size_t columns = insert.columns;
  unsigned rows = static_cast<unsigned>(values.size() / columns);
  std::vector<Column> table(columns, Column(rows));
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!table[i % columns].add(values[i], rows))
      return fail(Errc::not_supported,
                  fmt::format("{}: column {} has values of two types", insert.head, i % columns + 1));
  std::vector<MYSQL_BIND> binds(columns);
  for (std::size_t i = 0; i < columns; ++i) table[i].bind(binds[i]);
  const std::string sql = insert.text(1);
  const Statement statement(mysql_stmt_init(connection), &mysql_stmt_close);
  if (!statement) return fail("no memory for a statement");
  if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0 ||
      mysql_stmt_attr_set(statement.get(), STMT_ATTR_ARRAY_SIZE, &rows) != 0 ||
      mysql_stmt_bind_param(statement.get(), binds.data()) != 0 || mysql_stmt_execute(statement.get()) != 0)
    return said_by(statement.get());
  return static_cast<std::uint64_t>(mysql_stmt_affected_rows(statement.get()));
}

}  // namespace slurmxx
