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

int run_prompt(const Prompt& prompt) {
  int exit_code = 0;
  std::string before;
  while (true) {
    prompt.output.print(std::string(prompt.command) + ": ");
    std::optional<std::string> line = prompt.read_line();
    if (!line) {
      prompt.output.line("");
      return exit_code;
    }
    if (trim(*line) == "!!") line = before;
    before = *line;
    const auto words = split_words(*line);
    if (!words) {
      prompt.output.error_line(text_of(words.error()));
      exit_code = 1;
      continue;
    }
    if (words->empty()) continue;
    if (prompt.ends(words->front())) return exit_code;
    if (prompt.run_line(*words) != 0) exit_code = 1;
  }
}

}  // namespace slurmxx
