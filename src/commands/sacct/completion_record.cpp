// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sacct/completion_record.h"

#include <span>

#include "core/text/signal_text.h"
#include "core/text/time_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

using Values = CompletionValues;

std::uint32_t number_in(const Values& values, std::string_view key) {
  const auto number = parse_natural(completion_value(values, key), {0, UINT32_MAX});
  return number ? static_cast<std::uint32_t>(*number) : 0;
}

// "root(0)"
std::string name_part(const std::string& text) { return text.substr(0, text.find('(')); }
std::uint32_t number_part(const std::string& text) {
  const auto pair = split_once(text, '(');
  const auto number = pair ? parse_natural(pair->second.substr(0, pair->second.find(')')), {0, UINT32_MAX})
                           : Result<std::uint64_t>(fail(""));
  return number ? static_cast<std::uint32_t>(*number) : 0;
}

std::optional<Instant> time_in(const Values& values, std::string_view key, const TimeContext& times) {
  const auto instant = parse_instant(completion_value(values, key), times);
  return instant ? std::optional(*instant) : std::nullopt;
}

ExitCode exit_in(const Values& values, std::string_view key) {
  const auto pair = parse_exit(completion_value(values, key));
  if (!pair) return {};
  return {static_cast<std::uint32_t>(pair->code), static_cast<std::uint32_t>(pair->signal)};
}

JobSpec spec_of(const Values& values) {
  JobSpec spec;
  const std::string user = completion_value(values, "UserId"), group = completion_value(values, "GroupId");
  spec.owner.user_name = name_part(user);
  spec.owner.uid = Uid(number_part(user));
  spec.owner.group_name = name_part(group);
  spec.owner.gid = Gid(number_part(group));
  spec.labels.name = completion_value(values, "Name");
  spec.labels.account = completion_value(values, "Account");
  spec.labels.qos = completion_value(values, "QOS");
  spec.labels.wckey = completion_value(values, "WcKey");
  spec.labels.reservation = completion_value(values, "ReservationName");
  spec.launch.work_dir = completion_value(values, "WorkDir");
  spec.labels.submit_host = completion_value(values, submit_host_key);
  spec.labels.licenses = completion_value(values, licenses_key);
  spec.resources.tasks = number_in(values, tasks_key);
  if (values.contains("HetJobId"))
    spec.het = HetPlace{JobId(number_in(values, "HetJobId")), number_in(values, "HetJobOffset")};
  return spec;
}

void fill_state(const Values& values, JobRecord& record) {
  const std::string name = completion_value(values, "JobState");
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(JobState::out_of_memory); ++i)
    if (state_name(static_cast<JobState>(i)) == name) record.view.job.state = static_cast<JobState>(i);
  if (name == "REQUEUED") record.life_end = LifeEnd::requeued;
}

void fill_view(const Values& values, JobView& view) {
  view.partition = completion_value(values, "Partition");
  const std::string nodes = completion_value(values, "NodeList");
  if (nodes != "(null)") view.nodes = nodes;
  view.node_count = number_in(values, "NodeCnt");
  view.cpu_count = number_in(values, "ProcCnt");
  (view.node_count > 0 ? view.allocated_tres : view.requested_tres) = completion_value(values, "Tres");
  if (const std::string asked = completion_value(values, requested_tres_key); !asked.empty())
    view.requested_tres = asked;
  view.reason = "None";
  if (const auto limit = parse_time_limit(completion_value(values, "TimeLimit"))) view.time_limit = *limit;
}

// As they come in a line. A name may hold anything: it ends at the last " JobState=".
constexpr std::string_view keys_before_name[] = {"JobId", "UserId", "GroupId"};
constexpr std::string_view name_key = " Name=";
constexpr std::string_view keys_behind_name[] = {
    "JobState",    "Partition", "TimeLimit",    "StartTime",       "EndTime",      "NodeList",
    "NodeCnt",     "ProcCnt",   "WorkDir",      "ReservationName", "Tres",         "Account",
    "QOS",         "WcKey",     "Cluster",      "SubmitTime",      "EligibleTime", "ArrayJobId",
    "ArrayTaskId", "HetJobId",  "HetJobOffset", "DerivedExitCode", "ExitCode"};

// Each value goes to where the next key begins. Keys that a line lacks are passed over.
void read_pairs(std::string_view text, std::span<const std::string_view> keys, Values& values) {
  std::string* last = nullptr;
  std::size_t from = 0;
  const auto keep = [&](std::size_t end) {
    if (last) *last = trim(text.substr(from, end - from));
  };
  for (const std::string_view key : keys) {
    const std::string mark = std::string(key) + "=";
    const std::size_t at = !last && text.starts_with(mark) ? 0 : text.find(" " + mark, from == 0 ? 0 : from - 1);
    if (at == std::string_view::npos) continue;
    keep(at);
    last = &values[std::string(key)];
    from = at + mark.size() + (text[at] == ' ' ? 1 : 0);
  }
  keep(text.size());
}

}  // namespace

CompletionValues completion_values(std::string_view line) {
  Values values;
  const std::size_t name = line.find(name_key), state = line.rfind(" JobState=");
  if (!line.starts_with("JobId=") || name == std::string_view::npos || state == std::string_view::npos || state < name)
    return values;
  read_pairs(line.substr(0, name), keys_before_name, values);
  values["Name"] = line.substr(name + name_key.size(), state - name - name_key.size());
  read_pairs(line.substr(state + 1), keys_behind_name, values);
  return values;
}

std::string completion_value(const CompletionValues& values, std::string_view key) {
  const auto found = values.find(key);
  return found == values.end() ? "" : found->second;
}

std::unique_ptr<FoundJob> completed_job(const CompletionValues& values, const TimeContext& times) {
  auto found = std::make_unique<FoundJob>();
  found->cluster = completion_value(values, "Cluster");
  Job& job = found->record.view.job;
  job.spec = std::make_shared<const JobSpec>(spec_of(values));
  job.id = JobId(number_in(values, "JobId"));
  if (values.contains("ArrayJobId"))
    job.array = ArrayPart{JobId(number_in(values, "ArrayJobId")), IndexSet(number_in(values, "ArrayTaskId")), true};
  fill_state(values, found->record);
  fill_view(values, found->record.view);
  job.times.submitted = time_in(values, "SubmitTime", times).value_or(Instant());
  job.times.eligible = time_in(values, "EligibleTime", times);
  job.times.ended = time_in(values, "EndTime", times);
  if (found->record.view.node_count > 0) job.times.started = time_in(values, "StartTime", times);
  job.exit = exit_in(values, "ExitCode");
  job.exit_of_steps = exit_in(values, "DerivedExitCode");
  return found;
}

}  // namespace slurmxx
