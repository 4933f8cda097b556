// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Words of users on their way to somebody else's terminal or parser: a job's name may hold any bytes.
#pragma once

#include <string>
#include <string_view>

namespace slurmxx {

// Every control character (line ends and tabs too, and those above ASCII) is a '?': a name cannot forge a line of a
// table, nor speak to a terminal. Other bytes stay, also where they are no UTF-8.
std::string printable(std::string_view text);

// Every byte that is not part of a UTF-8 character is U+FFFD, or what is told: JSON allows nothing else.
std::string valid_utf8(std::string_view text, std::string_view instead = "\xEF\xBF\xBD");

std::string json_string(std::string_view text);  // with its quotes

}  // namespace slurmxx
