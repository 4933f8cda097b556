// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What explain says of a gate beyond its reason: who has the licences, whom a job depends on.
#pragma once

#include "core/schedule/explain.h"

namespace slurmxx {

Gate gate_of(const Reason& reason);
bool lacks_licenses(const ClusterView& view, const JobSpec& spec);
std::string who_has_licenses(const ClusterView& view, const JobSpec& spec);
void tell_more(const ClusterView& view, const PendingJob& pending, Reason& reason);

}  // namespace slurmxx
