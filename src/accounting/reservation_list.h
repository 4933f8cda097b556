// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Reservations that there were: a row for each stretch in which one stood as it was, each occurrence by itself, and
// what jobs made of it, worked out of the rows of jobs when somebody asks.
#pragma once

#include "accounting/handlers.h"
#include "wire/accounting_records.h"

namespace slurmxx {

// From when on the rows say something else; nothing: they say the same.
Result<std::optional<Instant>> put_reservation(Database& database, std::int64_t cluster,
                                               const ReservationRecord& record);
Result<DbdReply> list_reservations(DbdContext& context, const ReservationsQuery& query);

}  // namespace slurmxx
