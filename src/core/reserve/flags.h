// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Flags= of a reservation as text: "MAINT,SPEC_NODES". scontrol(1), RESERVATIONS.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/model/reservation.h"

namespace slurmxx {

// "MAINT,PURGE_COMP=00:10:00"; "+FLEX" and "-FLEX", or `add` and `remove` (Flags+=, Flags-=), change what is there.
enum class FlagChange : std::uint8_t { set, add, remove };
Status change_flags(Reservation& reservation, std::string_view text, FlagChange change);

std::string flags_text(const Reservation& reservation);
ReservationFlags flags_named(std::string_view shown);  // those of such a text

}  // namespace slurmxx
