// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/suspend_exceptions.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/hostlist/hostlist.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr SuspendException exceptions[] = {{"SuspendExcNodes", &PowerSettings::suspend_exc_nodes},
                                           {"SuspendExcParts", &PowerSettings::suspend_exc_parts},
                                           {"SuspendExcStates", &PowerSettings::suspend_exc_states}};

constexpr std::string_view state_words[] = {"CLOUD",        "DOWN",    "DRAIN",       "DYNAMIC_FUTURE",
                                            "DYNAMIC_NORM", "FAIL",    "INVALID_REG", "MAINTENANCE",
                                            "PERFCTRS",     "PLANNED", "RESERVED",    "NOT_RESPONDING"};

bool names_nodes(const SuspendException& key) { return key.list == &PowerSettings::suspend_exc_nodes; }

std::vector<std::string> parts_of(std::string_view text) {
  const auto parts = split_commas(text);
  return {parts.begin(), parts.end()};
}

bool has_count(std::string_view part) { return part.find(':') != std::string_view::npos; }

// Of "n[1-3],n4:1" without n2: "n[1,3],n4:1". A part with a count goes as it is written.
Result<std::string> without_nodes(const std::string& before, const std::string& value) {
  HostNames gone;
  std::vector<std::string> kept = parts_of(before);
  for (const std::string& part : parts_of(value)) {
    std::erase(kept, part);
    if (has_count(part)) continue;
    TRY_ASSIGN(const HostNames names, expand_hostlist(part));
    gone.insert(gone.end(), names.begin(), names.end());
  }
  std::vector<std::string> after;
  for (const std::string& part : kept) {
    TRY_ASSIGN(HostNames names, has_count(part) ? Result<HostNames>(HostNames()) : expand_hostlist(part));
    std::erase_if(names, [&](const std::string& name) { return std::ranges::count(gone, name) > 0; });
    if (has_count(part)) after.push_back(part);
    if (!names.empty()) after.push_back(fold_hosts_sorted(std::move(names)));
  }
  return join(after, ",");
}

}  // namespace

const SuspendException* suspend_exception(std::string_view key) {
  const auto found =
      std::ranges::find_if(exceptions, [&](const SuspendException& one) { return equal_ignoring_case(one.key, key); });
  return found == std::end(exceptions) ? nullptr : found;
}

Result<std::string> changed_exceptions(const SuspendException& key, const std::string& before, char sign,
                                       const std::string& value) {
  if (sign == '=') return value;
  if (sign == '-' && names_nodes(key)) return without_nodes(before, value);
  std::vector<std::string> after = parts_of(before);
  for (const std::string& part : parts_of(value)) {
    std::erase_if(after, [&](const std::string& one) { return equal_ignoring_case(one, part); });
    if (sign == '+') after.push_back(part);
  }
  return join(after, ",");
}

Status check_exceptions(const SuspendException& key, const std::string& list, const State& state) {
  for (const std::string& part : parts_of(list)) {
    const std::string name = part.substr(0, part.find(':'));
    if (has_count(part) && !parse_natural(part.substr(name.size() + 1)))
      return fail(Errc::error, fmt::format("{}={}: a number is wanted behind the colon", key.key, part));
    if (key.list == &PowerSettings::suspend_exc_parts && !state.find_partition(name))
      return fail(Errc::invalid_partition);
    if (key.list == &PowerSettings::suspend_exc_states &&
        std::ranges::none_of(state_words, [&](std::string_view word) { return equal_ignoring_case(word, part); }))
      return fail(Errc::error, fmt::format("{}={}: one of {} is wanted", key.key, part, join(state_words, ", ")));
    if (!names_nodes(key)) continue;
    TRY_ASSIGN(const HostNames nodes, expand_hostlist(name));
    for (const std::string& node : nodes)
      if (!state.find_node(node)) return fail(Errc::invalid_node_name);
  }
  return {};
}

void put_exceptions_over(const std::vector<GlobalValue>& settings, ClusterConfig& config) {
  for (const GlobalValue& setting : settings) {
    if (const SuspendException* key = suspend_exception(setting.name)) config.power.*key->list = setting.value;
    for (GlobalValue& shown : config.globals)
      if (shown.name == setting.name) shown.value = setting.value;
  }
}

}  // namespace slurmxx
