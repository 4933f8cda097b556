// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The word behind --json= and --yaml=: which published description the answer has the form of.
#pragma once

#include "cli/options.h"

namespace slurmxx {

inline constexpr std::string_view data_parser_version = "v0.0.44";
inline constexpr std::string_view data_parser_name = "data_parser/v0.0.44";

// No word, the version that there is with or without "data_parser/", or "list", which ends the command with all that
// there are. Error: any other, and flags behind a '+'.
Status check_data_parser(const OptionValue& value);

}  // namespace slurmxx
