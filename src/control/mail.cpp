// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The subjects are those that slurm-wlm was seen to write.
#include "control/mail.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/hostlist/hostlist.h"
#include "core/text/safe_text.h"
#include "core/text/time_text.h"

namespace slurmxx {
namespace {

constexpr std::uint32_t told_begin = 1, told_end = 1000;  // of an array, in Timers::mailed
constexpr std::uint32_t parts_of_limit[] = {100, 90, 80, 50};

bool wants(const Job& job, std::string_view type) {
  constexpr std::string_view all[] = {"BEGIN", "END", "FAIL", "INVALID_DEPEND", "REQUEUE", "STAGE_OUT"};
  const auto& types = job.spec->labels.mail_types;
  if (types.empty() || (job.spec->het && job.spec->het->offset > 0)) return false;
  const auto has = [&](std::string_view word) { return std::ranges::find(types, word) != types.end(); };
  return has(type) || (has("ALL") && std::ranges::find(all, type) != std::end(all));
}

bool is_failure(const Job& job) {
  constexpr JobState failures[] = {JobState::failed,        JobState::timeout,  JobState::node_fail,
                                   JobState::out_of_memory, JobState::deadline, JobState::boot_fail};
  return std::ranges::find(failures, job.state) != std::end(failures);
}

std::string id_text(const Job& job) {
  const auto task = job.array_task();
  if (!job.array || !task) return fmt::format("Job_id={}", job.id.value);
  return fmt::format("Array Task Job_id={}_{} ({})", job.array->array.value, task->index, job.id.value);
}

std::string array_id_text(JobId array) { return fmt::format("Array Summary Job_id={0}_* ({0})", array.value); }

std::uint32_t part_of_limit(const Job& job, Instant now) {
  if (job.state != JobState::running || !job.times.limit_at || !job.times.started) return 0;
  const std::int64_t whole = std::max<std::int64_t>(1, (*job.times.limit_at - *job.times.started).value);
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>((now - *job.times.started).value * 100 / whole, 0, 100));
}

std::string type_of_part(std::uint32_t percent) {
  return percent == 100 ? "TIME_LIMIT" : fmt::format("TIME_LIMIT_{}", percent);
}

bool wants_parts(const Job& job) {
  return !job.spec->labels.mail_types.empty() &&
         std::ranges::any_of(parts_of_limit, [&](std::uint32_t percent) { return wants(job, type_of_part(percent)); });
}

}  // namespace

Seconds Mail::run_time(const Job& job, Instant until) {
  if (!job.times.started) return Seconds(0);
  return job.times.ended.value_or(until) - *job.times.started;
}

bool Mail::is_told_as_one(const Job& job) const {
  const auto& types = job.spec->labels.mail_types;
  return job.array && std::ranges::find(types, "ARRAY_TASKS") == types.end();
}

void Mail::send(const Job& job, Letter letter) {
  const PathSettings& paths = c_.config().paths;
  const JobLabels& labels = job.spec->labels;
  std::string to = labels.mail_user;
  if (to.empty()) to = job.spec->owner.user_name + (paths.mail_domain.empty() ? "" : "@" + paths.mail_domain);
  if (to.empty() || to.starts_with('-') || printable(to) != to) return;  // it would be read as an option
  SiteProgram program{"MailProg", {paths.mail_program, "-s"}, {}, {}};
  // A new line in the name of a job would begin a header.
  program.words.push_back(
      printable(fmt::format("Slurm {} Name={} {}{}", letter.id, labels.name, letter.what, letter.more)));
  program.words.push_back(std::move(to));
  program.environment = std::move(letter.environment);
  const std::pair<const char*, std::string> facts[] = {
      {"SLURM_CONF", c_.options_.facts->conf_path},
      {"SLURM_CLUSTER_NAME", c_.config().identity.cluster_name},
      {"SLURM_JOB_ID", to_string(job.id)},
      {"SLURM_JOBID", to_string(job.id)},
      {"SLURM_JOB_NAME", labels.name},
      {"SLURM_JOB_USER", job.spec->owner.user_name},
      {"SLURM_JOB_UID", std::to_string(job.spec->owner.uid.value)},
      {"SLURM_JOB_GROUP", job.spec->owner.group_name},
      {"SLURM_JOB_GID", std::to_string(job.spec->owner.gid.value)},
      {"SLURM_JOB_ACCOUNT", labels.account},
      {"SLURM_JOB_STATE", std::string(state_name(job.state))},
      {"SLURM_JOB_WORK_DIR", job.spec->launch.work_dir},
      {"SLURM_JOB_RESTART_COUNT", std::to_string(job.restarts)},
      {"SLURM_JOB_MAIL_TYPE", letter.what},
  };
  for (const auto& [name, value] : facts) program.environment.push_back(fmt::format("{}={}", name, value));
  if (job.allocation) {
    program.environment.push_back("SLURM_JOB_PARTITION=" + job.allocation->partition);
    program.environment.push_back("SLURM_JOB_NODELIST=" + fold_hosts(c_.node_names(*job.allocation)));
  }
  c_.outgoing_.push_back({c_.state_.position(), SessionId(), std::move(program)});
}

