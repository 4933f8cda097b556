// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// One row a letter of sbatch(1), "FILENAME PATTERN".
#include "core/launch/file_pattern.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slurmxx {
namespace {

constexpr std::size_t width_max = 10;

struct Symbol {
  char letter;
  bool numeric;  // a width pads it
  std::string (*text)(const FileNameFacts&);
};

std::uint32_t array_index(const FileNameFacts& f) { return f.array ? f.array->index : index_outside_arrays; }

std::string job_and_step(const FileNameFacts& f) {
  if (f.step == StepId::batch()) return to_string(f.job);
  return fmt::format("{}.{}", f.job.value, to_string(f.step));
}

constexpr std::array symbols{
    Symbol{'A', true, [](const FileNameFacts& f) { return to_string(f.array ? f.array->array : f.job); }},
    Symbol{'a', true, [](const FileNameFacts& f) { return std::to_string(array_index(f)); }},
    Symbol{'b', true, [](const FileNameFacts& f) { return std::to_string(array_index(f) % 10); }},
    Symbol{'J', true, job_and_step},
    Symbol{'j', true, [](const FileNameFacts& f) { return to_string(f.job); }},
    Symbol{'N', false, [](const FileNameFacts& f) { return f.node_name.substr(0, f.node_name.find('.')); }},
    Symbol{'n', true, [](const FileNameFacts& f) { return std::to_string(f.node_place); }},
    Symbol{'s', true, [](const FileNameFacts& f) { return to_string(f.step); }},
    Symbol{'t', true, [](const FileNameFacts& f) { return std::to_string(f.task); }},
    Symbol{'u', false, [](const FileNameFacts& f) { return f.user_name; }},
    Symbol{'x', false, [](const FileNameFacts& f) { return f.job_name; }},
};

const Symbol* find_symbol(char letter) {
  const auto* found = std::find_if(symbols.begin(), symbols.end(), [&](const Symbol& s) { return s.letter == letter; });
  return found == symbols.end() ? nullptr : found;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A width counts the digits before a dot: %4J is 0128.0. Names such as "batch" are not padded.
std::string padded(std::string text, std::size_t width) {
  if (text.empty() || !is_digit(text[0])) return text;
  const std::size_t digits = std::min(text.find('.'), text.size());
  if (digits < width) text.insert(0, width - digits, '0');
  return text;
}

std::string without_backslashes(std::string_view pattern) {
  std::string name;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && ++i == pattern.size()) break;
    name += pattern[i];
  }
  return name;
}

std::string absolute(std::string name, const std::string& work_dir) {
  if (name.starts_with('/')) return name;
  return work_dir.ends_with('/') ? work_dir + name : work_dir + "/" + name;
}

}  // namespace

std::string expand_file_pattern(std::string_view pattern, const FileNameFacts& facts) {
  if (pattern.find('\\') != std::string_view::npos) return without_backslashes(pattern);
  std::string name;
  for (std::size_t i = 0; i < pattern.size();) {
    if (pattern[i] != '%') {
      name += pattern[i++];
      continue;
    }
    std::size_t end = i + 1;
    std::size_t width = 0;
    for (; end < pattern.size() && is_digit(pattern[end]); ++end)
      width = std::min(width_max, width * 10 + static_cast<std::size_t>(pattern[end] - '0'));
    const Symbol* symbol = end < pattern.size() ? find_symbol(pattern[end]) : nullptr;
    if (symbol) {
      name += symbol->numeric ? padded(symbol->text(facts), width) : symbol->text(facts);
      i = end + 1;
    } else {
      name += '%';
      i += pattern.substr(i).starts_with("%%") ? 2 : 1;
    }
  }
  return name;
}

FileNames batch_file_names(const LaunchSpec& launch, const FileNameFacts& facts) {
  const auto path = [&](const std::string& pattern, const char* otherwise) {
    return absolute(expand_file_pattern(pattern.empty() ? otherwise : pattern, facts), launch.work_dir);
  };
  FileNames names;
  names.output = path(launch.output, facts.array ? "slurm-%A_%a.out" : "slurm-%j.out");
  names.error = launch.error.empty() ? names.output : path(launch.error, "");
  names.input = path(launch.input, "/dev/null");
  return names;
}

}  // namespace slurmxx
