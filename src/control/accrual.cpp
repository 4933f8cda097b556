// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// GrpJobsAccrue and its like: which of the jobs that wait grow older. It is in the log, so that ages outlive a restart.
#include <algorithm>
#include <utility>

#include "control/accounts.h"

namespace slurmxx {
namespace {

bool is_growing_older(const Job& job) {
  return job.state == JobState::pending && job.times.eligible && job.hold == Hold::none;
}

}  // namespace

bool Accounts::limits_accrual_anywhere(const AccountBook& book) {
  const auto has = [](const auto& row) {
    constexpr LimitKind kinds[] = {LimitKind::grp_jobs_accrue, LimitKind::max_jobs_accrue,
                                   LimitKind::max_jobs_accrue_per_user, LimitKind::max_jobs_accrue_per_account};
    return std::ranges::any_of(kinds, [&](LimitKind kind) { return row.limits.has(kind); });
  };
  return std::ranges::any_of(book.associations, has) || std::ranges::any_of(book.qos, has);
}

bool Accounts::grows_older(const Job& job) { return is_growing_older(job) && !job.times.accrual.held; }

// In the order of submission: the last that came are the first to stop, and who could not grow older so far begins as
// soon as others have stopped.
void Accounts::share_accrual() {
  Controller::AccountsInUse& own = c_.index_.accounts;
  if (!std::exchange(own.accrual_due, false)) return;
  const auto changes = [&](JobId id) { return judge_accrual(*c_.state_.find(id)); };
  stop_from_the_end(own.waiting, changes);
  start_from_the_front(own.waiting, changes);
  own.waiting.drop_empty();
}

// Also a job that does not grow older for a limit that is no more.
void Accounts::note_waiting(const Job& job, const LimitRequest* request) {
  AccrualLines& waiting = c_.index_.accounts.waiting;
  const bool held = job.times.accrual.held;
  if (!is_growing_older(job) || (!held && !(request && limits_accrual(*request)))) return waiting.forget(job.id);
  waiting.note(job.id, request ? AccrualLines::Kind(holders_of(*request), request->tasks) : AccrualLines::Kind(), held);
}

// Whether it changed.
bool Accounts::judge_accrual(const Job& job) {
  class Others : public LimitLookup {
   public:
    Others(const LimitUsage& usage, std::uint64_t own) : usage_(usage), own_(own) {}
    Tally of(const Holder& holder) const override {
      Tally tally = usage_.of(holder);
      tally.accruing -= std::min(tally.accruing, own_);
      return tally;
    }

   private:
    const LimitUsage& usage_;
    std::uint64_t own_;
  };
  const Controller::AccountsInUse& own = c_.index_.accounts;
  AgeAccrual now = job.times.accrual;
  bool may = true;
  if (own.limits_accrual) {
    LimitRequest request = request_of(job);
    if (job.waits_as_array()) request.tasks = job.array->tasks.size();
    may = !limits_accrual(request) || may_accrue(request, Others(own.usage, now.held ? 0 : request.tasks));
  }
  if (may == !now.held) return false;
  now.held = !may;
  now.since = may ? std::optional(c_.now_.wall) : std::nullopt;
  JobChanged event;
  event.job = job.id;
  event.accrual = now;
  c_.emit(std::move(event));
  return true;
}

}  // namespace slurmxx
