// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/model/job_spec.h"

namespace slurmxx {

// As OverSubscribe= of scontrol show job has it.
constexpr std::string_view sharing_name(Sharing sharing) {
  switch (sharing) {
    case Sharing::exclusive:
      return "NO";
    case Sharing::exclusive_user:
      return "USER";
    case Sharing::exclusive_mcs:
      return "MCS";
    case Sharing::exclusive_topo:
      return "TOPO";
    case Sharing::oversubscribe:
      return "YES";
    case Sharing::unset:
      break;
  }
  return "OK";
}

}  // namespace slurmxx
