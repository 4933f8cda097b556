// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/prompt_line.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace slurmxx {

std::optional<std::string> read_prompt_line() {
  std::fflush(stdout);
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  if (::isatty(STDIN_FILENO) == 0) std::printf("%s\n", line.c_str());
  return line;
}

}  // namespace slurmxx
