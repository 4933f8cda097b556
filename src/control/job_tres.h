// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The TRES of a job as limits count them.
#pragma once

#include "core/model/job.h"
#include "core/schedule/demand.h"
#include "core/tres/tres.h"

namespace slurmxx {

TresCounts requested_tres(const JobSpec& spec, const Demand& demand);
TresCounts allocated_tres(const Job& job);
TresCounts per_node(const TresCounts& tres);               // rounded up
void add_licenses(const JobSpec& spec, TresCounts& tres);  // but for several of which one will do

}  // namespace slurmxx
