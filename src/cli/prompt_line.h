// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The prompt of scontrol, sacctmgr and sreport.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_output.h"

namespace slurmxx {

using ReadLine = std::function<std::optional<std::string>()>;  // nothing: the input is over

struct Prompt {
  std::string_view command;  // shown before each line
  const Output& output;
  const ReadLine& read_line;
  std::function<bool(std::string_view word)> ends;                     // exit and quit, as the command cuts them short
  std::function<int(const std::vector<std::string>& words)> run_line;  // never empty; not 0: it failed
};

// Until the input is over or a line ends it; "!!" is the line before. 0, or 1 if any line failed.
int run_prompt(const Prompt& prompt);

// The next line of standard input; none: its end. A line that no terminal echoes is shown, so that the output reads as
// a transcript.
std::optional<std::string> read_prompt_line();

}  // namespace slurmxx
