// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Of the controller: calls that are answered when a job has started or is over, and how many there may be.
#include <signal.h>

#include <fmt/format.h>

#include "control/controller.h"
#include "control/scheduling.h"
#include "control/steps.h"
#include "control/submission.h"

namespace slurmxx {

// An array is over when all its tasks are; `prompt` does not wait for the nodes.
bool Controller::is_over(const Job& job, bool prompt) const {
  if (job.array && job.array->array == job.id) return index_.arrays.is_over(job.id);
  return is_ended(job.state) && (prompt || !job.completing());
}

void Controller::settle_waiters(JobId id) {
  auto [first, last] = waiting_.jobs.equal_range(id);
  if (first == last) return;
  const Job& job = *state_.find(id);
  for (auto at = first; at != last;) {
    const Waiter& waiter = at->second;
    const bool over =
        is_over(job, waiter.for_start || waiter.for_end) || (waiter.for_end && job.state == JobState::pending);
    if (!over && !(waiter.for_start && ready_for_users(job))) {
      ++at;
      continue;
    }
    answer(waiter.session, waiter.call, WaitReply{view_of(*publish(), job)});
    waiting_.went(waiter.user);
    at = waiting_.jobs.erase(at);
  }
}

bool Controller::ready_for_users(const Job& job) const {
  if (job.state != JobState::running || job.preparing) return false;
  return config().launch.prolog_flags.no_hold || !waiting_.unprepared.contains(job.id);
}

Status Controller::check_room_to_wait(Uid user) const {
  const auto of_user = waiting_.of_user.find(user);
  if (of_user != waiting_.of_user.end() && of_user->second >= options_.waiting_per_user_max)
    return fail(Errc::error, fmt::format("{} requests of uid {} wait for jobs or steps already, as many as one user "
                                         "may have: ask again when one is answered",
                                         of_user->second, user.value));
  if (const std::size_t all = waiting_.jobs.size() + waiting_.steps.size(); all >= options_.waiting_max)
    return fail(Errc::error, fmt::format("{} requests wait for jobs or steps already, as many as slurmctld keeps: ask "
                                         "again later",
                                         all));
  return {};
}

void Controller::Waiting::went(Uid user) {
  const auto of = of_user.find(user);
  SLURMXX_CHECK(of != of_user.end());
  if (--of->second == 0) of_user.erase(of);
}

void Controller::answer_first_steps() {
  for (const FirstStep& asked : std::exchange(waiting_.first_steps, {}))
    answer(asked.session, asked.call.call, first_step(asked));
}

// Where it cannot be made now, srun asks for it again by itself, and hears why.
ClientReply Controller::first_step(const FirstStep& asked) {
  SubmitReply reply;
  reply.job = asked.job;
  const Job* job = state_.find(asked.job);
  if (!job || !ready_for_users(*job)) return reply;
  if (!waiting_.attended.by.contains({asked.job, asked.session})) return reply;  // it has hung up meanwhile
  if (const auto made = waiting_.made.find(asked.call.request); made != waiting_.made.end()) {
    reply.step = made->second;
  } else if (job->next_step > 0) {
    // Made by a controller that has ended, and took the step's secret along: no srun can attach.
    return Steps(*this).signal_running(*job, SIGKILL), reply;
  } else {
    auto step = Steps(*this).create_first(asked.caller, *std::get<SubmitRequest>(asked.call.body).step, *job);
    if (!step || !*step) return reply;
    reply.step = std::get<StepReply>(std::move(**step));
    remember_step(asked.call.request, *reply.step);
  }
  reply.started = view_of(*publish(), *state_.find(asked.job));
  return reply;
}

void Controller::retry_waiting_steps() {
  waiting_.steps_may_fit = false;
  for (const WaitingStep& step : std::exchange(waiting_.steps, {})) {
    waiting_.went(step.caller.uid);
    call(step.session, step.caller, step.call);
  }
}

}  // namespace slurmxx
