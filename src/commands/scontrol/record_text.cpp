// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scontrol/record_text.h"

#include "core/text/safe_text.h"
#include "core/text/words.h"

namespace slurmxx {

std::string RecordText::text(bool one_line) const {
  std::vector<std::string> safe;
  for (const std::string& line : lines_) safe.push_back(printable(line));
  return join(safe, one_line ? " " : "\n   ") + (one_line ? "\n" : "\n\n");
}

}  // namespace slurmxx
