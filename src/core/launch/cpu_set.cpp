// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/launch/cpu_set.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace slurmxx {

void CpuSet::add(std::uint32_t id) {
  SLURMXX_CHECK(id < cpu_ids_max);
  if (words_.size() <= id / bits) words_.resize(id / bits + 1, 0);
  words_[id / bits] |= std::uint64_t{1} << (id % bits);
}

void CpuSet::add(const CpuSet& other) {
  words_.resize(std::max(words_.size(), other.words_.size()), 0);
  for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
}

std::size_t CpuSet::count() const {
  std::size_t sum = 0;
  for (const std::uint64_t word : words_) sum += static_cast<std::size_t>(std::popcount(word));
  return sum;
}

std::vector<std::uint32_t> CpuSet::ids() const {
  std::vector<std::uint32_t> list;
  for (std::uint32_t id = 0; id < words_.size() * bits; ++id)
    if (has(id)) list.push_back(id);
  return list;
}

CpuSet CpuSet::common(const CpuSet& other) const {
  CpuSet both;
  both.words_.resize(std::min(words_.size(), other.words_.size()), 0);
  for (std::size_t i = 0; i < both.words_.size(); ++i) both.words_[i] = words_[i] & other.words_[i];
  both.trim();
  return both;
}

void CpuSet::trim() {
  while (!words_.empty() && words_.back() == 0) words_.pop_back();
}

std::string CpuSet::hex() const {
  constexpr std::uint32_t digit_bits = 4;
  std::string text;
  for (std::size_t digit = words_.size() * bits / digit_bits; digit-- > 0;) {
    const std::uint64_t word = words_[digit * digit_bits / bits];
    const auto value = static_cast<unsigned>(word >> (digit * digit_bits % bits) & 0xfU);
    if (value != 0 || !text.empty()) text += "0123456789abcdef"[value];
  }
  return text.empty() ? "0" : text;
}

std::optional<CpuSet> CpuSet::from_hex(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  if (text.empty() || text.size() > cpu_ids_max / 4) return std::nullopt;
  CpuSet set;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[text.size() - 1 - i];
    const std::string_view digits = "0123456789abcdef";
    const std::size_t value = digits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
    if (value == std::string_view::npos) return std::nullopt;
    for (std::uint32_t bit = 0; bit < 4; ++bit)
      if ((value >> bit & 1U) != 0) set.add(static_cast<std::uint32_t>(i) * 4 + bit);
  }
  return set;
}

}  // namespace slurmxx
