// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/trigger/trigger_event.h"

namespace slurmxx {
namespace {

using Event = TriggerEvent;
using Subject = TriggerSubject;

constexpr TriggerEventRow rows[] = {
    {Event::down, Subject::node, "down"},
    {Event::up, Subject::node, "up"},
    {Event::drained, Subject::node, "drained"},
    {Event::draining, Subject::node, "draining"},
    {Event::fail, Subject::node, "fail"},
    {Event::idle, Subject::node, "idle"},
    {Event::resume, Subject::node, "resume"},
    {Event::block_error, Subject::node, "block_err"},
    {Event::fini, Subject::job, "fini"},
    {Event::time, Subject::job, "time"},
    {Event::reconfig, Subject::controller, "reconfig"},
    {Event::burst_buffer, Subject::other, "burst_buffer"},
    {Event::primary_slurmctld_failure, Subject::controller, "primary_slurmctld_failure"},
    {Event::primary_slurmctld_resumed_operation, Subject::controller, "primary_slurmctld_resumed_operation"},
    {Event::primary_slurmctld_resumed_control, Subject::controller, "primary_slurmctld_resumed_control"},
    {Event::primary_slurmctld_acct_buffer_full, Subject::controller, "primary_slurmctld_acct_buffer_full"},
    {Event::backup_slurmctld_failure, Subject::controller, "backup_slurmctld_failure"},
    {Event::backup_slurmctld_resumed_operation, Subject::controller, "backup_slurmctld_resumed_operation"},
    {Event::backup_slurmctld_assumed_control, Subject::controller, "backup_slurmctld_assumed_control"},
    {Event::primary_slurmdbd_failure, Subject::database, "primary_slurmdbd_failure"},
    {Event::primary_slurmdbd_resumed_operation, Subject::database, "primary_slurmdbd_resumed_operation"},
    {Event::primary_database_failure, Subject::database, "primary_database_failure"},
    {Event::primary_database_resumed_operation, Subject::database, "primary_database_resumed_operation"},
};

}  // namespace

std::span<const TriggerEventRow> trigger_events() { return rows; }

std::string trigger_event_name(std::uint32_t event) {
  for (const TriggerEventRow& row : rows)
    if (static_cast<std::uint32_t>(row.event) == event) return row.name;
  return "unknown";
}

const char* trigger_subject_name(TriggerSubject subject) {
  switch (subject) {
    case TriggerSubject::job:
      return "job";
    case TriggerSubject::node:
      return "node";
    case TriggerSubject::controller:
      return "slurmctld";
    case TriggerSubject::database:
      return "slurmdbd";
    case TriggerSubject::reservation:
      return "reservation";
    case TriggerSubject::other:
      break;
  }
  return "other";
}

}  // namespace slurmxx
