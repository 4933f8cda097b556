// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/crontabs.h"

#include <algorithm>

#include <fmt/format.h>

#include "control/scheduling.h"
#include "control/submission.h"
#include "core/cron/cron_time.h"
#include "core/cron/crontab_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

bool is_enabled(const ClusterConfig& config) {
  for (const GlobalValue& value : config.globals)
    if (value.name == "ScronParameters")
      for (const std::string_view word : split_commas(value.value))
        if (equal_ignoring_case(word, "enable")) return true;
  return false;
}

}  // namespace

Status Crontabs::check_rights(Uid user, const Caller& caller, bool change) const {
  if (!is_enabled(c_.config()))
    return fail(Errc::disabled,
                "scrontab is disabled on this cluster: ScronParameters=enable in slurm.conf enables it");
  if (user == caller.uid || c_.is_super_user(caller)) return {};
  return fail(Errc::access_denied, change ? "only root and SlurmUser change the crontab of another user" : "");
}

Result<ClientReply> Crontabs::show(const CrontabRequest& request, const Caller& caller) const {
  TRY(check_rights(request.user, caller, false));
  const Crontab* known = c_.state_.find_crontab(request.user);
  return ClientReply(CrontabReply{known ? known->text : "", jobs_of(request.user)});
}

std::vector<JobId> Crontabs::jobs_of(Uid user) const {
  std::vector<JobId> jobs;
  c_.state_.jobs().for_each([&](std::uint64_t, const Job& job) {
    if (job.spec->cron && job.spec->owner.uid == user && !is_ended(job.state)) jobs.push_back(job.id);
  });
  return jobs;
}

Result<JobSpec> Crontabs::with_next_time(JobSpec spec) const {
  if (!spec.cron) return fail("an entry without a time");
  TRY_ASSIGN(const CronTime time, CronTime::parse(spec.cron->when));
  const auto next = time.next_after(c_.now_.wall, *c_.options_.zone);
  if (!next) return fail(fmt::format("{}: no calendar has that day", spec.cron->when));
  spec.times.begin = *next;
  spec.policy.requeue = true;
  return spec;
}

// One that is refused takes those before it along.
Result<std::vector<JobId>> Crontabs::submit(const SetCrontabRequest& request, const Caller& caller) {
  std::vector<JobId> made;
  const RequestId own = std::exchange(c_.serving_.request, RequestId());
  for (const CrontabJob& job : request.jobs) {
    const auto submitted = [&]() -> Result<ClientReply> {
      TRY_ASSIGN(JobSpec spec, with_next_time(job.spec));
      SubmitRequest one{std::move(spec), job.script, job.environment};
      one.for_owner = request.user != caller.uid;
      return Submission(c_, caller).submit(one);
    }();
    if (submitted) {
      made.push_back(std::get<SubmitReply>(*submitted).job);
      continue;
    }
    for (const JobId id : made) Scheduling(c_).end_pending(id, JobState::cancelled, "");
    c_.serving_.request = own;
    const auto& place = job.spec.cron.value_or(CronEntry{});
    return fail(submitted.error().code,
                fmt::format("lines {}-{}: {}", place.first_line, place.last_line, text_of(submitted.error())));
  }
  c_.serving_.request = own;
  return made;
}

// It ends as a job of its own, and does not come again.
void Crontabs::let_go(JobId id) {
  const Job& job = *c_.state_.find(id);
  if (job.state == JobState::pending) return Scheduling(c_).end_pending(id, JobState::cancelled, "");
  auto spec = std::make_shared<JobSpec>(*job.spec);
  spec->cron.reset();
  c_.emit(JobChanged{id, std::move(spec), {}, {}, false});
}

Result<ClientReply> Crontabs::set(const SetCrontabRequest& request, const Caller& caller) {
  TRY(check_rights(request.user, caller, true));
  const std::vector<JobId> before = jobs_of(request.user);
  TRY_ASSIGN(std::vector<JobId> made, submit(request, caller));
  for (const JobId id : before) let_go(id);
  c_.emit(CrontabSet{{request.user, request.text}});
  return ClientReply(CrontabReply{request.text, std::move(made)});
}

void Crontabs::cancelled(const Job& job) {
  const Crontab* known = c_.state_.find_crontab(job.spec->owner.uid);
  if (!known || !job.spec->cron) return;
  c_.emit(CrontabSet{{known->user, with_lines_disabled(known->text, *job.spec->cron)}});
}

void Crontabs::come_again() {
  for (const JobId id : std::exchange(c_.index_.cron_over, {})) {
    const Job* job = c_.state_.find(id);
    if (!job || !job->spec->cron || !is_ended(job->state) || job->state == JobState::cancelled) continue;
    auto again = with_next_time(*job->spec);
    if (!again) continue;
    c_.emit(JobRequeued{id, Hold::none, "", false});
    c_.emit(JobChanged{id, std::make_shared<const JobSpec>(std::move(*again)), {}, {}, false});
  }
}

}  // namespace slurmxx
