// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What scontrol show reservation and sinfo -T are told.
#pragma once

#include "control/published.h"
#include "wire/client_messages.h"

namespace slurmxx {

ReservationView reservation_view(const Published& published, const Reservation& reservation, Instant now);
ReservationsReply reservations_reply(const Published& published, Instant now);

}  // namespace slurmxx
