// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Whom a reservation lets in: its lists of users, groups, accounts, QOS and partitions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/limits/directory.h"
#include "core/model/reservation.h"

namespace slurmxx {

// "a,b"; "-a,-b": all but these. With += and -= (key_operator '+', '-'), or with "+a,-b" where there is a list already,
// what is there changes; += takes names out of a list of those who are kept out. No list mixes "a" and "-b": false.
bool change_names(NameRule& rule, char key_operator, std::string_view value);

// Accounts and QOS are those that slurmdbd knows; without one every name will do. Where associations are enforced, each
// user who is named has one.
Status check_known_names(const ReservationAccess& access, const Directory* directory, bool associations_enforced);

// With the accounts below each account that is named; the reservation itself where there are none.
std::shared_ptr<const Reservation> with_sub_accounts(const std::shared_ptr<const Reservation>& reservation,
                                                     const Directory& directory);

}  // namespace slurmxx
