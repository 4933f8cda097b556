// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// What a run leaves behind, even if it dies by a failed SLURMXX_CHECK: plain memory, shared with the process that
// started it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace slurmxx::sim {

struct Counts {
  std::uint64_t events = 0;
  std::uint64_t records = 0;
  std::uint64_t jobs = 0;   // acknowledged
  std::uint64_t runs = 0;   // of batch scripts
  std::uint64_t steps = 0;  // of srun, on a node
  std::uint64_t controller_deaths = 0;
  std::uint64_t power_cuts = 0;  // of those
  std::uint64_t torn = 0;        // files that a power cut left torn
  std::uint64_t disk_errors = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t node_deaths = 0;  // of slurmd or the machine
  std::uint64_t breaks = 0;       // of sessions
  std::uint64_t retries = 0;      // of clients
};

struct Report {
  static constexpr std::size_t line_max = 220;
  static constexpr std::size_t lines_max = 60;
  Counts counts;
  std::uint64_t hash = 0;
  std::uint64_t lines = 0;  // written so far; the last are kept
  bool finished = false;
  char violation[400] = {};
  char tail[lines_max][line_max] = {};
};

void copy_text(char* to, std::size_t room, std::string_view text);

}  // namespace slurmxx::sim
