// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Who gave an order stands beside the event in the log; logs of older versions say it only of jobs that were ended and
// of reasons of nodes.
#include "control/accounting_audit.h"

#include <fmt/format.h>

#include "core/model/job_state.h"
#include "core/text/described_fields.h"

namespace slurmxx {
namespace {

template <class T>
FieldTexts fields_or_none(const T* value) {
  return value ? fields_of(*value) : FieldTexts();
}

template <class T, class... Kinds>
constexpr bool OneOf = (std::is_same_v<T, Kinds> || ...);

class Auditing {
 public:
  Auditing(const State& before, const Record& record) : before_(before), record_(record) {}
  std::vector<AccountingRecord> take() { return std::move(records_); }

  void operator()(const JobKillOrdered& event) {
    const Job* job = before_.find(event.job);
    if (!job || event.order.by == job->spec->owner.uid) return;
    FieldChange change{fmt::format("state={}", state_name(job->state)),
                       fmt::format("state={}", state_name(event.order.end_state))};
    if (event.order.requeue) change.after = "requeue";
    note("end job", fmt::format("job {}", event.job.value), change, event.order.by);
  }
  void operator()(const JobChanged& event) {
    const Job* job = before_.find(event.job);
    if (!job) return;
    FieldTexts old = fields_of(*job->spec);
    FieldTexts now = event.spec ? fields_of(*event.spec) : old;
    if (event.hold) old["hold"] = hold_text(job->hold), now["hold"] = hold_text(*event.hold);
    if (event.priority) now["priority"] = fmt::to_string(*event.priority);
    if (event.running_limit)
      now["time_limit"] =
          event.running_limit->unlimited ? "UNLIMITED" : fmt::to_string(event.running_limit->value.value);
    note("update job", fmt::format("job {}", event.job.value), changed_fields(old, now));
  }
  void operator()(const NodeConditionSet& event) {
    const Node* node = before_.find(event.node);
    if (!node) return;
    const auto& reason = event.condition.reason;
    const bool says_who = reason && !(reason == node->condition.reason);
    note("update node", "node " + node->name, changed_fields(fields_of(node->condition), fields_of(event.condition)),
         says_who ? std::optional(reason->uid) : std::nullopt);
  }
  void operator()(const NodeChanged& event) {
    const Node* node = before_.find(event.node);
    if (!node) return;
    FieldTexts now = fields_of(event);
    now.erase("node");
    note("update node", "node " + node->name, changed_fields({}, now));
  }
  void operator()(const PartitionChanged& event) {
    const Partition* old = before_.find_partition(event.partition.name);
    note(old ? "update partition" : "create partition", "partition " + event.partition.name,
         changed_fields(fields_or_none(old), fields_of(event.partition)));
  }
  void operator()(const PartitionRemoved& event) { note("delete partition", "partition " + event.name, {}); }
  void operator()(const ReservationChanged& event) {
    const Reservation* old = nullptr;
    for (const auto& one : before_.reservations())
      if (one->name == event.reservation.name) old = one.get();
    note(old ? "update reservation" : "create reservation", "reservation " + event.reservation.name,
         changed_fields(fields_or_none(old), fields_of(event.reservation)));
  }
  void operator()(const ReservationRemoved& event) { note("delete reservation", "reservation " + event.name, {}); }
  void operator()(const JobSuspended& event) {
    if (!event.stands_aside && !event.time_sliced) note("suspend job", fmt::format("job {}", event.job.value), {});
  }
  void operator()(const JobResumed& event) { note("resume job", fmt::format("job {}", event.job.value), {}); }
  void operator()(const NodeRebootSet& event) {
    if (const Node* node = before_.find(event.node))
      note(event.reboot ? "reboot node" : "cancel reboot", "node " + node->name, {});
  }
  template <class Other>
  void operator()(const Other&) {}

 private:
  static std::string hold_text(Hold hold) {
    if (hold == Hold::special_exit) return "special exit";
    return hold == Hold::none ? "none" : hold == Hold::user ? "user" : "admin";
  }
  // `by`: as the event says it; else the log does.
  void note(std::string action, std::string target, const FieldChange& change, std::optional<Uid> by = {}) {
    AuditRecord told{std::move(action), std::move(target), by, change.before,
                     change.after,      record_.at,        "", record_.position};
    if (record_.actor) {
      told.actor = by.value_or(record_.actor->uid);
      told.host = record_.actor->host;
    }
    records_.emplace_back(std::move(told));
  }

  const State& before_;
  const Record& record_;
  std::vector<AccountingRecord> records_;
};

}  // namespace

bool tells_actor(const Event& event) {
  return std::visit(
      []<class E>(const E&) {
        return OneOf<E, JobKillOrdered, JobChanged, JobRequeued, JobSuspended, JobResumed, NodeConditionSet,
                     NodeChanged, PartitionChanged, PartitionRemoved, ReservationChanged, ReservationRemoved,
                     NodeRebootSet, NodeAdded, NodeRemoved>;
      },
      event);
}

std::vector<AccountingRecord> audit_of(const State& before, const Record& record) {
  if (record.request == RequestId()) return {};
  Auditing auditing(before, record);
  std::visit(auditing, record.event);
  return auditing.take();
}

}  // namespace slurmxx
