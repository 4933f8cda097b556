// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "replay/workload.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "core/text/words.h"

namespace slurmxx {
namespace {

// Places in a line, from 0.
enum Field : std::size_t {
  number,
  submit,
  wait,
  run,
  used,
  cpu,
  memory,
  asked_processors,
  asked_time,
  asked_memory,
  status,
  user,
  group,
  executable,
  queue,
  partition,
  preceding,
  think_time
};
constexpr std::size_t fields = 18, fields_needed = asked_time + 1;
using Numbers = std::array<double, fields>;

Result<Numbers> numbers_of(std::string_view line, std::size_t line_number) {
  Numbers numbers;
  numbers.fill(-1);
  std::size_t count = 0;
  const char* at = line.data();
  const char* const end = at + line.size();
  while (count < fields) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r')) ++at;
    if (at == end) break;
    const auto [rest, error] = std::from_chars(at, end, numbers[count]);
    if (error != std::errc() || !std::isfinite(numbers[count]) ||
        (rest < end && *rest != ' ' && *rest != '\t' && *rest != '\r'))
      return fail(fmt::format("line {}: '{}' is no number; SWF has {} numbers a line", line_number,
                              std::string_view(at, static_cast<std::size_t>(std::find(at, end, ' ') - at)), fields));
    ++count;
    at = rest;
  }
  if (count < fields_needed)
    return fail(fmt::format("line {}: {} numbers; SWF has {} a line", line_number, count, fields));
  return numbers;
}

// -1 and what no count can be: none.
std::int64_t whole(double value) {
  constexpr double most = 1e15;
  return value > 0 && value < most ? static_cast<std::int64_t>(value) : 0;
}

WorkloadJob job_of(const Numbers& numbers) {
  WorkloadJob job;
  job.number = static_cast<std::uint64_t>(whole(numbers[number]));
  job.submitted = Instant(whole(numbers[submit]));
  job.run = Seconds(std::max<std::int64_t>(1, whole(numbers[run])));
  job.asked = Seconds(std::max(whole(numbers[asked_time]), job.run.value));
  const std::int64_t size = numbers[asked_processors] > 0 ? whole(numbers[asked_processors]) : whole(numbers[used]);
  job.processors = static_cast<std::uint32_t>(std::min<std::int64_t>(size, UINT32_MAX));
  job.user = Uid(static_cast<std::uint32_t>(whole(numbers[user])));
  job.group = Gid(static_cast<std::uint32_t>(whole(numbers[group])));
  job.queue = static_cast<std::uint32_t>(whole(numbers[queue]));
  job.partition = static_cast<std::uint32_t>(whole(numbers[partition]));
  if (numbers[preceding] > 0 && numbers[think_time] >= 0) job.think = Seconds(whole(numbers[think_time]));
  return job;
}

std::optional<std::uint32_t> processors_of_header(std::string_view line) {
  constexpr std::string_view name = "MaxProcs:";
  const std::size_t at = line.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  line.remove_prefix(at + name.size());
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  std::uint32_t count = 0;
  return std::from_chars(line.data(), line.data() + line.size(), count).ec == std::errc() && count > 0
             ? std::optional(count)
             : std::nullopt;
}

// "; Queue: 3 normal".
void note_name(std::string_view line, std::string_view heading, std::map<std::uint32_t, std::string>& names) {
  const std::size_t at = line.find(heading);
  if (at == std::string_view::npos || line.find_first_not_of("; \t") != at) return;
  const auto words = split_words(line.substr(at + heading.size()));
  if (!words || words->size() < 2) return;
  if (const auto number = parse_natural((*words)[0]); number && *number <= UINT32_MAX)
    names.emplace(static_cast<std::uint32_t>(*number), (*words)[1]);
}

// Of numbers to places: only an earlier job can be waited for.
void find_preceding(Workload& workload, const std::map<std::uint64_t, std::uint64_t>& preceding) {
  if (preceding.empty()) return;
  std::map<std::uint64_t, std::uint32_t> places;
  for (std::uint32_t place = 0; place < workload.jobs.size(); ++place) {
    WorkloadJob& job = workload.jobs[place];
    const auto before = preceding.find(job.number);
    const auto known = before == preceding.end() ? places.end() : places.find(before->second);
    if (known != places.end()) job.after.push_back(known->second);
    if (job.after.empty()) job.think.reset();
    places.emplace(job.number, place);
  }
}

void drop_what_does_not_fit(Workload& workload) {
  std::erase_if(workload.jobs, [&](const WorkloadJob& job) {
    workload.without_size += job.processors == 0 ? 1 : 0;
    workload.too_large += job.processors > workload.processors ? 1 : 0;
    return job.processors == 0 || job.processors > workload.processors;
  });
}

}  // namespace

Result<Workload> parse_swf(std::string_view text, std::optional<std::uint32_t> processors) {
  Workload workload;
  std::map<std::uint64_t, std::uint64_t> preceding;  // numbers of jobs
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) continue;
    if (line[first] == ';') {
      if (!processors) processors = processors_of_header(line);
      note_name(line, "Queue:", workload.queues);
      note_name(line, "Partition:", workload.partitions);
      continue;
    }
    TRY_ASSIGN(const Numbers numbers, numbers_of(line, line_number));
    workload.jobs.push_back(job_of(numbers));
    if (numbers[Field::preceding] > 0)
      preceding[workload.jobs.back().number] = static_cast<std::uint64_t>(whole(numbers[Field::preceding]));
  }
  for (const WorkloadJob& job : workload.jobs) workload.processors = std::max(workload.processors, job.processors);
  if (processors) workload.processors = *processors;
  if (workload.processors == 0) return fail("no job has a size");
  drop_what_does_not_fit(workload);
  std::stable_sort(workload.jobs.begin(), workload.jobs.end(),
                   [](const WorkloadJob& a, const WorkloadJob& b) { return a.submitted < b.submitted; });
  find_preceding(workload, preceding);
  return workload;
}

}  // namespace slurmxx
