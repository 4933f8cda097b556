// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sacct/completion_object.h"

#include <optional>

#include "core/text/words.h"

namespace slurmxx {
namespace {

struct Member {
  std::string_view name;
  std::string_view key;
};
constexpr Member members[] = {{"jobid", "JobId"},
                              {"cluster", "Cluster"},
                              {"array_job_id", "ArrayJobId"},
                              {"array_task_id", "ArrayTaskId"},
                              {"het_job_id", "HetJobId"},
                              {"het_job_offset", "HetJobOffset"},
                              {"state", "JobState"},
                              {"partition", "Partition"},
                              {"exit_code", "ExitCode"},
                              {"derived_ec", "DerivedExitCode"},
                              {"job_name", "Name"},
                              {"account", "Account"},
                              {"qos", "QOS"},
                              {"wc_key", "WcKey"},
                              {"reservation_name", "ReservationName"},
                              {"alloc_node", submit_host_key},
                              {"work_dir", "WorkDir"},
                              {"ntasks", tasks_key},
                              {"licenses", licenses_key},
                              {"tres_req", requested_tres_key},
                              {"time_limit", "TimeLimit"},
                              {"nodes", "NodeList"},
                              {"total_nodes", "NodeCnt"},
                              {"total_cpus", "ProcCnt"},
                              {"tres_alloc", "Tres"}};
constexpr Member times[] = {
    {"@submit", "SubmitTime"}, {"@eligible", "EligibleTime"}, {"@start", "StartTime"}, {"@end", "EndTime"}};

void append_utf8(std::string& text, std::uint32_t code) {
  constexpr std::uint32_t one_byte = 0x80, two_bytes = 0x800, three_bytes = 0x10000;
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < one_byte) {
    text += static_cast<char>(code);
  } else if (code < two_bytes) {
    text += static_cast<char>(0xc0 | (code >> 6)), tail(0);
  } else if (code < three_bytes) {
    text += static_cast<char>(0xe0 | (code >> 12)), tail(6), tail(0);
  } else {
    text += static_cast<char>(0xf0 | (code >> 18)), tail(12), tail(6), tail(0);
  }
}

// An object whose members are texts and numbers: nothing else is written.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(trim(text)) {}

  std::optional<CompletionValues> object() {
    CompletionValues values;
    if (!take('{')) return std::nullopt;
    while (!take('}')) {
      if (!values.empty() && !take(',')) return std::nullopt;
      std::optional<std::string> name = string();
      if (!name || !take(':')) return std::nullopt;
      std::optional<std::string> value = rest_.starts_with('"') ? string() : bare();
      if (!value) return std::nullopt;
      values[std::move(*name)] = std::move(*value);
    }
    return rest_.empty() ? std::optional(std::move(values)) : std::nullopt;
  }

 private:
  bool take(char wanted) {
    rest_ = trim(rest_);
    if (!rest_.starts_with(wanted)) return false;
    rest_ = trim(rest_.substr(1));
    return true;
  }

  // 12, -3.5, true
  std::optional<std::string> bare() {
    const std::size_t end = rest_.find_first_of(",}");
    if (end == 0 || end == std::string_view::npos) return std::nullopt;
    std::string word(trim(rest_.substr(0, end)));
    rest_.remove_prefix(end);
    return word;
  }

  std::optional<std::string> string() {
    if (!rest_.starts_with('"')) return std::nullopt;
    rest_.remove_prefix(1);
    std::string text;
    while (!rest_.empty() && rest_.front() != '"') {
      const char next = rest_.front();
      rest_.remove_prefix(1);
      if (next != '\\')
        text += next;
      else if (!escape(text))
        return std::nullopt;
    }
    if (rest_.empty()) return std::nullopt;
    rest_.remove_prefix(1);
    return text;
  }

  bool escape(std::string& text) {
    constexpr std::string_view letters = "bfnrt\"\\/";
    constexpr std::string_view meant = "\b\f\n\r\t\"\\/";
    if (rest_.empty()) return false;
    const char letter = rest_.front();
    rest_.remove_prefix(1);
    if (letter == 'u') return escaped_code(text);
    const std::size_t at = letters.find(letter);
    if (at == std::string_view::npos) return false;
    text += meant[at];
    return true;
  }

  bool escaped_code(std::string& text) {
    constexpr std::uint32_t high = 0xd800, low = 0xdc00, past = 0xe000, planes = 0x10000;
    auto code = four_digits();
    if (!code) return false;
    if (*code >= high && *code < low) {
      if (!rest_.starts_with("\\u")) return false;
      rest_.remove_prefix(2);
      const auto second = four_digits();
      if (!second || *second < low || *second >= past) return false;
      code = planes + ((*code - high) << 10) + (*second - low);
    }
    append_utf8(text, *code);
    return true;
  }

  std::optional<std::uint32_t> four_digits() {
    constexpr std::size_t count = 4;
    constexpr std::string_view digits = "0123456789abcdef";
    if (rest_.size() < count) return std::nullopt;
    std::uint32_t code = 0;
    for (const char digit : lower(rest_.substr(0, count))) {
      const std::size_t value = digits.find(digit);
      if (value == std::string_view::npos) return std::nullopt;
      code = code * 16 + static_cast<std::uint32_t>(value);
    }
    rest_.remove_prefix(count);
    return code;
  }

  std::string_view rest_;
};

// The line has the time of Greenwich, and all else is shown in that of here.
std::string local_time(std::string_view text, const TimeContext& here) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  const auto instant = parse_instant(text, {here.now, utc(), PastTimes::keep});
  return instant ? instant_text(*instant, here.zone) : std::string(text);
}

}  // namespace

CompletionValues completion_object(std::string_view line, const TimeContext& here) {
  const auto object = Reader(line).object();
  CompletionValues values;
  if (!object) return values;
  const auto value = [&](std::string_view name) { return completion_value(*object, name); };
  for (const Member& member : members)
    if (object->contains(member.name)) values[std::string(member.key)] = value(member.name);
  for (const Member& time : times)
    values[std::string(time.key)] = object->contains(time.name) ? local_time(value(time.name), here) : "unknown";
  values["UserId"] = value("username") + "(" + value("user_id") + ")";
  values["GroupId"] = value("groupname") + "(" + value("group_id") + ")";
  if (values["NodeList"].empty()) values["NodeList"] = "(null)";
  return values;
}

}  // namespace slurmxx
