// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Inserts many rows with few statements.
#pragma once

#include <string>
#include <string_view>

#include "core/text/safe_text.h"
#include "ports/database.h"

namespace slurmxx {

class RowWriter {
 public:
  static constexpr std::size_t values_max = 6000;     // of a statement; SQLite takes 32766
  static constexpr std::size_t bytes_max = 4u << 20;  // likewise; MariaDB takes 16 MiB by default

  RowWriter(Database& database, std::string head, std::size_t columns, std::string tail = "")
      : database_(database), insert_{std::move(head), columns, std::move(tail)} {}

  Status add(SqlValues row);
  Status flush();
  std::uint64_t changed() const { return changed_; }  // rows, as the database counts them

 private:
  Database& database_;
  SqlInsert insert_;
  std::uint64_t changed_ = 0;
  SqlValues values_;
  std::size_t bytes_ = 0;  // of the texts in values_
};

// A text, and a name, as their columns take them. MariaDB refuses what is no UTF-8, and with it all that goes in along
// with it: a '?' stands for each such byte.
inline std::string stored_text(std::string_view text) { return valid_utf8(text, "?"); }
inline constexpr std::size_t name_bytes_max = 255;
inline std::string column_text(std::string_view name) { return stored_text(name.substr(0, name_bytes_max)); }

// " AND (column = ? OR column = ? ...)"; nothing without values.
void add_any_of(std::string& where, SqlValues& bound, std::string_view column, const std::vector<std::string>& values);

}  // namespace slurmxx
