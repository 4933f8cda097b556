// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/ruled_table.h"

#include <cstdlib>

#include <fmt/format.h>

namespace slurmxx {
namespace {

std::size_t size_of(const TableColumn& column) { return static_cast<std::size_t>(std::abs(column.width)); }

std::string fitted(const TableColumn& column, const std::string& text) {
  const std::size_t size = size_of(column);
  if (text.size() > size && size > 0 && !column.whole) return text.substr(0, size - 1) + '+';
  return column.width < 0 ? fmt::format("{:<{}}", text, size) : fmt::format("{:>{}}", text, size);
}

}  // namespace

std::string RuledTable::parsable(const std::vector<std::string>& texts) const {
  std::string line;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    line += texts[i];
    if (form_.style == TableForm::Style::bars_and_end || i + 1 < texts.size()) line += form_.delimiter;
  }
  return line + "\n";
}

std::string RuledTable::heading() const {
  std::vector<std::string> names;
  for (const TableColumn& column : columns_) names.push_back(column.heading);
  if (form_.style != TableForm::Style::aligned) return parsable(names);
  std::string line, rule;
  for (const TableColumn& column : columns_) {
    TableColumn cut = column;
    cut.heading.resize(std::min(column.heading.size(), size_of(column)));
    line += fitted(cut, cut.heading) + ' ';
    rule += std::string(size_of(column), '-') + ' ';
  }
  return line + "\n" + rule + "\n";
}

std::string RuledTable::row(const std::vector<std::string>& texts) const {
  if (form_.style != TableForm::Style::aligned) return parsable(texts);
  std::string line;
  for (std::size_t i = 0; i < columns_.size(); ++i) line += fitted(columns_[i], texts[i]) + ' ';
  return line + "\n";
}

}  // namespace slurmxx
