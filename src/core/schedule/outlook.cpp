// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/outlook.h"

#include <algorithm>

#include "core/reserve/reserve.h"
#include "core/schedule/boot_features.h"

namespace slurmxx {
namespace {

class Looker {
 public:
  Looker(const ClusterView& view, const Policies& policies, Instant now)
      : view_(view), policies_(policies), now_(now) {}

  Outlook run(const std::vector<Decision>& decisions) {
    found_.drifts = policies_.slowdown_order;
    for (const PendingJob& pending : view_.pending) see(pending);
    for (const Job* job : view_.running) see(*job);
    for (const Reservation* reservation : view_.reservations) see(*reservation);
    const auto clears = [](const Node* node) { return node->condition.clearing; };
    found_.drifts = found_.drifts || std::any_of(view_.nodes.begin(), view_.nodes.end(), clears);
    for (const Decision& decision : decisions) std::visit([this](const auto& one) { see(one); }, decision);
    const auto reached = [&](std::uint32_t most) { return most > 0 && starts_ >= most; };
    if (reached(policies_.sched_max_job_start) || (policies_.partition_job_depth > 0 && starts_ > 0))
      found_.drifts = true;  // others have their turn
    if (policies_.backfill && policies_.backfill->max_job_start > 0 && starts_ >= policies_.backfill->max_job_start)
      found_.drifts = true;
    return found_;
  }

 private:
  void at(Instant moment) {
    if (moment > now_) found_.next = std::min(found_.next.value_or(moment), moment);
  }

  void see(const PendingJob& pending) {
    const Job& job = *pending.job;
    const TimeRequest& times = job.spec->times;
    at(job.times.eligible.value_or(now_));
    at(times.begin.value_or(now_));
    if (times.deadline) {
      const auto& least = times.limit_min ? times.limit_min : times.limit;
      const bool limited = least && !least->unlimited;
      at(*times.deadline - (limited ? to_seconds(least->value) : Seconds(0)) + Seconds(1));
    }
    const Instant since = job.times.eligible.value_or(job.times.submitted);
    const PlacementRequest& asked = job.spec->placement;
    if (asked.switches > 0)
      at(since + std::min(asked.switches_wait.value_or(policies_.switches_wait_max), policies_.switches_wait_max));
    if (view_.boots && !asked.features.empty()) at(view_.boots->boots_from(job));
    if (!policies_.backfill) return;
    at(since + policies_.backfill->min_age_reserve);
    // Its priority grows.
    const auto& least = policies_.backfill->min_prio_reserve;
    if (!pending.reserves || (least && pending.priority < *least)) found_.drifts = true;
    // Licences that others have set aside come nearer.
    if (policies_.backfill->licenses && !job.spec->labels.licenses.empty()) found_.drifts = true;
  }

  // Who should have left by now leaves at any moment.
  void see(const Job& job) {
    if (view_.preemption) {
      found_.drifts = true;  // who waits may come to outrank it
      if (const auto exempt = view_.preemption->exempt_until(job)) at(*exempt);
    }
    const std::optional<Instant> end = planned_end(job, policies_, now_);
    if (!job.runs() || (end && *end <= now_))
      found_.drifts = true;
    else if (end)
      at(*end);
  }

  // The nearer it is, the shorter is what still fits in front of it.
  void see(const Reservation& reservation) {
    const auto when = occurrence(reservation, now_, now_);
    if (!when) return;
    found_.drifts = true;
    at(when->start);
    at(when->end);
  }

  void see(const Start& start) {
    ++starts_;
    if (!start.time_limit.unlimited) at(now_ + to_seconds(start.time_limit.value));
    if (is_least_limit_soft(policies_)) found_.drifts = true;  // it is planned to end before
    if (view_.preemption) found_.drifts = true;
  }
  // Its start may be beyond the window, which moves on.
  void see(const Wait& wait) {
    const ReasonCode code = wait.reason->code;
    const bool for_room = code == ReasonCode::resources || code == ReasonCode::priority;
    if (policies_.backfill && for_room && !wait.expected) found_.drifts = true;
  }
  void see(const Preempt&) { at(now_ + Seconds(1)); }  // a victim may not have been ready for it

  const ClusterView& view_;
  const Policies& policies_;
  Instant now_;
  Outlook found_;
  std::uint32_t starts_ = 0;
};

}  // namespace

void Outlook::join(const Outlook& other) {
  drifts = drifts || other.drifts;
  if (other.next) next = std::min(next.value_or(*other.next), *other.next);
}

Outlook outlook_of(const ClusterView& view, const Policies& policies, const std::vector<Decision>& decisions,
                   Instant now) {
  return Looker(view, policies, now).run(decisions);
}

}  // namespace slurmxx
