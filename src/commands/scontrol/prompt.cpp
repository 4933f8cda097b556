// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/scontrol/prompt.h"

#include <fmt/format.h>

namespace slurmxx {
namespace {

// Words that are options on the command line.
struct Mode {
  std::string_view name;
  void (*function)(ScontrolOptions&);
};

constexpr Mode modes[] = {
    {"all", [](ScontrolOptions& o) { o.all = true, o.hide = false; }},
    {"hide", [](ScontrolOptions& o) { o.hide = true, o.all = false; }},
    {"details", [](ScontrolOptions& o) { o.details = true; }},
    {"oneliner", [](ScontrolOptions& o) { o.oneliner = true; }},
    {"quiet", [](ScontrolOptions& o) { o.quiet = true, o.verbose = 0; }},
    {"verbose", [](ScontrolOptions& o) { o.verbose = 1, o.quiet = false; }},
};

bool ends(std::string_view word) { return equal_ignoring_case(word, "exit") || equal_ignoring_case(word, "quit"); }

}  // namespace

int run_prompt(ScontrolOptions options, ControllerClient& controller, Output& output, const ReadLine& read_line) {
  int exit_code = 0;
  std::string before;
  while (true) {
    output.print("scontrol: ");
    std::optional<std::string> line = read_line();
    if (!line) {
      output.line("");
      return exit_code;
    }
    if (trim(*line) == "!!") line = before;
    before = *line;
    auto words = split_words(*line);
    if (!words) {
      output.error_line(text_of(words.error()));
      exit_code = 1;
      continue;
    }
    if (words->empty()) continue;
    if (ends(words->front())) return exit_code;
    const auto* mode = words->size() == 1 ? find_word(std::span(modes), words->front()) : nullptr;
    if (mode)
      mode->function(options);
    else if (run(options, *words, controller, output) != 0)
      exit_code = 1;
  }
}

}  // namespace slurmxx
