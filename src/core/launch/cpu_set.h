// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// A set of CPUs (or of memory nodes) of one node, as a bit mask of any length.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slurmxx {

inline constexpr std::uint32_t cpu_ids_max = 65'536;

class CpuSet {
 public:
  CpuSet() = default;
  explicit CpuSet(std::span<const std::uint32_t> ids) {
    for (const std::uint32_t id : ids) add(id);
  }

  void add(std::uint32_t id);  // id < cpu_ids_max
  void add(const CpuSet& other);
  bool has(std::uint32_t id) const { return id / bits < words_.size() && (words_[id / bits] >> (id % bits) & 1U) != 0; }
  bool empty() const { return words_.empty(); }
  std::size_t count() const;
  std::vector<std::uint32_t> ids() const;  // rising
  CpuSet common(const CpuSet& other) const;
  bool within(const CpuSet& other) const { return common(other) == *this; }

  // Without 0x, lower case, no leading zeros; the empty set is 0.
  std::string hex() const;
  // nullopt: not a hexadecimal number (0x may stand before it), or too long.
  static std::optional<CpuSet> from_hex(std::string_view text);

  bool operator==(const CpuSet&) const = default;

 private:
  static constexpr std::uint32_t bits = 64;
  void trim();
  std::vector<std::uint64_t> words_;  // the last one is not 0
};

}  // namespace slurmxx
