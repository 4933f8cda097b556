// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The features of this node that programs tell and set (helpers.conf(5)). Blocks for as long as they run; each is
// killed after ExecTime.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/config/helpers_conf.h"

namespace slurmxx {

struct FeaturePrograms {
  const FeatureHelpers& helpers;
  const std::string& node;
  const std::function<void(const std::string&)>& log;  // is told of programs that fail
};

// Those that are set now; nothing: no line of helpers.conf is for this node.
std::optional<std::string> features_set(const FeaturePrograms& programs);

enum class FeaturesGiven { failed, at_once, by_boot };
// Sets each of a comma list.
FeaturesGiven give_features(const FeaturePrograms& programs, const std::string& features);

}  // namespace slurmxx
