// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/job_scripts.h"

#include "control/power_saving.h"
#include "control/scheduling.h"
#include "core/launch/script_environment.h"

namespace slurmxx {

void JobScripts::run(const Job& job, bool is_epilog) {
  const LaunchSettings& launch = c_.config().launch;
  const TimeoutSettings& timeouts = c_.config().timeouts;
  SiteScriptFacts facts;
  facts.context = is_epilog ? "epilog_slurmctld" : "prolog_slurmctld";
  facts.cluster_name = c_.config().identity.cluster_name;
  facts.conf_path = c_.options_.facts->conf_path;
  facts.node_names = c_.node_names(*job.allocation);
  facts.is_epilog = is_epilog;
  SiteScript script{{job.id, job.life_on_nodes()}, is_epilog, {}, {}, {}};
  script.patterns = is_epilog ? launch.epilog_slurmctld : launch.prolog_slurmctld;
  script.environment = site_script_environment(job, facts);
  script.timeout = is_epilog ? timeouts.epilog_timeout : timeouts.prolog_timeout;
  c_.outgoing_.push_back({c_.state_.position(), SessionId(), std::move(script)});
}

void JobScripts::run_owed() {
  c_.state_.jobs().for_each([&](std::uint64_t, const Job& job) {
    if (job.preparing && PowerSaving(c_).are_on(job) && !c_.config().launch.prolog_slurmctld.empty()) run(job, false);
    if (job.closing) run(job, true);
  });
}

void JobScripts::follow(const JobStarted& event, const Job& job) {
  if (event.preparing && PowerSaving(c_).are_on(job)) run(job, false);
  if (!c_.config().launch.prolog_flags.alloc) return;
  c_.waiting_.unprepared[job.id] = {job.unfinished.begin(), job.unfinished.end()};
  tell_unprepared();
}

void JobScripts::tell_unprepared() {
  c_.waiting_.unprepared_jobs.reset();
  if (c_.waiting_.unprepared.empty() || c_.config().launch.prolog_flags.no_hold) return;
  std::set<JobId> jobs;
  for (const auto& [id, nodes] : c_.waiting_.unprepared) jobs.insert(jobs.end(), id);
  c_.waiting_.unprepared_jobs = std::make_shared<const std::set<JobId>>(std::move(jobs));
}

void JobScripts::over(bool closing, const Job& job) {
  if (c_.waiting_.unprepared.erase(job.id) > 0) tell_unprepared();
  if (closing) run(job, true);
}

void JobScripts::ended(const SiteScriptEnded& end) {
  const Job* job = c_.state_.find(end.job.job);
  const bool awaited =
      job && (end.is_epilog ? job->closing : job->preparing) && job->life_on_nodes() == end.job.restarts;
  if (!awaited) return;  // the job has ended meanwhile
  if (!end.is_epilog && !end.error.empty()) return prolog_failed(*job);
  c_.emit(JobScriptEnded{end.job.job, end.is_epilog});
  if (!end.is_epilog) Scheduling(c_).launch(end.job.job);
}

void JobScripts::nodes_ready(JobId id) {
  if (!c_.config().launch.prolog_slurmctld.empty()) return run(*c_.state_.find(id), false);
  c_.emit(JobScriptEnded{id, false, true});
  Scheduling(c_).launch(id);
}

// Only a batch job can go back to the queue.
void JobScripts::prolog_failed(const Job& job) {
  const JobId id = job.id;
  if (job.spec->policy.batch && job.spec->policy.requeue.value_or(c_.config().jobs.job_requeue))
    Scheduling(c_).requeue_job(id, Hold::none, "");
  else
    Scheduling(c_).end_job(id, {JobState::cancelled, {}, "JobLaunchFailure", ""});
}

void JobScripts::prepared(JobId id, NodeIndex node) {
  const auto waiting = c_.waiting_.unprepared.find(id);
  if (waiting == c_.waiting_.unprepared.end()) return;
  waiting->second.erase(node);
  if (!waiting->second.empty()) return;
  c_.waiting_.unprepared.erase(waiting);
  tell_unprepared();
  const Job& job = *c_.state_.find(id);
  if (job.state != JobState::running || job.preparing) return;
  Scheduling(c_).all_prepared(job);
  c_.settle_waiters(id);
}

void Controller::run(SiteProgram program) {
  program.environment.push_back("SLURM_CONF=" + options_.facts->conf_path);
  outgoing_.push_back({state_.position(), SessionId(), std::move(program)});
}

Result<std::string> script_hash_for(const Published& published, const ScriptRequest& request, Uid caller) {
  const Job* job = published.state.find(request.job);
  if (!job) return fail(Errc::invalid_job_id);
  const bool may = caller == root_uid || caller == published.facts->slurm_user || caller == job->spec->owner.uid;
  if (!may) return fail(Errc::access_denied);
  if (job->spec->launch.script_hash.empty()) return fail(Errc::job_script_missing);
  return job->spec->launch.script_hash;
}

}  // namespace slurmxx
