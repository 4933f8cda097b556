// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/multi_prog.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::string_view blanks = " \t\r";

struct ConfigLine {
  std::size_t number = 0;  // of its first line in the file, from 1
  std::string text;
};

// Lines that end in a backslash go on; empty ones and comments are gone.
std::vector<ConfigLine> config_lines(std::string_view text) {
  std::vector<ConfigLine> lines;
  std::size_t number = 0;
  bool goes_on = false;
  for (std::string_view piece : split(text, '\n')) {
    ++number;
    const bool more = piece.ends_with('\\');
    if (more) piece.remove_suffix(1);
    if (goes_on)
      lines.back().text += piece;
    else
      lines.push_back({number, std::string(piece)});
    goes_on = more;
  }
  std::erase_if(lines, [](const ConfigLine& line) {
    const std::size_t at = line.text.find_first_not_of(blanks);
    return at == std::string::npos || line.text[at] == '#';
  });
  return lines;
}

// Between blanks; 'what is quoted' is one word.
Result<std::vector<std::string>> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false, quoted = false;
  for (const char c : text) {
    if (!quoted && blanks.find(c) != std::string_view::npos) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '\'')
      quoted = !quoted;
    else
      words.back() += c;
  }
  if (quoted) return fail("Quote ' without its end");
  return words;
}

void put_in(std::string& text, std::string_view mark, std::string_view value) {
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size())
    text.replace(at, mark.size(), value);
}

Result<std::vector<std::uint32_t>> tasks_of(const std::string& ranges, std::uint32_t task_count) {
  std::vector<std::uint32_t> tasks;
  for (const std::string_view range : split(ranges, ',')) {
    const std::size_t dash = range.find('-');
    const auto first = parse_natural(range.substr(0, dash), {0, UINT32_MAX - 1});
    const auto last =
        dash == std::string_view::npos ? first : parse_natural(range.substr(dash + 1), {0, UINT32_MAX - 1});
    if (!first || !last || *last < *first) return fail(fmt::format("Invalid task range specification ({})", ranges));
    if (*last >= task_count)
      return fail(fmt::format("Invalid task id, {} >= ntasks", std::max<std::uint64_t>(*first, task_count)));
    for (auto task = *first; task <= *last; ++task) tasks.push_back(static_cast<std::uint32_t>(task));
  }
  std::sort(tasks.begin(), tasks.end());
  return tasks;
}

class Assignment {
 public:
  explicit Assignment(std::uint32_t task_count) : taken_(task_count, false) {}

  Result<TaskProgram> take(const ConfigLine& line) {
    TRY_ASSIGN(std::vector<std::string> words, words_of(line.text));
    TaskProgram program;
    if (words.size() < 2) return fail("");
    if (words.front() == "*") {
      program.tasks = rest();
    } else {
      TRY_ASSIGN(program.tasks, tasks_of(words.front(), static_cast<std::uint32_t>(taken_.size())));
    }
    for (const std::uint32_t task : program.tasks) {
      if (taken_[task]) return fail(fmt::format("Duplicate record for task {}", task));
      taken_[task] = true;
    }
    program.arguments.assign(std::next(words.begin()), words.end());
    // "*" stands for the range of all tasks, whoever has been taken from it.
    if (words.front() == "*")
      for (std::string& argument : program.arguments) put_in(argument, "%o", "%t");
    return program;
  }
  std::vector<std::uint32_t> rest() const {
    std::vector<std::uint32_t> tasks;
    for (std::uint32_t task = 0; task < taken_.size(); ++task)
      if (!taken_[task]) tasks.push_back(task);
    return tasks;
  }

 private:
  std::vector<bool> taken_;
};

}  // namespace

Result<std::vector<TaskProgram>> parse_multi_prog(std::string_view text, const std::string& file_name,
                                                  std::uint32_t task_count) {
  std::vector<TaskProgram> programs;
  Assignment assignment(task_count);
  for (const ConfigLine& line : config_lines(text)) {
    auto program = assignment.take(line);
    if (!program) {
      const std::string& why = program.error().message;
      return fail(fmt::format("{}{}Line {} of configuration file {} invalid", why, why.empty() ? "" : "\n", line.number,
                              file_name));
    }
    programs.push_back(std::move(*program));
  }
  if (const auto missing = assignment.rest(); !missing.empty())
    return fail(fmt::format("Configuration file {} invalid, no record for task id {}", file_name, missing.front()));
  return programs;
}

std::vector<std::string> arguments_of_task(const std::vector<TaskProgram>& programs, std::uint32_t task) {
  for (const TaskProgram& program : programs) {
    const auto place = std::lower_bound(program.tasks.begin(), program.tasks.end(), task);
    if (place == program.tasks.end() || *place != task) continue;
    std::vector<std::string> arguments = program.arguments;
    const std::pair<std::string_view, std::string> marks[] = {{"%t", std::to_string(task)},
                                                              {"%o", std::to_string(place - program.tasks.begin())}};
    for (std::string& argument : arguments)
      for (const auto& [mark, value] : marks) put_in(argument, mark, value);
    return arguments;
  }
  return {};
}

}  // namespace slurmxx
