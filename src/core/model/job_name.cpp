// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/model/job_name.h"

#include <fmt/format.h>

#include "base/errc.h"
#include "core/text/words.h"

namespace slurmxx {

bool JobName::means(JobId id, const JobSpec& spec) const {
  if (leader) return id == job && spec.het && spec.het->leader == *leader;
  return id == job || (spec.het && spec.het->leader == job);
}

Result<JobName> parse_job_name(std::string_view text) {
  constexpr std::uint64_t id_max = UINT32_MAX - 1;
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

std::string job_name_text(JobId id, const JobSpec& spec) {
  if (!spec.het) return to_string(id);
  return fmt::format("{}+{}", spec.het->leader.value, spec.het->offset);
}

}  // namespace slurmxx
