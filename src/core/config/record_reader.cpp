// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0

#include "core/config/record_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/size_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

bool means_none(std::string_view text) {
  return equal_ignoring_case(text, "UNLIMITED") || equal_ignoring_case(text, "INFINITE") || text == "-1";
}

}  // namespace

Status add_settings(const Statement& statement, const RecordKeys& keys, KeyValues& values,
                    std::vector<std::string>& warnings) {
  for (const Setting& setting : statement.settings) {
    auto is_it = [&](std::string_view name) { return equal_ignoring_case(name, setting.key); };
    if (std::ranges::any_of(keys.known, is_it)) {
      values[lower(setting.key)] = setting.value;
      continue;
    }
    auto retired = std::ranges::find_if(keys.retired, [&](const RetiredKey& key) { return is_it(key.name); });
    if (retired == keys.retired.end()) {
      return fail(fmt::format("{}: unknown {} key {}{}", place_of(statement), keys.kind, setting.key,
                              did_you_mean(setting.key, keys.known)));
    }
    warnings.push_back(fmt::format("{}: {} is no longer used and is ignored{}{}", place_of(statement), setting.key,
                                   retired->advice.empty() ? "" : "; ", retired->advice));
  }
  return {};
}

std::optional<std::string_view> RecordReader::find(std::string_view key) const {
  auto found = values_.find(lower(key));
  if (found == values_.end()) return {};
  return found->second;
}

void RecordReader::text(std::string_view key, std::string& out) {
  if (auto value = find(key)) out = equal_ignoring_case(*value, "(null)") ? std::string() : std::string(*value);
}

void RecordReader::upper_text(std::string_view key, std::string& out) {
  if (auto value = find(key)) out = upper(*value);
}

void RecordReader::list(std::string_view key, std::vector<std::string>& out) {
  auto value = find(key);
  if (!value) return;
  out.clear();
  for (std::string_view piece : split_commas(*value)) out.emplace_back(piece);
}

void RecordReader::access_list(std::string_view key, std::vector<std::string>& out) {
  list(key, out);
  if (std::ranges::any_of(out, [](const std::string& name) { return equal_ignoring_case(name, "ALL"); })) out.clear();
}

void RecordReader::yes_no(std::string_view key, bool& out) {
  auto value = find(key);
  if (!value) return;
  if (std::optional<bool> truth = parse_yes_no(*value)) {
    out = *truth;
  } else {
    refuse(key, "YES or NO is wanted");
  }
}

void RecordReader::memory(std::string_view key, std::optional<MebiBytes>& out) {
  auto value = find(key);
  if (!value) return;
  if (means_none(*value) || *value == "0") {
    out.reset();
    return;
  }
  Result<MebiBytes> amount = parse_memory(*value);
  if (!amount) return refuse(key, "a number of megabytes is wanted");
  out = *amount;
}

void RecordReader::memory(std::string_view key, MebiBytes& out) {
  std::optional<MebiBytes> amount = out;
  memory(key, amount);
  out = amount.value_or(MebiBytes(0));
}

void RecordReader::time_limit(std::string_view key, std::optional<TimeLimit>& out) {
  auto value = find(key);
  if (!value || equal_ignoring_case(*value, "NONE")) return;
  Result<TimeLimit> limit = parse_time_limit(*value);
  if (!limit) return refuse(key, "minutes, [days-]hours:minutes:seconds or UNLIMITED is wanted");
  out = *limit;
}

void RecordReader::time_limit(std::string_view key, TimeLimit& out) {
  std::optional<TimeLimit> limit = out;
  time_limit(key, limit);
  out = *limit;
}

void RecordReader::seconds(std::string_view key, std::optional<Seconds>& out) {
  if (auto value = natural(key, 0, config_number_max)) out = Seconds(std::int64_t(*value));
}

void RecordReader::seconds(std::string_view key, Seconds& out) {
  if (auto value = natural(key, 0, config_number_max)) out = Seconds(std::int64_t(*value));
}

void RecordReader::seconds_limit(std::string_view key, Limit<Seconds>& out) {
  auto value = find(key);
  if (!value) return;
  if (means_none(*value)) {
    out = Limit<Seconds>::none();
  } else if (auto number = natural(key, 0, config_number_max)) {
    out = Limit<Seconds>::of(Seconds(std::int64_t(*number)));
  }
}

void RecordReader::count_limit(std::string_view key, Limit<std::uint32_t>& out) {
  auto value = find(key);
  if (!value) return;
  if (means_none(*value)) {
    out = Limit<std::uint32_t>::none();
  } else if (auto number = natural(key, 0, config_number_max)) {
    out = Limit<std::uint32_t>::of(std::uint32_t(*number));
  }
}

void RecordReader::refuse(std::string_view key, std::string_view why) {
  if (error_) return;
  error_ = fail(fmt::format("{}: {}={}: {}", place_, key, find(key).value_or(""), why));
}

Status RecordReader::done() const {
  if (error_) return *error_;
  return {};
}

std::optional<std::uint64_t> RecordReader::natural(std::string_view key, std::uint64_t min, std::uint64_t max) {
  auto value = find(key);
  if (!value) return {};
  Result<std::uint64_t> number = parse_natural(*value, {min, max});
  if (!number) {
    refuse(key, fmt::format("a whole number from {} to {} is wanted", min, max));
    return {};
  }
  return *number;
}

std::optional<std::size_t> RecordReader::word_index(std::string_view key, std::span<const std::string_view> names) {
  auto value = find(key);
  if (!value) return {};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (equal_ignoring_case(*value, names[i])) return i;
  }
  refuse(key, fmt::format("one of {} is wanted", join(names, ", ")));
  return {};
}

}  // namespace slurmxx
