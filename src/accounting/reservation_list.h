// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Reservations that there were: a row for each stretch in which one had the same nodes and end, and what jobs made of
// it, worked out of the rows of jobs when somebody asks.
#pragma once

#include "accounting/handlers.h"
#include "wire/accounting_records.h"

namespace slurmxx {

Status put_reservation(Database& database, std::int64_t cluster, const ReservationRecord& record);
Result<DbdReply> list_reservations(DbdContext& context, const ReservationsQuery& query);

}  // namespace slurmxx
