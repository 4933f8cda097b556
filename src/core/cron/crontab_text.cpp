// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/cron/crontab_text.h"

#include <map>

#include <fmt/format.h>

#include "core/cron/cron_time.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::string_view option_mark = "#SCRON";
constexpr std::string_view disabled_mark = "#DISABLED: ";

bool is_name_part(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

// NAME=value of a line that is no entry: an entry begins with a field or a word.
std::optional<std::pair<std::string, std::string>> assignment(std::string_view line) {
  const auto sides = split_once(line, '=');
  if (!sides) return std::nullopt;
  const std::string_view name = trim(sides->first);
  if (name.empty() || is_digit(name.front())) return std::nullopt;
  for (const char c : name)
    if (!is_name_part(c)) return std::nullopt;
  std::string_view value = trim(sides->second);
  const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value[0];
  if (quoted) value = value.substr(1, value.size() - 2);
  return std::pair(std::string(name), std::string(value));
}

using Variables = std::map<std::string, std::string, std::less<>>;

// $NAME of a variable of this file; others are the shell's.
std::string filled_in(std::string_view command, const Variables& variables) {
  std::string text;
  for (std::size_t i = 0; i < command.size(); ++i) {
    std::size_t end = i + 1;
    while (command[i] == '$' && end < command.size() && is_name_part(command[end])) ++end;
    const auto known = variables.find(command.substr(i + 1, end - i - 1));
    if (command[i] != '$' || known == variables.end()) {
      text += command[i];
      continue;
    }
    text += known->second;
    i = end - 1;
  }
  return text;
}

// What comes before the command: "@hourly" or five fields.
std::pair<std::string_view, std::string_view> split_entry(std::string_view line) {
  const int fields = line.starts_with('@') ? 1 : 5;
  std::size_t at = 0;
  std::size_t end = 0;
  for (int i = 0; i < fields; ++i) {
    while (at < line.size() && is_space(line[at])) ++at;
    while (at < line.size() && !is_space(line[at])) ++at;
    end = at;
  }
  return {line.substr(0, end), trim(line.substr(end))};
}

}  // namespace

Result<std::vector<CrontabEntry>> parse_crontab(std::string_view text) {
  std::vector<CrontabEntry> entries;
  Variables variables;
  CrontabEntry next;
  std::uint32_t number = 0;
  for (const std::string_view raw : split(text, '\n')) {
    ++number;
    const std::string_view line = trim(raw);
    const auto wrong = [&](std::string_view what) { return fail(fmt::format("line {}: {}", number, what)); };
    if (line.starts_with(option_mark)) {
      auto words = split_words(line.substr(option_mark.size()));
      if (!words) return wrong(words.error().message);
      if (next.place.first_line == 0) next.place.first_line = number;
      for (std::string& word : *words) next.options.push_back(std::move(word));
      continue;
    }
    if (line.empty() || line.starts_with('#')) continue;
    if (auto said = assignment(line)) {
      variables.insert_or_assign(std::move(said->first), std::move(said->second));
      continue;
    }
    const auto [when, command] = split_entry(line);
    if (const auto time = CronTime::parse(when); !time) return wrong(time.error().message);
    if (command.empty()) return wrong("no command behind the time");
    if (next.place.first_line == 0) next.place.first_line = number;
    next.place.last_line = number;
    next.place.when = when;
    next.command = filled_in(command, variables);
    entries.push_back(std::exchange(next, CrontabEntry()));
  }
  if (!next.options.empty())
    return fail(fmt::format("line {}: #SCRON options with no entry behind them", next.place.first_line));
  return entries;
}

std::string with_lines_disabled(std::string_view text, const CronEntry& place) {
  std::string after;
  std::uint32_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    if (number++ > 0) after += '\n';
    if (number >= place.first_line && number <= place.last_line && !line.starts_with(disabled_mark))
      after += disabled_mark;
    after += line;
  }
  return after;
}

}  // namespace slurmxx
