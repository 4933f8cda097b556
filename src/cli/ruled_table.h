// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Tables as sacct, sreport and sstat print them: a heading, a rule of dashes under it, and rows; or fields between
// delimiters. What does not fit ends with a plus.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace slurmxx {

struct TableColumn {
  std::string heading;
  int width = 0;       // negative: to the left
  bool whole = false;  // never cut: numbers
};

struct TableForm {
  enum class Style { aligned, bars_and_end, bars } style = Style::aligned;
  std::string delimiter = "|";
};

class RuledTable {
 public:
  RuledTable(std::vector<TableColumn> columns, TableForm form) : columns_(std::move(columns)), form_(std::move(form)) {}

  std::string heading() const;  // with the rule, where there is one
  std::string row(const std::vector<std::string>& texts) const;

 private:
  std::string parsable(const std::vector<std::string>& texts) const;

  std::vector<TableColumn> columns_;
  TableForm form_;
};

}  // namespace slurmxx
