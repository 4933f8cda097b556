// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/field_format.h"

#include <fmt/format.h>

#include "core/text/safe_text.h"
#include "core/text/words.h"

namespace slurmxx {

namespace {

constexpr std::size_t long_format_size = 20;
constexpr std::size_t size_max = 10000;  // of one column; longer ones are a slip of the hand

std::size_t find_letter(const std::vector<FieldName>& names, char letter) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i].letter == letter && letter != 0) return i;
  return Column::no_field;
}

std::size_t find_name(const std::vector<FieldName>& names, std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (*names[i].name && equal_ignoring_case(name, names[i].name)) return i;
  return Column::no_field;
}

std::size_t read_size(std::string_view text, std::size_t& at) {
  std::size_t size = 0;
  for (; at < text.size() && is_digit(text[at]); ++at)
    size = std::min(size_max, size * 10 + static_cast<std::size_t>(text[at] - '0'));
  return size;
}

std::vector<Column> every_lettered_field(const std::vector<FieldName>& names) {
  std::vector<Column> columns;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i].letter) columns.push_back({.field = i, .suffix = "|"});
  if (!columns.empty()) columns.back().suffix.clear();
  return columns;
}

// One field of -o. `at` stands behind its '%' and is left at its suffix.
std::vector<Column> read_letter_field(const std::vector<FieldName>& names, std::string_view text, std::size_t& at,
                                      AutomaticSize automatic) {
  if (text.substr(at, 3) == "all") {
    at += 3;
    return every_lettered_field(names);
  }
  Column column;
  if (at < text.size() && text[at] == '.') column.right = (++at, true);
  if (at < text.size() && text[at] == '#' && automatic == AutomaticSize::allowed) column.automatic = (++at, true);
  column.size = read_size(text, at);
  if (at < text.size() && text[at] != '%') column.field = find_letter(names, text[at++]);
  return {column};
}

}  // namespace

FormatParse parse_letters(const std::vector<FieldName>& names, std::string_view text, std::string_view kind,
                          AutomaticSize automatic) {
  FormatParse parsed;
  std::size_t at = std::min(text.find('%'), text.size());
  parsed.format.prefix = text.substr(0, at);
  while (at < text.size()) {
    const std::size_t start = at++;
    std::vector<Column> columns = read_letter_field(names, text, at, automatic);
    const std::size_t next = std::min(text.find('%', at), text.size());
    if (!columns.empty() && columns.back().field == Column::no_field) {
      const bool alone = at == start + 1;  // a '%' with nothing behind it prints nothing
      if (!alone) parsed.complaints.push_back(fmt::format("Invalid {} format specification: {}", kind, text[at - 1]));
      columns.back() = {.suffix = alone ? "" : std::string(text.substr(start, at - start))};
    }
    if (!columns.empty()) columns.back().suffix += text.substr(at, next - at);
    at = next;
    parsed.format.columns.insert(parsed.format.columns.end(), columns.begin(), columns.end());
  }
  return parsed;
}

FormatParse parse_names(const std::vector<FieldName>& names, std::string_view text, std::string_view kind) {
  FormatParse parsed;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    const std::string_view word = text.substr(start, end - start);
    start = end + 1;
    if (word.empty()) continue;
    const std::size_t colon = std::min(word.find(':'), word.size());
    const std::string_view name = word.substr(0, colon);
    Column column{.field = find_name(names, name), .size = long_format_size};
    if (colon < word.size()) {
      std::size_t at = colon + 1;
      if (at < word.size() && word[at] == '.') column.right = (++at, true);
      column.size = read_size(word, at);  // none: as wide as the value
      column.suffix = word.substr(at);
    }
    if (column.field != Column::no_field) {
      parsed.format.columns.push_back(column);
    } else if (equal_ignoring_case(name, "all")) {
      for (Column& one : every_lettered_field(names)) parsed.format.columns.push_back(std::move(one));
    } else {
      parsed.complaints.push_back(fmt::format("Invalid {} format specification: {}", kind, name));
    }
  }
  return parsed;
}

namespace {

// A name, or letters that stand together: "tj" is "t,j". Nothing: it is none of these.
std::vector<SortKey> keys_of(const std::vector<FieldName>& names, std::string_view word, SortKey how) {
  std::vector<SortKey> keys;
  how.field = find_name(names, word);
  if (how.field != Column::no_field && word.size() > 1) return {how};
  for (const char letter : word) {
    how.field = find_letter(names, letter);
    if (how.field == Column::no_field) return {};
    keys.push_back(how);
  }
  return keys;
}

}  // namespace

Result<std::vector<SortKey>> parse_sort(const std::vector<FieldName>& names, std::string_view text,
                                        ConfiguredOrder configured) {
  const bool may_ask = configured == ConfiguredOrder::allowed;
  std::vector<SortKey> all;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    std::string_view word = text.substr(start, end - start);
    start = end + 1;
    SortKey how;
    for (; !word.empty() && (word[0] == '+' || word[0] == '-' || (word[0] == '#' && may_ask)); word.remove_prefix(1)) {
      how.configured = how.configured || word[0] == '#';
      if (word[0] != '#') how.descending = word[0] == '-';
    }
    if (word.empty()) continue;  // a sign alone says nothing
    if (word[0] == '#') return fail("Invalid sort specification: #");
    const std::vector<SortKey> keys = keys_of(names, word, how);
    if (keys.empty()) return fail(fmt::format("Invalid sort specification: {}", word));
    all.insert(all.end(), keys.begin(), keys.end());
  }
  return all;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

namespace {

void append_fitted(std::string_view text, std::size_t size, bool right, std::string& line) {
  std::size_t end = 0, width = 0;
  for (; end < text.size(); ++end) {
    if ((text[end] & 0xC0) == 0x80) continue;
    if (width == size) break;
    ++width;
  }
  if (right) line.append(size - width, ' ');
  line += text.substr(0, end);
  if (!right) line.append(size - width, ' ');
}

}  // namespace

std::string fit(std::string_view text, std::size_t size, bool right) {
  if (size == 0) return std::string(text);
  std::string line;
  append_fitted(text, size, right, line);
  return line;
}

void append_column(const Column& column, std::string_view value, std::string& line) {
  const std::string safe = printable(value);
  if (column.size == 0)
    line += safe;
  else
    append_fitted(safe, column.size, column.right, line);
  line += column.suffix;
}

void append_painted(const Column& column, std::string_view value, const char* paint, std::string& line) {
  if (*paint == 0) return append_column(column, value, line);
  Column bare = column;
  bare.suffix.clear();
  line += std::string("\x1b[") + paint + "m";
  append_column(bare, value, line);
  line += "\x1b[0m" + column.suffix;
}

std::string heading_line(const Format& format, const std::vector<FieldName>& names) {
  std::string line = format.prefix;
  for (const Column& column : format.columns) {
    append_column(column, column.field == Column::no_field ? "" : names[column.field].heading, line);
  }
  return line + "\n";
}

}  // namespace slurmxx
