// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "base/ids.h"

namespace slurmxx {

std::string to_string(StepId id) {
  if (id == StepId::batch()) return "batch";
  if (id == StepId::external()) return "extern";
  if (id == StepId::interactive()) return "interactive";
  if (id.is_broadcast()) return "bcast";
  return std::to_string(id.value);
}

}  // namespace slurmxx
