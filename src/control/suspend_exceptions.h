// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// SuspendExcNodes, SuspendExcParts and SuspendExcStates, which scontrol update changes while slurmctld runs.
#pragma once

#include <string>
#include <string_view>

#include "core/config/cluster_config.h"
#include "state/state.h"

namespace slurmxx {

struct SuspendException {
  std::string_view key;
  std::string PowerSettings::*list;
};

// Null: another key.
const SuspendException* suspend_exception(std::string_view key);

// The list after "KEY=value", "KEY+=value" or "KEY-=value" (`sign`), or why the value is none.
Result<std::string> changed_exceptions(const SuspendException& key, const std::string& before, char sign,
                                       const std::string& value);
Status check_exceptions(const SuspendException& key, const std::string& list, const State& state);

void put_exceptions_over(const std::vector<GlobalValue>& settings, ClusterConfig& config);

}  // namespace slurmxx
