// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Why a job waits: the names squeue prints (squeue(1), "JOB REASON CODES"), what would let the scheduler look at the
// job again, and the numbers that `scontrol explain` turns into a sentence. A new refusal is one row in reason.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace slurmxx {

enum class ReasonCode : std::uint8_t {
  none,
  resources,
  priority,
  held_by_user,
  held_by_admin,
  begin_time,
  dependency,
  dependency_never_satisfied,
  partition_down,
  partition_inactive,
  partition_node_limit,
  partition_time_limit,
  partition_config,
  nodes_not_available,
  bad_constraints,
  invalid_account,
  invalid_qos,
  reservation,
  licenses,
  array_task_limit,
  launch_failed_requeued_held,
  requeued_held_by_admin,
  requeued_held_by_user,
  deadline,
  limit,  // of an association or a QOS: Reason::limit names it
  account_not_allowed,
  qos_not_allowed,
  reserved_for_maintenance,
  reserved_for_others,
  memory_limit,
};

// What can cure it. Only jobs whose cure has happened need to be planned again.
enum class Wake : std::uint8_t {
  never,              // nothing but an update of the job
  job_ended,          // resources come free
  job_started,        // a job ahead of it leaves the queue
  released,           // scontrol release
  time_passed,        // the begin time comes
  dependency_ended,   // another job ends
  partition_changed,  // scontrol update partition, reconfigure
  node_changed,       // a node comes back
};

// What the request needed against what there was: {"cpus on one node", 8, 2}.
struct Shortage {
  std::string what;
  std::int64_t need = 0;
  std::int64_t have = 0;

  bool operator==(const Shortage&) const = default;
};

struct Reason {
  ReasonCode code = ReasonCode::none;
  std::string nodes;                 // nodes_not_available: the hostlist of those that are missing
  std::optional<Shortage> shortage;  // for explain
  std::string detail;                // for explain: one clause in plain words, no full stop; may be empty
  std::string limit;                 // "QOSMaxCpuPerUserLimit": the name of a Reason with code limit
  std::optional<JobId> ahead = {};   // who `detail` speaks of: not everybody may be told

  bool operator==(const Reason&) const = default;
};

std::string_view reason_name(ReasonCode code);  // "Resources", "JobHeldUser", ... "None"
std::optional<ReasonCode> parse_reason(std::string_view name);
Wake wake_of(ReasonCode code);

// As squeue's %r shows it: the name, or "ReqNodeNotAvail, UnavailableNodes:n[1-2]".
std::string reason_text(const Reason& reason);

// The detail, with its subject: "job 7 is ahead of it", "another job is ahead of it" unless `named`.
std::string detail_text(const Reason& reason, bool named = true);

// As `scontrol explain` shows it: "Resources: cpus on one node: needs 8, has 2 (waits until a job ends)".
std::string explain_text(const Reason& reason);

}  // namespace slurmxx
