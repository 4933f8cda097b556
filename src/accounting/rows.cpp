// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "accounting/rows.h"

#include <iterator>

namespace slurmxx {

Status RowWriter::add(SqlValues row) {
  SLURMXX_CHECK(row.size() == columns_);
  std::move(row.begin(), row.end(), std::back_inserter(values_));
  if (values_.size() + columns_ <= values_max) return {};
  return flush();
}

Status RowWriter::flush() {
  if (values_.empty()) return {};
  std::string one = "(?";
  for (std::size_t i = 1; i < columns_; ++i) one += ",?";
  one += ')';
  std::string sql = head_ + " VALUES " + one;
  for (std::size_t i = columns_; i < values_.size(); i += columns_) sql += "," + one;
  sql += tail_;
  const auto done = database_.execute(sql, values_);
  values_.clear();
  if (!done) return done.error();
  changed_ += *done;
  return {};
}

void add_any_of(std::string& where, SqlValues& bound, std::string_view column, const std::vector<std::string>& values) {
  if (values.empty()) return;
  where += " AND ";
  where += column;
  where += " IN (?";
  for (std::size_t i = 1; i < values.size(); ++i) where += ",?";
  where += ')';
  for (const std::string& value : values) bound.emplace_back(value);
}

}  // namespace slurmxx
