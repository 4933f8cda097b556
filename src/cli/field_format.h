// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The -o, -O and -S languages of squeue and sinfo over one table of fields:
//   -o "%.10i %8j|%N"      %[[.]size]letter, other text as it stands; %all for every lettered field
//   -O "JobID:12,Name:.8x" name[:[.][size][suffix]], 20 columns unless told; "JobID:|" is as wide as the value
//   -S "P,t,-p"            letters or names, + ascending, - descending, # in the order of the configuration
// A value longer than its size is cut. Unknown fields of -o stay in the output as text, unknown ones of -O leave no
// column; both give a complaint and the command goes on, as the recorded commands do.
//
//   const Field<JobView> fields[] = {{'i', "JobID", "JOBID", [](const JobView& job) { return text(job.id); }}, ...};
//   FormatParse parsed = parse_letters(field_names(fields), "%.10i %j", "job");
//   heading_line(parsed.format, field_names(fields)); for (job) row_line<JobView>(parsed.format, fields, job);
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace slurmxx {

// What rows are sorted by: numbers first, then the bytes of the text.
struct SortValue {
  std::int64_t number = 0;
  std::string text;

  auto operator<=>(const SortValue&) const = default;
};
template <class T>
requires std::is_integral_v<T> SortValue sort_value(T number) { return {static_cast<std::int64_t>(number), {}}; }
inline SortValue sort_value(Seconds duration) { return {duration.value, {}}; }
inline SortValue sort_value(Instant at) { return {at.seconds, {}}; }
inline SortValue sort_value(std::optional<Instant> at) { return {at ? at->seconds : INT64_MIN, {}}; }

template <class Row>
struct Field {
  char letter = 0;        // 0: only -O knows it
  const char* name = "";  // for -O, compared without case; "" if only -o knows it
  const char* heading = "";
  std::string (*text)(const Row&) = nullptr;
  SortValue (*sorted_by)(const Row&) = nullptr;   // null: the text
  SortValue (*configured)(const Row&) = nullptr;  // for '#'; null: as `sorted_by`
  const char* (*paint)(const Row&) = nullptr;     // SGR parameters on a terminal ("32"); "": plain
  bool whole = false;  // runs over its size rather than being cut: 1-00:00:00 must not read 1-00:00:0
};

struct FieldName {
  char letter = 0;
  const char* name = "";
  const char* heading = "";
};

struct Column {
  static constexpr std::size_t no_field = static_cast<std::size_t>(-1);

  std::size_t field = no_field;  // place in the table; no_field: `suffix` alone
  std::size_t size = 0;          // 0: as wide as the value
  bool right = false;
  bool automatic = false;  // `%#N`: as wide as the widest value, set by fit_columns
  std::string suffix;      // text up to the next column
};

struct Format {
  std::string prefix;
  std::vector<Column> columns;
  bool colour = false;  // the reader is a terminal
};

struct FormatParse {
  Format format;
  std::vector<std::string> complaints;  // "Invalid node format specification: #"
};

struct SortKey {
  std::size_t field = 0;
  bool descending = false;
  bool configured = false;
};

// `kind` is the word in the complaint: job, job step, node. '#' sizes are for our own default formats.
enum class AutomaticSize { refused, allowed };
FormatParse parse_letters(const std::vector<FieldName>& names, std::string_view text, std::string_view kind,
                          AutomaticSize automatic = AutomaticSize::refused);
FormatParse parse_names(const std::vector<FieldName>& names, std::string_view text, std::string_view kind);
// Of several signs before a field the last holds.
enum class ConfiguredOrder { refused, allowed };  // '#'
Result<std::vector<SortKey>> parse_sort(const std::vector<FieldName>& names, std::string_view text,
                                        ConfiguredOrder configured = ConfiguredOrder::allowed);

// `text` in `size` columns, cut or padded; columns are counted in UTF-8 characters.
std::string fit(std::string_view text, std::size_t size, bool right);
std::size_t columns_of(std::string_view text);
std::string heading_line(const Format& format, const std::vector<FieldName>& names);  // with newline
void append_column(const Column& column, std::string_view value, std::string& line);
void append_painted(const Column& column, std::string_view value, const char* paint, std::string& line);

template <class Row>
std::vector<FieldName> field_names(std::span<const Field<Row>> fields) {
  std::vector<FieldName> names;
  names.reserve(fields.size());
  for (const Field<Row>& field : fields) names.push_back({field.letter, field.name, field.heading});
  return names;
}
template <class Row, std::size_t N>
std::vector<FieldName> field_names(const Field<Row> (&fields)[N]) {
  return field_names(std::span<const Field<Row>>(fields));
}

// One record as a line with newline, appended to `out`.
template <class Row>
void append_row(const Format& format, std::span<const Field<Row>> fields, const Row& row, std::string& out) {
  out += format.prefix;
  for (const Column& column : format.columns) {
    if (column.field == Column::no_field) {
      append_column(column, "", out);
      continue;
    }
    const Field<Row>& field = fields[column.field];
    const std::string value = field.text(row);
    if (field.whole && columns_of(value) > column.size)
      out += value + column.suffix;
    else
      append_painted(column, value, format.colour && field.paint ? field.paint(row) : "", out);
  }
  out += '\n';
}

template <class Row>
std::string row_line(const Format& format, std::span<const Field<Row>> fields, const Row& row) {
  std::string line;
  append_row(format, fields, row, line);
  return line;
}

// Gives every automatic column the width of its widest value, at least `minimum`.
template <class Row, class Rows>
void fit_columns(Format& format, std::span<const Field<Row>> fields, const Rows& rows, std::size_t minimum) {
  for (Column& column : format.columns) {
    if (!column.automatic) continue;
    column.size = minimum;
    for (const Row& row : rows) column.size = std::max(column.size, columns_of(fields[column.field].text(row)));
  }
}

template <class Row>
SortValue value_of(const SortKey& key, std::span<const Field<Row>> fields, const Row& row) {
  const Field<Row>& field = fields[key.field];
  if (key.configured && field.configured) return field.configured(row);
  return field.sorted_by ? field.sorted_by(row) : SortValue{0, field.text(row)};
}

// The places 0, 1, ... of rows in the order of their values, of which each row has one for each key. `first` says which
// of two rows comes first that have the same values.
template <class First>
std::vector<std::uint32_t> sorted_places(std::span<const SortKey> keys, std::span<const SortValue> values,
                                         std::size_t rows, const First& first) {
  std::vector<std::uint32_t> places(rows);
  std::iota(places.begin(), places.end(), 0);
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (const auto order = values[a * keys.size() + i] <=> values[b * keys.size() + i]; order != 0)
        return keys[i].descending ? order > 0 : order < 0;
    return first(a, b);
  };
  std::sort(places.begin(), places.end(), before);
  return places;
}

template <class Row>
void sort_rows(std::span<const SortKey> keys, std::span<const Field<Row>> fields, std::vector<Row>& rows) {
  std::vector<SortValue> values;
  values.reserve(rows.size() * keys.size());
  for (const Row& row : rows)
    for (const SortKey& key : keys) values.push_back(value_of<Row>(key, fields, row));
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  for (const std::uint32_t place : sorted_places(keys, values, rows.size(), std::less<>()))
    sorted.push_back(std::move(rows[place]));
  rows = std::move(sorted);
}

}  // namespace slurmxx
