// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The table of the global keys of slurm.conf: name, kind, default, bounds. A kind says how a value is checked, brought
// into one form, and shown. The order of the rows is the order of `scontrol show config` (compat/); rows that are no
// keys but facts of the running controller (BOOT_TIME) stand in their places.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/config/record_reader.h"

namespace slurmxx {

struct ConfigKey;

struct KeyKind {
  std::string_view wanted;  // for the error line: "a whole number"; empty: the words of the key (plugin_words.h)
  std::optional<std::string> (*normalize)(std::string_view text, const ConfigKey& key);  // nothing: not acceptable
  std::string (*show)(std::string_view value);
};

enum class KeyRole : std::uint8_t {
  shown,     // a line of its own, (null) when empty
  hidden,    // known, not printed
  repeated,  // NAME[0], NAME[1] ... one line an occurrence, none when not set
  when_set,  // a line only when set
  fact,      // not a key: the running controller knows
};

struct ConfigKey {
  std::string_view name;
  const KeyKind* kind;
  std::string_view initial;
  KeyRole role = KeyRole::shown;
  std::uint64_t max = config_number_max;
  std::uint64_t min = 0;
};

// What an error line says that a key takes: "a number of seconds, from 1".
std::string wanted_of(const ConfigKey& key);

std::span<const ConfigKey> config_keys();
const ConfigKey* find_config_key(std::string_view name);  // any case; facts are not found
std::span<const RetiredKey> retired_config_keys();

}  // namespace slurmxx
