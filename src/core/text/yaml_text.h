// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The part of YAML that configuration files are written in: lists, maps and one-line values, in block form, and flat
// lists in brackets. No anchors, tags, several documents or texts over several lines. Errors name the line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace slurmxx {

struct YamlNode {
  enum class Kind : std::uint8_t { empty, value, list, map };
  Kind kind = Kind::empty;
  std::uint32_t line = 0;         // from 1
  std::string value;              // quotes removed
  std::vector<YamlNode> items;    // of a list, and of a map the values, as written
  std::vector<std::string> keys;  // of a map, beside `items`

  const YamlNode* find(std::string_view key) const;
};

inline const YamlNode* YamlNode::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i] == key) return &items[i];
  return nullptr;
}

inline constexpr std::size_t yaml_depth_max = 50;

Result<YamlNode> parse_yaml(std::string_view text);

}  // namespace slurmxx
