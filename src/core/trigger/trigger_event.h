// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The events of strigger: their bits in Trigger::event, what they are of, and their names. strigger(1).
#pragma once

#include <span>
#include <string>

#include "core/model/trigger.h"

namespace slurmxx {

enum class TriggerEvent : std::uint32_t {
  none = 0,
  down = 1,
  up = 2,
  drained = 3,
  fail = 4,
  idle = 5,
  fini = 6,
  time = 7,
  reconfig = 8,
  block_error = 9,
  burst_buffer = 10,
  primary_slurmctld_failure = 11,
  primary_slurmctld_resumed_operation = 12,
  primary_slurmctld_resumed_control = 13,
  primary_slurmctld_acct_buffer_full = 14,
  backup_slurmctld_failure = 15,
  backup_slurmctld_resumed_operation = 16,
  backup_slurmctld_assumed_control = 17,
  primary_slurmdbd_failure = 18,
  primary_slurmdbd_resumed_operation = 19,
  primary_database_failure = 20,
  primary_database_resumed_operation = 21,
  draining = 22,
  resume = 23,
};

struct TriggerEventRow {
  TriggerEvent event;
  TriggerSubject subject;
  const char* name;
};

std::span<const TriggerEventRow> trigger_events();
std::string trigger_event_name(std::uint32_t event);
const char* trigger_subject_name(TriggerSubject subject);  // "node", "slurmctld"

}  // namespace slurmxx