void Mail::follow(const JobStarted&, const Job& job) {
  if (!wants(job, "BEGIN")) return;
  const std::string queued = duration_long(*job.times.started - job.times.eligible.value_or(job.times.submitted));
  std::vector<std::string> environment{"SLURM_JOB_QUEUED_TIME=" + queued};
  if (!is_told_as_one(job))
    return send(job, {id_text(job), "Began", ", Queued time " + queued, std::move(environment)});
  const JobId array = job.array->array;
  if (!c_.timers_.mailed.try_emplace(array, told_begin).second) return;
  const auto began_before = [&](JobId part) {
    const Job* other = c_.state_.find(part);
    return other && other->id != job.id && other->times.started;
  };
  if (std::ranges::none_of(c_.index_.arrays.parts(array), began_before))
    send(job, {array_id_text(array), "Began", "", std::move(environment)});
}

void Mail::follow(const JobEnded&, const Job& job) {
  if (!wants(job, "END") && !wants(job, "FAIL")) return;
  is_told_as_one(job) ? tell_end_of_array(job) : tell_end(job);
}

// The last task may have been on its node still.
void Mail::follow(const JobLeftNode&, const Job& job) {
  if (!is_told_as_one(job) || !is_ended(job.state)) return;
  if (wants(job, "END") || wants(job, "FAIL")) tell_end_of_array(job);
}

void Mail::tell_end(const Job& job) {
  const bool failed = is_failure(job);
  if (!wants(job, "END") && !failed) return;
  const std::string ran = duration_long(run_time(job, c_.now_.wall));
  std::string more = fmt::format(", Run time {}, {}", ran, state_name(job.state));
  if (job.exit.signal == 0) more += fmt::format(", ExitCode {}", job.exit.status);
  send(job,
       {id_text(job),
        failed && wants(job, "FAIL") ? "Failed" : "Ended",
        std::move(more),
        {"SLURM_JOB_RUN_TIME=" + ran, fmt::format("SLURM_JOB_EXIT_CODE={}", job.exit.status * 256 + job.exit.signal),
         fmt::format("SLURM_JOB_EXIT_CODE2={}:{}", job.exit.status, job.exit.signal),
         fmt::format("SLURM_JOB_EXIT_CODE_MAX={}", job.exit.status),
         fmt::format("SLURM_JOB_DERIVED_EC={}", job.exit_of_steps.status)}});
}

void Mail::tell_end_of_array(const Job& job) {
  const JobId array = job.array->array;
  if (!c_.index_.arrays.is_over(array)) return;
  std::uint32_t& told = c_.timers_.mailed[array];
  if (std::exchange(told, told_end) == told_end) return;
  std::uint32_t least = UINT32_MAX, most = 0, signal = 0;
  bool failed = false, mixed = false;
  for (const JobId part : c_.index_.arrays.parts(array)) {
    const Job* one = c_.state_.find(part);
    if (!one || !is_ended(one->state)) continue;
    least = std::min<std::uint32_t>(least, one->exit.status);
    most = std::max<std::uint32_t>(most, one->exit.status);
    signal = std::max<std::uint32_t>(signal, one->exit.signal);
    failed = failed || is_failure(*one);
    mixed = mixed || one->state != job.state;
  }
  if (!wants(job, "END") && !failed) return;
  std::string more = fmt::format(", {}, ExitCode [{}-{}]", mixed ? "Mixed" : state_name(job.state), least, most);
  if (signal > 0) more += fmt::format(", MaxSignal [{}]", signal);
  send(job, {array_id_text(array),
             failed && wants(job, "FAIL") ? "Failed" : "Ended",
             std::move(more),
             {fmt::format("SLURM_JOB_EXIT_CODE_MAX={}", most), fmt::format("SLURM_JOB_EXIT_CODE_MIN={}", least)}});
}

void Mail::tell_requeue(const Job& job, Seconds ran) {
  if (!wants(job, "REQUEUE")) return;
  const std::string time = duration_long(ran);
  send(job, {id_text(job), "Requeued", ", Run time " + time, {"SLURM_JOB_RUN_TIME=" + time}});
}

void Mail::tell_never(const Job& job) {
  if (wants(job, "INVALID_DEPEND")) send(job, {id_text(job), "Invalid dependency", "", {}});
}

void Mail::look_at_limits() {
  auto& mailed = c_.timers_.mailed;
  std::erase_if(mailed, [&](const auto& known) { return !c_.state_.find(known.first); });
  for (const JobId id : c_.active_) {
    const Job& job = *c_.state_.find(id);
    if (!wants_parts(job)) continue;
    const std::uint32_t part = part_of_limit(job, c_.now_.wall);
    for (const std::uint32_t percent : parts_of_limit) {
      if (part < percent) continue;
      std::uint32_t& told = mailed[id];
      if (std::exchange(told, std::max(told, percent)) >= percent || !wants(job, type_of_part(percent))) break;
      const std::string ran = duration_long(run_time(job, c_.now_.wall));
      const std::string what =
          percent == 100 ? std::string("Reached time limit") : fmt::format("Reached {}% of time limit", percent);
      send(job, {id_text(job), what, ", Run time " + ran, {"SLURM_JOB_RUN_TIME=" + ran}});
      break;
    }
  }
}

void Mail::skip_old_limits() {
  for (const JobId id : c_.active_)
    if (const Job& job = *c_.state_.find(id); wants_parts(job))
      c_.timers_.mailed[id] = part_of_limit(job, c_.now_.wall);
}

}  // namespace slurmxx
