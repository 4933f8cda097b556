// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What comes back keeps its number: jobs and usage go by it. An association is the same when its cluster, account, user
// and partition are.
#pragma once

#include "core/accounting/execute.h"

namespace slurmxx {

// Of rows that were there all the time as others see it: made anew from a file.
void keep_numbers(AccountBook& book, const AccountBook& before);

// Of rows that the outcome adds to `before` and that are among the deleted, from where nothing but the number and the
// counters of resets and returns come back.
void give_old_numbers(Outcome& outcome, const AccountBook& before, const AccountBook& deleted);

// Whether it adds any, so that the deleted are worth a look.
bool adds_associations(const Outcome& outcome, const AccountBook& before);

}  // namespace slurmxx
