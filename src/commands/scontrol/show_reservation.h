// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/data_answer.h"
#include "commands/scontrol/show_job.h"
#include "wire/views.h"

namespace slurmxx {

std::string show_reservation_text(const ReservationView& view, const ShowStyle& style);

// {"reservations": [...], ...}
void write_reservations(const std::vector<const ReservationView*>& rows, const DataTarget& to);

}  // namespace slurmxx
