// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Typed access to the values of one record of slurm.conf (a NodeName or PartitionName line, or all global keys).
// The first bad value is remembered with its place and returned by done(): readers list their keys without a branch
// for each. A key that is absent leaves its target alone.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "core/config/grammar.h"

namespace slurmxx {

// The largest number a key takes unless its row says less; the two above it are kept free for the wire.
inline constexpr std::uint64_t config_number_max = std::numeric_limits<std::uint32_t>::max() - 2;

using KeyValues = std::map<std::string, std::string>;  // keys in lower case

struct RetiredKey {
  std::string_view name;
  std::string_view advice;
};

// The keys that a kind of record takes. kind is the word for messages: "node", "partition".
struct RecordKeys {
  std::string_view kind;
  std::span<const std::string_view> known;
  std::span<const RetiredKey> retired;
};

// Adds a statement's settings to values, later ones winning. Unknown key: an error with the nearest known one.
// Retired key: a warning, and the setting is dropped.
Status add_settings(const Statement& statement, const RecordKeys& keys, KeyValues& values,
                    std::vector<std::string>& warnings);

class RecordReader {
 public:
  RecordReader(std::string place, const KeyValues& values) : place_(std::move(place)), values_(values) {}

  std::optional<std::string_view> find(std::string_view key) const;
  void text(std::string_view key, std::string& out);
  void upper_text(std::string_view key, std::string& out);
  void list(std::string_view key, std::vector<std::string>& out);         // comma list; empty pieces dropped
  void access_list(std::string_view key, std::vector<std::string>& out);  // ALL is the empty list
  void yes_no(std::string_view key, bool& out);
  void memory(std::string_view key, MebiBytes& out);
  void memory(std::string_view key, std::optional<MebiBytes>& out);
  void time_limit(std::string_view key, TimeLimit& out);
  void time_limit(std::string_view key, std::optional<TimeLimit>& out);
  void seconds(std::string_view key, Seconds& out);
  void seconds(std::string_view key, std::optional<Seconds>& out);
  void seconds_limit(std::string_view key, Limit<Seconds>& out);  // INFINITE or -1: none
  void count_limit(std::string_view key, Limit<std::uint32_t>& out);

  template <class Int>
  void number(std::string_view key, Int& out, std::uint64_t min = 0, std::uint64_t max = std::uint64_t(Int(-1))) {
    if (std::optional<std::uint64_t> value = natural(key, min, max)) out = Int(*value);
  }

  template <class Enum>
  void word(std::string_view key, Enum& out, std::span<const std::pair<std::string_view, Enum>> words) {
    std::vector<std::string_view> names;
    for (const auto& entry : words) names.push_back(entry.first);
    if (std::optional<std::size_t> at = word_index(key, names)) out = words[*at].second;
  }

  void refuse(std::string_view key, std::string_view why);
  Status done() const;

 private:
  std::optional<std::uint64_t> natural(std::string_view key, std::uint64_t min, std::uint64_t max);
  std::optional<std::size_t> word_index(std::string_view key, std::span<const std::string_view> names);

  std::string place_;
  const KeyValues& values_;
  std::optional<Error> error_;
};

}  // namespace slurmxx
