// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What the configuration says of a partition and state does not keep, as scontrol show partition spells it.
#pragma once

#include <string>
#include <vector>

#include "core/config/records.h"
#include "core/model/partition.h"
#include "wire/views.h"

namespace slurmxx {

std::string sharing_text(const Partition& partition);  // OverSubscribe=
// A partition without a PreemptMode of its own has the cluster's.
std::vector<KeyValue> partition_settings(const PartitionConfig& config, const std::string& cluster_preempt_mode);

}  // namespace slurmxx
