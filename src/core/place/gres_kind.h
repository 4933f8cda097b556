// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which pools of a node a request for GRES means.
#pragma once

#include "core/model/gres.h"
#include "core/tres/gres.h"

namespace slurmxx {

inline bool is_of(const GresPool& pool, const GresRequest& kind) {
  return pool.name == kind.name && (kind.type.empty() || pool.type == kind.type);
}

}  // namespace slurmxx
