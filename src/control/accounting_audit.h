// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What an event of the log means for the audit trail: orders about nodes, partitions and reservations, changes of jobs,
// and jobs that somebody other than their owner ended. What the cluster does by itself is none.
#pragma once

#include <vector>

#include "control/published.h"
#include "wire/accounting_records.h"

namespace slurmxx {

// Whether the log is to say who gave the order.
bool tells_actor(const Event& event);

// `before`: a state from before the event.
std::vector<AccountingRecord> audit_of(const State& before, const Record& record);

}  // namespace slurmxx
