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
  const auto run_line = [&](const std::vector<std::string>& words) {
    const auto* mode = words.size() == 1 ? find_word(std::span(modes), words.front()) : nullptr;
    if (!mode) return run(options, words, controller, output);
    mode->function(options);
    return 0;
  };
  return run_prompt({"scontrol", output, read_line, ends, run_line});
}

}  // namespace slurmxx
