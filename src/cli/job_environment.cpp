// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/job_environment.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/words.h"

namespace slurmxx {

namespace {

bool is_slurm_variable(std::string_view name) { return name.starts_with("SLURM_") || name.starts_with("SPANK_"); }

ExportedEnvironment listed(const Environment& environment, bool load_login) {
  ExportedEnvironment exported{{}, load_login};
  for (const auto& [name, value] : environment.entries()) exported.variables.push_back(name + "=" + value);
  return exported;
}

Environment slurm_variables(const Environment& caller) {
  Environment kept;
  for (const auto& [name, value] : caller.entries())
    if (is_slurm_variable(name)) kept.set(name, value);
  return kept;
}

}  // namespace

Result<ExportedEnvironment> exported_environment(const std::optional<std::string>& names, const Environment& caller) {
  if (!names || names->empty() || equal_ignoring_case(*names, "ALL")) return listed(caller, false);
  Environment kept = slurm_variables(caller);
  kept.set("SLURM_EXPORT_ENV", *names);
  const bool none = equal_ignoring_case(*names, "NONE");
  if (none || equal_ignoring_case(*names, "NIL")) return listed(kept, none);

  TRY_ASSIGN(const std::vector<std::string> words, split_quoted(*names, ","));
  for (const std::string& word : words) {
    if (word != "ALL") continue;
    for (const auto& [name, value] : caller.entries()) kept.set(name, value);
    kept.set("SLURM_EXPORT_ENV", *names);
  }
  for (const std::string& word : words) {
    if (word == "ALL") continue;
    if (auto pair = split_once(word, '=')) {
      if (pair->first.empty()) return fail(fmt::format("Invalid --export specification: \"{}\" has no name", word));
      kept.set(std::string(pair->first), std::string(pair->second));
    } else if (const std::string* value = caller.find(word)) {
      kept.set(word, *value);
    }
  }
  return listed(kept, std::ranges::find(words, "ALL") == words.end());
}

Result<Environment> parse_environment_file(std::string_view content) {
  Environment environment;
  int record = 0;
  for (std::string_view entry : split(content, '\0')) {
    ++record;
    if (trim(entry).empty()) continue;
    auto pair = split_once(entry, '=');
    if (!pair || pair->first.empty()) {
      return fail(fmt::format("record {} of the environment file is not NAME=value ended by a zero byte", record));
    }
    environment.set(std::string(pair->first), std::string(pair->second));
  }
  return environment;
}

}  // namespace slurmxx
