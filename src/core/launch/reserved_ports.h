// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Ports that a step has on each of its nodes and no other step there has: MpiParams=ports=FIRST-LAST of slurm.conf(5),
// --resv-ports of srun(1). Nobody listens on them here; the step's programs do.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace slurmxx {

struct PortRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;

  std::uint32_t size() const { return last - first + 1; }
  bool operator==(const PortRange&) const = default;
};

// Nothing: no ports, or not as FIRST-LAST.
std::optional<PortRange> ports_of_mpi(std::string_view mpi_params);

// The lowest `count` that are in none of the texts, which are of its own form: "12000-12002,12005". Nothing: fewer are
// free.
std::optional<std::string> choose_ports(const PortRange& range, std::span<const std::string> taken,
                                        std::uint32_t count);

}  // namespace slurmxx
