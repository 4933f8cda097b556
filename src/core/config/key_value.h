// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The value of a key that has no place in the settings. Empty: not set.
#pragma once

#include <string>
#include <string_view>

#include "core/config/cluster_config.h"
#include "core/text/words.h"

namespace slurmxx {

inline std::string value_of(const ClusterConfig& config, std::string_view key) {
  for (const GlobalValue& value : config.globals)
    if (equal_ignoring_case(value.name, key)) return value.value;
  return "";
}

}  // namespace slurmxx
