// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How every daemon reads its command line: letters and long names of getopt_long, no operands.
#pragma once

#include <getopt.h>

#include <functional>
#include <optional>
#include <string>

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

// What slurmctld, slurmd and slurmdbd all take: -D -f -h -L -n -s -v -V.
struct DaemonOptions {
  bool foreground = false;
  bool to_log_folder = false;
  int verbosity = 0;
  std::optional<int> nice;  // -20 to 19
  std::string conf;
  std::string log_file;              // empty: the configuration's
  std::optional<std::string> print;  // this instead of any work
};

// Takes the option if it is one of those; others are left alone.
Status take_daemon_option(DaemonOptions& options, int letter, const char* value, const char* usage);

// --systemd: systemd keeps it, and is told when it serves (background.h).
inline constexpr option daemon_long_options[] = {{"help", no_argument, nullptr, 'h'},
                                                 {"systemd", no_argument, nullptr, 'D'},
                                                 {"verbose", no_argument, nullptr, 'v'},
                                                 {"version", no_argument, nullptr, 'V'},
                                                 {nullptr, 0, nullptr, 0}};

}  // namespace slurmxx
