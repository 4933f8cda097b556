// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scontrol/record_text.h"

#include "core/text/words.h"

namespace slurmxx {

std::string RecordText::text(bool one_line) const {
  return join(lines_, one_line ? " " : "\n   ") + (one_line ? "\n" : "\n\n");
}

}  // namespace slurmxx
