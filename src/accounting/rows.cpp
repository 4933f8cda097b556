// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
#include "accounting/rows.h"

#include <iterator>

namespace slurmxx {

Status RowWriter::add(SqlValues row) {
  SLURMXX_CHECK(row.size() == insert_.columns);
  for (const SqlValue& value : row)
    if (const auto* text = std::get_if<std::string>(&value)) bytes_ += text->size();
  std::move(row.begin(), row.end(), std::back_inserter(values_));
  if (values_.size() + insert_.columns <= values_max && bytes_ < bytes_max) return {};
  return flush();
}

Status RowWriter::flush() {
  if (values_.empty()) return {};
  const auto done = database_.insert(insert_, values_);
  values_.clear();
  bytes_ = 0;
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
  for (const std::string& value : values) bound.emplace_back(column_text(value));
}

}  // namespace slurmxx
