// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The log says who ended a job and who gave a node its reason; of other orders only that somebody gave them.
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
    note("end job", fmt::format("job {}", event.job.value), event.order.by, change);
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
    note("update job", fmt::format("job {}", event.job.value), {}, changed_fields(old, now));
  }
  void operator()(const NodeConditionSet& event) {
    const Node* node = before_.find(event.node);
    if (!node) return;
    const auto& reason = event.condition.reason;
    const bool says_who = reason && !(reason == node->condition.reason);
    note("update node", "node " + node->name, says_who ? std::optional(reason->uid) : std::nullopt,
         changed_fields(fields_of(node->condition), fields_of(event.condition)));
  }
  void operator()(const NodeChanged& event) {
    const Node* node = before_.find(event.node);
    if (!node) return;
    FieldTexts now = fields_of(event);
    now.erase("node");
    note("update node", "node " + node->name, {}, changed_fields({}, now));
  }
  void operator()(const PartitionChanged& event) {
    const Partition* old = before_.find_partition(event.partition.name);
    note(old ? "update partition" : "create partition", "partition " + event.partition.name, {},
         changed_fields(fields_or_none(old), fields_of(event.partition)));
  }
  void operator()(const PartitionRemoved& event) { note("delete partition", "partition " + event.name, {}, {}); }
  void operator()(const ReservationChanged& event) {
    const Reservation* old = nullptr;
    for (const auto& one : before_.reservations())
      if (one->name == event.reservation.name) old = one.get();
    note(old ? "update reservation" : "create reservation", "reservation " + event.reservation.name, {},
         changed_fields(fields_or_none(old), fields_of(event.reservation)));
  }
  void operator()(const ReservationRemoved& event) { note("delete reservation", "reservation " + event.name, {}, {}); }
  void operator()(const NodeRebootSet& event) {
    if (const Node* node = before_.find(event.node))
      note(event.reboot ? "reboot node" : "cancel reboot", "node " + node->name, {}, {});
  }
  template <class Other>
  void operator()(const Other&) {}

 private:
  static std::string hold_text(Hold hold) {
    return hold == Hold::none ? "none" : hold == Hold::user ? "user" : "admin";
  }
  void note(std::string action, std::string target, std::optional<Uid> actor, const FieldChange& change) {
    records_.emplace_back(AuditRecord{std::move(action), std::move(target), actor, change.before, change.after,
                                      record_.at, record_.position});
  }

  const State& before_;
  const Record& record_;
  std::vector<AccountingRecord> records_;
};

}  // namespace

std::vector<AccountingRecord> audit_of(const State& before, const Record& record) {
  if (record.request == RequestId()) return {};
  Auditing auditing(before, record);
  std::visit(auditing, record.event);
  return auditing.take();
}

}  // namespace slurmxx
