// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a row says as a number and as text, whatever type it came in; statements of many rows.
#include "ports/database.h"

#include <charconv>
#include <cstdlib>

namespace slurmxx {

std::int64_t SqlRow::integer(std::size_t column) const {
  const SqlValue& value = values_.at(column);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* number = std::get_if<double>(&value)) return static_cast<std::int64_t>(*number);
  const auto* text = std::get_if<std::string>(&value);
  if (!text) return 0;
  std::int64_t number = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), number);
  if (read.ec == std::errc() && read.ptr == text->data() + text->size()) return number;
  return static_cast<std::int64_t>(std::strtod(text->c_str(), nullptr));
}

double SqlRow::real(std::size_t column) const {
  const SqlValue& value = values_.at(column);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  const auto* text = std::get_if<std::string>(&value);
  return text ? std::strtod(text->c_str(), nullptr) : 0;
}

std::string SqlRow::text(std::size_t column) const {
  const SqlValue& value = values_.at(column);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) return std::to_string(*number);
  return {};
}

std::string SqlInsert::text(std::size_t rows) const {
  std::string one = "(?";
  for (std::size_t i = 1; i < columns; ++i) one += ",?";
  one += ')';
  std::string sql = head + " VALUES " + one;
  for (std::size_t i = 1; i < rows; ++i) sql += "," + one;
  return sql + tail;
}

Result<std::uint64_t> Database::insert(const SqlInsert& statement, const SqlValues& values) {
  return execute(statement.text(values.size() / statement.columns), values);
}

Result<Transaction> Transaction::begin(Database& database) {
  TRY(database.begin());
  return Transaction(database);
}

Result<Transaction> Transaction::begin_reading(Database& database) {
  TRY(database.begin_reading());
  return Transaction(database);
}

Status Transaction::commit() {
  Database* database = std::exchange(database_, nullptr);
  Status done = database->commit();
  if (!done) database->rollback();
  return done;
}

}  // namespace slurmxx
