// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/archive_format.h"

#include <fmt/format.h>

#include "state/codec.h"
#include "wire/accounting_records.h"

namespace slurmxx {
namespace {

constexpr std::string_view magic = "sxarch01";
constexpr std::size_t family = 6;  // of its bytes; the version follows

// One value: NULL, a number, or bytes.
struct Cell {
  std::optional<std::int64_t> number;
  std::optional<double> real;
  std::optional<std::string> text;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "number", self.number);
    v(2, "real", self.real);
    v(3, "text", self.text);
  }
};

struct Row {
  std::vector<Cell> cells;
  template <class Self, class V>
  static void describe(Self& self, V& v) {
    v(1, "cells", self.cells);
  }
};

Cell cell_of(const SqlValue& value) {
  Cell cell;
  if (const auto* number = std::get_if<std::int64_t>(&value)) cell.number = *number;
  if (const auto* real = std::get_if<double>(&value)) cell.real = *real;
  if (const auto* text = std::get_if<std::string>(&value)) cell.text = *text;
  return cell;
}

SqlValue value_of(Cell cell) {
  if (cell.number) return *cell.number;
  if (cell.real) return *cell.real;
  if (cell.text) return std::move(*cell.text);
  return std::monostate();
}

}  // namespace

std::string archive_bytes(const Archive& archive) {
  std::string bytes(magic);
  ArchiveHead head = archive.head;
  head.rows = archive.rows.size();
  append_checked(bytes, encode(head));
  for (const SqlValues& values : archive.rows) {
    Row row;
    for (const SqlValue& value : values) row.cells.push_back(cell_of(value));
    append_checked(bytes, encode(row));
  }
  return bytes;
}

Result<Archive> read_archive(std::string_view bytes) {
  if (!bytes.starts_with(magic.substr(0, family))) return fail("it is no archive of slurmdbd");
  if (!bytes.starts_with(magic))
    return fail(fmt::format("its version is {}, this slurmdbd reads {}: load it with the slurmdbd that wrote it",
                            bytes.substr(family, magic.size() - family), magic.substr(family)));
  std::size_t at = magic.size();
  const auto next = [&]() -> Result<std::string_view> {
    const auto frame = entry_at(bytes, at);
    if (!frame) return fail(fmt::format("it is damaged or cut short at byte {}", at));
    at = frame->end;
    return frame->body;
  };
  Archive archive;
  TRY_ASSIGN(const std::string_view head, next());
  TRY_ASSIGN(archive.head, decode<ArchiveHead>(head));
  for (std::uint64_t i = 0; i < archive.head.rows; ++i) {
    TRY_ASSIGN(const std::string_view body, next());
    TRY_ASSIGN(Row row, decode<Row>(body));
    if (row.cells.size() != archive.head.columns.size())
      return fail(fmt::format("row {} has {} values, and there are {} columns", i + 1, row.cells.size(),
                              archive.head.columns.size()));
    SqlValues& values = archive.rows.emplace_back();
    for (Cell& cell : row.cells) values.push_back(value_of(std::move(cell)));
  }
  if (at != bytes.size()) return fail(fmt::format("{} bytes follow its last row", bytes.size() - at));
  return archive;
}

}  // namespace slurmxx
