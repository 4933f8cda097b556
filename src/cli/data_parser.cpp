// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/data_parser.h"

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {

Status check_data_parser(const OptionValue& value) {
  if (equal_ignoring_case(value.text, "list"))
    return value.answered(fmt::format("Possible data_parser plugins:\n{}\n", data_parser_name), 0);
  if (value.text.empty() || value.text == data_parser_version || value.text == data_parser_name) return {};
  return fail(fmt::format("--{}={}: there is {} alone, without flags: --{} gives it, --{}=list names all",
                          value.row.name, value.text, data_parser_name, value.row.name, value.row.name));
}

}  // namespace slurmxx
