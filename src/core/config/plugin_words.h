// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Keys of slurm.conf whose values are names: what each may be, and which plugins of Slurm are taken although nothing
// is done by them here, so that one configuration serves both. Ruled by slurm.conf(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/record_reader.h"

namespace slurmxx {

// The value in its one form ("backfill" is "sched/backfill"; lists keep their order). Nothing: a word that the key does
// not know. A key that is not in the table takes any word.
std::optional<std::string> known_words(std::string_view key, std::string_view text);
std::string words_of(std::string_view key);  // for the error line: "sched/backfill or sched/builtin"

// "task/none", "none" and "(null)", as an empty value, are no plugin.
bool is_no_plugin(std::string_view text);

// A line for each value that changes nothing here although the site may count on it.
std::vector<std::string> plugins_without_effect(const KeyValues& values);

}  // namespace slurmxx
