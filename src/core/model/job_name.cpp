// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/job_name.h"

#include <fmt/format.h>

#include "base/errc.h"
#include "core/model/sluid.h"
#include "core/text/words.h"

namespace slurmxx {

bool JobName::means(const Job& other) const {
  const auto& het = other.spec->het;
  if (leader) return other.id == job && het && het->leader == *leader;
  if (tasks) return other.array && other.array->array == job && !other.array->tasks.common(*tasks).empty();
  return other.id == job || (het && het->leader == job) || (other.array && other.array->array == job);
}

namespace {

// What follows the '_': a number, or a list in brackets.
Result<IndexSet> parse_tasks(std::string_view text) {
  constexpr std::uint32_t end = 4'000'001;  // of any array: the most that MaxArraySize can be
  const bool list = text.starts_with('[') && text.ends_with(']');
  auto tasks = parse_indices(list ? text.substr(1, text.size() - 2) : text, end);
  if (!tasks || (!list && !parse_natural(text))) return fail(Errc::invalid_job_id);
  return tasks;
}

}  // namespace

Result<JobName> parse_job_name(std::string_view text) {
  constexpr std::uint64_t id_max = UINT32_MAX - 1;
  if (const auto of_array = split_once(text, '_')) {
    const auto array = parse_natural(of_array->first, {1, id_max});
    if (!array) return fail(Errc::invalid_job_id);
    TRY_ASSIGN(IndexSet tasks, parse_tasks(of_array->second));
    return JobName{JobId(static_cast<std::uint32_t>(*array)), {}, std::move(tasks)};
  }
  if (const auto job = job_of_sluid(text)) return JobName{*job, {}};
  const auto parts = split_once(text, '+');
  const auto id = parse_natural(parts ? parts->first : text, {1, id_max});
  if (!id) return fail(Errc::invalid_job_id);
  const JobId job(static_cast<std::uint32_t>(*id));
  if (!parts) return JobName{job, {}};
  const auto offset = parse_natural(parts->second, {0, id_max - *id});
  if (!offset) return fail(Errc::invalid_job_id);
  return JobName{JobId(static_cast<std::uint32_t>(*id + *offset)), job};
}

std::optional<StepId> parse_step_id(std::string_view text) {
  for (const StepId named : {StepId::batch(), StepId::external(), StepId::interactive()})
    if (text == to_string(named)) return named;
  const auto number = parse_natural(text, {0, INT32_MAX});
  if (!number) return std::nullopt;
  return StepId{static_cast<std::int32_t>(*number)};
}

std::vector<std::string_view> split_job_names(std::string_view text) {
  std::vector<std::string_view> names;
  std::size_t begin = 0;
  bool in_list = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && (text[i] == '[' || text[i] == ']')) in_list = text[i] == '[';
    if (i < text.size() && (text[i] != ',' || in_list)) continue;
    if (i > begin) names.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return names;
}

std::string array_task_text(const Job& job, std::size_t most) {
  if (const auto task = job.array_task()) return fmt::to_string(task->index);
  std::string text = job.array->tasks.text(most);
  if (const std::uint32_t throttle = job.spec->array->throttle) text += fmt::format("%{}", throttle);
  return text;
}

std::string job_name_text(const Job& job, std::size_t most) {
  if (const auto& het = job.spec->het) return fmt::format("{}+{}", het->leader.value, het->offset);
  if (!job.array) return to_string(job.id);
  const char* form = job.array->split ? "{}_{}" : "{}_[{}]";
  return fmt::format(fmt::runtime(form), job.array->array.value, array_task_text(job, most));
}

}  // namespace slurmxx
