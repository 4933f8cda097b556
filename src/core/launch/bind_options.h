// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What --cpu-bind and --mem-bind ask for: srun(1). Text to data; the masks are made in task_binding.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/launch/cpu_set.h"

namespace slurmxx {

enum class CpuBindKind : std::uint8_t {
  automatic,  // nothing said: by the shape of the step
  none,
  rank,
  map_cpu,
  mask_cpu,
  rank_ldom,
  map_ldom,
  mask_ldom,
  threads,
  cores,
  sockets,
  ldoms
};

struct CpuBind {
  CpuBindKind kind = CpuBindKind::automatic;
  std::vector<std::string> list;  // numbers of map_*, hexadecimal masks without 0x of mask_*; repeats written out
  bool verbose = false;

  bool operator==(const CpuBind&) const = default;
};

// Words between commas in any letter case; v[erbose] and q[uiet] beside the kind. Error: one line.
Result<CpuBind> parse_cpu_bind(std::string_view text);

enum class MemBindKind : std::uint8_t { unset, none, rank, local, map_mem, mask_mem };

struct MemBind {
  MemBindKind kind = MemBindKind::unset;
  std::vector<std::string> list;
  bool verbose = false;
  bool prefer = false;
  bool sort = false;

  bool operator==(const MemBind&) const = default;
};

Result<MemBind> parse_mem_bind(std::string_view text);

}  // namespace slurmxx
