// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How every daemon reads its command line: letters and long names of getopt_long, no operands.
#pragma once

#include <getopt.h>

#include <functional>

#include "base/result.h"

namespace slurmxx {

struct DaemonLine {
  const char* letters = "";       // as getopt takes them, without a leading ':'
  const option* names = nullptr;  // ends with a row of zeros; nullptr: no long names
  const char* usage = "";         // follows every complaint
};

// `take` gets each option with its value (nullptr: none) as it stands, and the word it was written in. The first error
// ends the reading.
using TakeOption = std::function<Status(int letter, const char* value, const char* word)>;
Status read_daemon_line(int argc, char** argv, const DaemonLine& line, const TakeOption& take);

// -n VALUE: -20 to 19.
Result<int> nice_value(const char* text);

}  // namespace slurmxx
