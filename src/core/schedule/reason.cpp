// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/reason.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"

namespace slurmxx {
namespace {

struct Row {
  ReasonCode code;
  std::string_view name;
  Wake wake;
};

using enum ReasonCode;

constexpr std::array rows{
    Row{none, "None", Wake::never},
    Row{resources, "Resources", Wake::job_ended},
    Row{priority, "Priority", Wake::job_started},
    Row{held_by_user, "JobHeldUser", Wake::released},
    Row{held_by_admin, "JobHeldAdmin", Wake::released},
    Row{begin_time, "BeginTime", Wake::time_passed},
    Row{dependency, "Dependency", Wake::dependency_ended},
    Row{dependency_never_satisfied, "DependencyNeverSatisfied", Wake::never},
    Row{partition_down, "PartitionDown", Wake::partition_changed},
    Row{partition_inactive, "PartitionInactive", Wake::partition_changed},
    Row{partition_node_limit, "PartitionNodeLimit", Wake::partition_changed},
    Row{partition_time_limit, "PartitionTimeLimit", Wake::partition_changed},
    Row{partition_config, "PartitionConfig", Wake::partition_changed},
    Row{nodes_not_available, "ReqNodeNotAvail", Wake::node_changed},
    Row{bad_constraints, "BadConstraints", Wake::never},
    Row{invalid_account, "InvalidAccount", Wake::never},
    Row{invalid_qos, "InvalidQOS", Wake::never},
    Row{reservation, "Reservation", Wake::time_passed},
    Row{licenses, "Licenses", Wake::job_ended},
    Row{array_task_limit, "JobArrayTaskLimit", Wake::job_ended},
    Row{launch_failed_requeued_held, "launch failed requeued held", Wake::released},
    Row{requeued_held_by_admin, "job requeued in held state", Wake::released},
    Row{requeued_held_by_user, "job requeued in user held state", Wake::released},
    Row{deadline, "DeadLine", Wake::never},
    Row{limit, "AccountingPolicy", Wake::job_ended},
    Row{account_not_allowed, "AccountNotAllowed", Wake::never},
    Row{qos_not_allowed, "QOSNotAllowed", Wake::never},
    Row{reserved_for_maintenance, "ReqNodeNotAvail, Reserved for maintenance", Wake::time_passed},
    Row{reserved_for_others, "ReqNodeNotAvail, May be reserved for other job", Wake::time_passed},
    Row{memory_limit, "MaxMemPerLimit", Wake::partition_changed},
};

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (static_cast<std::size_t>(rows[i].code) != i) return false;
  return true;
}
static_assert(in_enum_order(), "a row's place is its code");
static_assert(rows.size() == static_cast<std::size_t>(memory_limit) + 1, "every code has a row");

constexpr std::array<std::string_view, 8> wake_texts{
    "an update of the job would change it",
    "waits until a job ends",
    "waits for the jobs ahead of it",
    "waits until it is released",
    "waits for its time",
    "waits for another job",
    "waits for a change of the partition",
    "waits until the nodes are back",
};
static_assert(wake_texts.size() == static_cast<std::size_t>(Wake::node_changed) + 1);

const Row& row_of(ReasonCode code) {
  const auto index = static_cast<std::size_t>(code);
  SLURMXX_CHECK(index < rows.size());
  return rows[index];
}

}  // namespace

std::string_view reason_name(ReasonCode code) { return row_of(code).name; }

std::optional<ReasonCode> parse_reason(std::string_view name) {
  for (const Row& row : rows)
    if (row.name == name) return row.code;
  return {};
}

Wake wake_of(ReasonCode code) { return row_of(code).wake; }

std::string reason_text(const Reason& reason) {
  if (!reason.limit.empty()) return reason.limit;
  if (reason.nodes.empty()) return std::string(reason_name(reason.code));
  return fmt::format("{}, UnavailableNodes:{}", reason_name(reason.code), reason.nodes);
}

std::string detail_text(const Reason& reason, bool named) {
  if (!reason.ahead) return reason.detail;
  return fmt::format("{} {}", named ? "job " + to_string(*reason.ahead) : "another job", reason.detail);
}

std::string explain_text(const Reason& reason) {
  std::string text = reason_text(reason);
  if (!reason.detail.empty()) text += ": " + detail_text(reason);
  if (reason.shortage)
    text += fmt::format(": {}: needs {}, has {}", reason.shortage->what, reason.shortage->need, reason.shortage->have);
  if (reason.code != none) text += fmt::format(" ({})", wake_texts[static_cast<std::size_t>(wake_of(reason.code))]);
  return text;
}

}  // namespace slurmxx
