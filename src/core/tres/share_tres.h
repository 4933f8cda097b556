// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What shares of nodes come to as TRES: cpu, node, mem where any is given out, and all generic resources.
#pragma once

#include <span>

#include "core/model/job.h"
#include "core/tres/tres.h"

namespace slurmxx {

TresCounts share_tres(std::span<const NodeShare> shares);

}  // namespace slurmxx
