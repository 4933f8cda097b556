// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/fan_out.h"

namespace slurmxx {
namespace {

struct Range {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::optional<std::uint32_t> via;
};

}  // namespace

std::vector<std::optional<std::uint32_t>> fan_out(std::uint32_t count, std::uint32_t width) {
  std::vector<std::optional<std::uint32_t>> via(count);
  if (width < 2) return via;
  std::vector<Range> left{{0, count, std::nullopt}};
  while (!left.empty()) {
    const Range range = left.back();
    left.pop_back();
    const std::uint32_t branches = range.count < width ? range.count : width;
    std::uint32_t head = range.first;
    for (std::uint32_t branch = 0; branch < branches; ++branch) {
      const std::uint32_t size = range.count / branches + (branch < range.count % branches ? 1 : 0);
      via[head] = range.via;
      if (size > 1) left.push_back({head + 1, size - 1, head});
      head += size;
    }
  }
  return via;
}

}  // namespace slurmxx
