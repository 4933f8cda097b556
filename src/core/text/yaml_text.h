// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The part of YAML that configuration files are written in: lists, maps and one-line values, in block form, and flat
// lists in brackets. No anchors, tags, several documents or texts over several lines. Errors name the line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace slurmxx {

struct YamlNode {
  enum class Kind : std::uint8_t { empty, value, list, map };
  Kind kind = Kind::empty;
  std::uint32_t line = 0;  // from 1
  std::string value;       // quotes removed
  std::vector<YamlNode> items;
  std::vector<std::pair<std::string, YamlNode>> entries;  // as written

  const YamlNode* find(std::string_view key) const {
    for (const auto& [name, node] : entries)
      if (name == key) return &node;
    return nullptr;
  }
};

inline constexpr std::size_t yaml_depth_max = 50;

Result<YamlNode> parse_yaml(std::string_view text);

}  // namespace slurmxx
