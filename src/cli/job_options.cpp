// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Values that need more than a number or a word. The rows are in job_option_rows.cpp.
#include "cli/job_options.h"

#include <fmt/format.h>

#include <array>

#include "core/text/words.h"

namespace slurmxx {

Environment with_switch_wait(Environment environment, std::string_view prefix) {
  const std::string count_name = fmt::format("{}_REQ_SWITCH", prefix);
  const std::string* count = environment.find(count_name);
  const std::string* wait = environment.find(fmt::format("{}_WAIT4SWITCH", prefix));
  if (count && wait) environment.set(count_name, fmt::format("{}@{}", *count, *wait));
  return environment;
}

void use_exit_variable(EarlyExit& early, const Environment& environment) {
  const std::string* text = environment.find("SLURM_EXIT_ERROR");
  if (early.exit_code == 0 || !text) return;
  if (auto code = parse_natural(*text, {0, 255})) early.exit_code = static_cast<int>(*code);
}

EarlyExit bad_identity(const CommandInfo& info, const Error& error) {
  return {"", fmt::format("{}: error: {}\n", info.name, text_of(error)), info.bad_option_exit};
}

EarlyExit fatal_exit(const CommandInfo& info, const Error& error) {
  return {"", fmt::format("{}: fatal: {}\n", info.name, text_of(error)), 1};
}

Status check_level(const Parsed& level) {
  struct Rule {
    std::span<const std::string_view> options;
    const char* message;
  };
  static constexpr std::string_view memory[] = {"mem", "mem-per-cpu", "mem-per-gpu"};
  static constexpr std::string_view special[] = {"core-spec", "thread-spec"};
  static constexpr std::string_view ranks[] = {"ntasks-per-gpu", "gpus-per-task"};
  static constexpr Rule rules[] = {
      {memory, "--mem, --mem-per-cpu, and --mem-per-gpu are mutually exclusive."},
      {special, "--core-spec and --thread-spec are mutually exclusive."},
      {ranks, "--ntasks-per-gpu and --gpus-per-task are mutually exclusive."},
  };
  for (const Rule& rule : rules) {
    int count = 0;
    for (std::string_view option : rule.options) count += level.has(option);
    if (count > 1) return fail(rule.message);
  }
  return {};
}

}  // namespace slurmxx
