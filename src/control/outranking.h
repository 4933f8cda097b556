// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs that were suspended for others and stand aside: what those leave free is for who outranks them first.
#pragma once

#include "core/schedule/view.h"

namespace slurmxx {

bool is_aside(const Job& job);
// Of the jobs that wait it leaves those that outrank one that stands aside. There is preemption.
void keep_who_outranks_the_aside(ClusterView& view);

}  // namespace slurmxx
