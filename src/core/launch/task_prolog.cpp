// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/task_prolog.h"

#include "core/text/words.h"

namespace slurmxx {
namespace {

void remove_variable(std::vector<std::string>& environment, std::string_view name) {
  std::erase_if(environment, [&](const std::string& entry) {
    return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
  });
}

}  // namespace

std::string take_prolog_output(std::string_view output, std::vector<std::string>& environment) {
  std::string printed;
  for (const std::string_view line : split(output, '\n')) {
    const auto parts = split_once(line, ' ');
    if (!parts) continue;
    const auto& [verb, rest] = *parts;
    if (verb == "print") printed += std::string(rest) + '\n';
    if (verb == "unset") remove_variable(environment, trim(rest));
    if (verb != "export") continue;
    const auto variable = split_once(rest, '=');
    if (!variable) continue;
    remove_variable(environment, variable->first);
    environment.emplace_back(rest);
  }
  return printed;
}

}  // namespace slurmxx
