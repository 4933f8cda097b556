// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The all-gathers of a step's nodes, as srun carries them out for MPI (wire/step_messages.h). Knows no streams.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "wire/step_messages.h"

namespace slurmxx {

inline constexpr std::size_t step_exchanges_open_max = 1024;

class StepExchanges {
 public:
  explicit StepExchanges(std::vector<std::string> node_names) : names_(std::move(node_names)) {}

  struct Complete {
    StepExchanged all;
    std::vector<std::uint32_t> nodes;  // that get it
  };
  // Complete with the last node's part. Error: the exchange cannot be, in one line.
  Result<std::optional<Complete>> add(std::uint32_t node, const StepExchange& part);

  // The node takes part in nothing more. Error: others wait for it, in one line.
  Status left(std::uint32_t node);

 private:
  struct Open {
    std::vector<std::uint32_t> nodes;
    std::map<std::uint32_t, std::string> parts;
    std::size_t bytes = 0;
  };
  Error waits_for(std::uint32_t node) const;

  std::vector<std::string> names_;
  std::map<std::string, Open> open_;
  std::set<std::uint32_t> gone_;
};

}  // namespace slurmxx
