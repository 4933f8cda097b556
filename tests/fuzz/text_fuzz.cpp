// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Any text as each of the small languages of options and configuration: times, durations, sizes, signals, resources,
// tasks of arrays, names of jobs, dependencies.
// A value or an error in words; what is printed of a value is read as the same value. Corpus: tests/fuzz/corpus/text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/model/dependency.h"
#include "core/model/job_name.h"
#include "core/text/instant_text.h"
#include "core/text/signal_text.h"
#include "core/text/size_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"
#include "core/tres/gres.h"
#include "core/tres/tres.h"

namespace {

using namespace slurmxx;

// Prints and reads again, where there is a value.
template <class Value, class Read, class Print>
void round(const Result<Value>& value, Read&& read, Print&& print) {
  if (!value) {
    SLURMXX_CHECK(!text_of(value.error()).empty());
    return;
  }
  const auto again = read(print(*value));
  SLURMXX_CHECK(again && *again == *value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const TimeContext context{Instant(1'700'000'000), utc()};
  round(
      parse_instant(text, context), [&](const std::string& t) { return parse_instant(t, context); },
      [](Instant at) { return instant_text(at, utc()); });
  round(parse_time_limit(text), parse_time_limit, [](const TimeLimit& limit) { return duration_long(limit); });
  round(parse_signal_request(text), parse_signal_request, signal_request_text);
  if (const auto tres = parse_tres(text)) static_cast<void>(tres_text(*tres));
  static_cast<void>(parse_duration(text).ok());
  static_cast<void>(parse_memory(text).ok());
  static_cast<void>(parse_count(text).ok());
  static_cast<void>(parse_node_count(text).ok());
  static_cast<void>(parse_node_gres(text).ok());
  static_cast<void>(split_words(text).ok());
  static_cast<void>(parse_exit(text).has_value());
  constexpr std::uint32_t tasks_max = 1001;
  if (const auto tasks = parse_indices(text, tasks_max)) {
    const auto again = parse_indices(tasks->text(), tasks_max);
    SLURMXX_CHECK(again && again->size() == tasks->size() && again->without(*tasks).empty());
  }
  for (const std::string_view name : split_job_names(text)) static_cast<void>(parse_job_name(name).ok());
  if (const auto dependencies = parse_dependencies(text)) static_cast<void>(dependencies_text(*dependencies));
  return 0;
}
