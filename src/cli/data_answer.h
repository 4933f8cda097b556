// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The frame of every --json and --yaml answer: {NAME: what the command says, "last_update", "meta", "errors", ...}.
#pragma once

#include <optional>
#include <string_view>

#include "cli/command_output.h"
#include "cli/data_fields.h"

namespace slurmxx {

struct DataTarget {
  DataFormat format;
  const Output& output;
  std::optional<Instant> updated;  // "last_update"; nothing: left out
};

// `body` writes the value of NAME and, behind it, members of its own.
template <class Body>
void write_answer(std::string_view name, const DataTarget& to, Body&& body) {
  const auto writer = make_data_writer(to.format, to.output.out);
  begin_answer(*writer);
  writer->key(name);
  body(*writer);
  if (to.updated) number_member(*writer, "last_update", to.updated->seconds);
  end_answer(*writer, to.output.meta);
}

// One object a row of `rows`; `row_of` makes what the table of fields is for.
template <class Row, class Rows, class RowOf>
void write_array(DataWriter& writer, std::span<const DataField<Row>> fields, const Rows& rows, RowOf&& row_of) {
  writer.begin_array();
  for (const auto& one : rows) write_fields<Row>(writer, fields, row_of(one));
  writer.end_array();
}

}  // namespace slurmxx
