// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// -o "NAME,NAME%WIDTH" of sstat and sshare: which fields of a command's table, and the columns that they fill. The
// first letters of a name are enough.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/result.h"
#include "cli/ruled_table.h"
#include "core/text/words.h"

namespace slurmxx {

template <class Field>
struct FieldColumns {
  std::vector<const Field*> fields;
  std::vector<TableColumn> table;
};

// A field has a name and a width (negative: to the left). Error: a name that no field begins with.
template <class Field>
Result<FieldColumns<Field>> field_columns(std::span<const Field> known, std::string_view format) {
  FieldColumns<Field> columns;
  for (const std::string_view word : split_commas(format)) {
    const auto pair = split_once(word, '%');
    const std::string_view name = pair ? pair->first : word;
    const auto begins = [&](const Field& one) { return means(name, one.name, 1); };
    const auto field = std::ranges::find_if(known, begins);
    if (field == known.end()) return fail(fmt::format("Invalid field requested: \"{}\"", name));
    columns.fields.push_back(&*field);
    columns.table.push_back({field->name, field->width});
    if (!pair) continue;
    const auto width = parse_integer(pair->second, {-1000, 1000});
    if (width && *width != 0) columns.table.back().width = static_cast<int>(*width);
  }
  return columns;
}

}  // namespace slurmxx
