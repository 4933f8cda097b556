// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// hold, uhold, release, requeue, requeuehold, suspend, resume: a list of jobs, one request each. A refused job does not
// stop the rest.
#include <fmt/format.h>

#include <limits>

#include "commands/scontrol/run.h"
#include "core/model/job_name.h"

namespace slurmxx {

namespace {

struct JobVerbRow {
  std::string_view name;
  JobVerb verb;
  bool tells_last_error;  // a closing line after those of the jobs
};

constexpr JobVerbRow job_verbs[] = {
    {"hold", JobVerb::hold, true},
    {"uhold", JobVerb::user_hold, true},
    {"release", JobVerb::release, true},
    {"requeue", JobVerb::requeue, false},
    {"requeuehold", JobVerb::requeue_hold, false},
    {"suspend", JobVerb::suspend, false},
    {"resume", JobVerb::resume, false},
};

const JobVerbRow& row_of(std::string_view name) {
  for (const JobVerbRow& row : job_verbs)
    if (row.name == name) return row;
  SLURMXX_CHECK(false);
  return job_verbs[0];
}

// "3,4", "jobid=3,4", "Name=x": ids as typed; a name becomes the ids of the jobs that have it and have not ended.
Result<std::vector<std::string>> jobs_meant(const ScontrolCall& call, std::string_view word) {
  std::vector<std::string> ids;
  auto pair = split_once(word, '=');
  if (pair && (equal_ignoring_case(pair->first, "name") || equal_ignoring_case(pair->first, "jobname"))) {
    TRY_ASSIGN(JobsReply reply, ask<JobsReply>(call.controller, JobsRequest{}, call.output));
    for (const JobView& view : reply.jobs)
      if (view.job.spec->labels.name == pair->second && !is_ended(view.job.state))
        ids.push_back(job_name_text(view.job, SIZE_MAX));
    return ids;
  }
  const bool names_job = pair && starts_with_ignoring_case("jobid", pair->first) && pair->first.size() >= 3;
  for (std::string_view id : split_job_names(names_job ? pair->second : word)) ids.emplace_back(id);
  return ids;
}

// What requeue and requeuehold are told in front of the jobs.
struct RequeueOptions {
  bool incomplete_only = false;
  bool special_exit = false;

  bool take(std::string_view word) {
    const auto pair = split_once(word, '=');
    const bool special =
        pair && equal_ignoring_case(pair->first, "State") && equal_ignoring_case(pair->second, "SpecialExit");
    special_exit = special_exit || special;
    incomplete_only = incomplete_only || equal_ignoring_case(word, "Incomplete");
    return special || equal_ignoring_case(word, "Incomplete");
  }
};

Status change(const ScontrolCall& call, JobVerb verb, std::string_view id, const RequeueOptions& options) {
  TRY_ASSIGN(const JobName name, parse_job_name(id));
  JobVerbRequest request{verb, name.job, {}, 0, false};
  request.leader = name.leader;
  request.tasks = name.tasks;
  request.incomplete_only = options.incomplete_only;
  request.special_exit = options.special_exit;
  auto done = ask<DoneReply>(call.controller, std::move(request), call.output);
  return done ? Status() : Status(done.error());
}

}  // namespace

// All in one request: their order counts.
int top(const ScontrolCall& call) {
  JobVerbRequest request{JobVerb::top, {}, {}, 0, false};
  const std::string typed = join(call.arguments, ",");
  std::vector<JobId> ids;
  for (const std::string& word : call.arguments) {
    const auto named = jobs_meant(call, word);
    if (!named) return call.refused("", fail(named.error().code, text_of(named.error()) + " for job " + word));
    for (const std::string& id : *named) {
      const auto name = parse_job_name(id);
      if (!name) return call.refused("", fail(name.error().code, text_of(name.error()) + " for job " + id));
      ids.push_back(name->job);
    }
  }
  if (ids.empty())
    return call.refused("", fail(fmt::format("{} for job {}", text_of(fail(Errc::invalid_job_id)), typed)));
  request.job = ids.front();
  request.others.assign(ids.begin() + 1, ids.end());
  auto done = ask<DoneReply>(call.controller, std::move(request), call.output);
  return done ? 0 : call.refused("", fail(done.error().code, text_of(done.error()) + " for job " + typed));
}

int change_jobs(const ScontrolCall& call) {
  const JobVerbRow& row = row_of(call.verb);
  std::optional<Error> last;
  RequeueOptions options;
  for (const std::string& word : call.arguments) {
    const bool requeues = row.verb == JobVerb::requeue || row.verb == JobVerb::requeue_hold;
    if (requeues && options.take(word)) continue;
    auto ids = jobs_meant(call, word);
    if (!ids) last = fail(ids.error().code, fmt::format("{} for job {}", text_of(ids.error()), word));
    if (!ids) call.output.error_line(text_of(*last));
    if (!ids) continue;
    for (const std::string& id : *ids) {
      if (Status done = change(call, row.verb, id, options); !done) {
        call.output.error_line(fmt::format("{} for job {}", text_of(done.error()), id));
        last = done.error();
      }
    }
  }
  if (!last) return 0;
  if (row.tells_last_error) call.refused("slurm_suspend error:", *last);
  return 1;
}

}  // namespace slurmxx
