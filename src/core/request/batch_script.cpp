// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/request/batch_script.h"

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {

namespace {

constexpr std::string_view directive = "#SBATCH";

// Cuts the line at a '#' that starts a word outside quotes.
std::string_view without_comment(std::string_view line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else if (c == '\\' && quote == '"')
        ++i;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '\\') {
      ++i;
    } else if (c == '#' && (i == 0 || is_space(line[i - 1]))) {
      return line.substr(0, i);
    }
  }
  return line;
}

}  // namespace

Status check_batch_script(std::string_view script) {
  if (script.empty()) return fail("Batch script is empty!");
  if (script.find_first_not_of(" \t\n\v\f\r") == std::string_view::npos)
    return fail("Batch script contains only whitespace!");
  if (script.size() > batch_script_bytes_max) {
    return fail(fmt::format("Batch script is {} bytes long: {} are the most", script.size(), batch_script_bytes_max));
  }
  if (!script.starts_with("#!")) {
    return fail(
        "This does not look like a batch script.  The first\n"
        "line must start with #! followed by the path to an interpreter.\n"
        "For instance: #!/bin/sh");
  }
  if (script.find('\0') != std::string_view::npos) {
    return fail("The batch script contains a zero byte: it is a binary file, not text.");
  }
  if (script.find("\r\n") != std::string_view::npos) {
    return fail("Batch script contains DOS line breaks (\\r\\n)\ninstead of expected UNIX line breaks (\\n).");
  }
  return {};
}

Result<std::vector<std::string>> batch_script_options(std::string_view script, std::string_view name) {
  std::vector<std::string> options;
  int line_number = 0;
  for (std::string_view line : split(script, '\n')) {
    ++line_number;
    if (line.starts_with(directive) && line.size() > directive.size() && is_space(line[directive.size()])) {
      auto words = split_words(without_comment(line.substr(directive.size())));
      if (!words) return fail(fmt::format("{}: line {}: {}", name, line_number, text_of(words.error())));
      options.insert(options.end(), words->begin(), words->end());
      continue;
    }
    const std::string_view trimmed = trim(line);
    if (!trimmed.empty() && trimmed[0] != '#') break;
  }
  return options;
}

std::string wrapped_script(std::string_view command) {
  return fmt::format("#!/bin/sh\n# Made by sbatch --wrap.\n\n{}\n", command);
}

}  // namespace slurmxx
