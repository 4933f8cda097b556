// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How many jobs have each unit (a core, mostly) of a node where jobs may share them: slurm.conf(5) OverSubscribe. Jobs
// of one group (a partition) share with each other alone, each unit at most so many times as the job's terms allow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace slurmxx {

// On which terms a job takes units.
struct ShareTerms {
  std::uint32_t group = 0;  // 0: it shares with nobody
  std::uint32_t most = 1;   // jobs on a unit
  bool all = false;         // it takes all units of a node (select/linear)
  std::uint32_t cap = 0;    // FreeRoom::caps counts what it takes, from 1; 0: none does

  bool shares() const { return most > 1; }
  bool operator==(const ShareTerms&) const = default;
};

class UnitLoads {
 public:
  UnitLoads() = default;  // of a node where nobody shares
  explicit UnitLoads(std::uint32_t units) : loads_(units) {}

  bool empty() const { return loads_.empty(); }
  std::uint32_t idle() const;                            // units that nobody has
  std::uint32_t open_to(const ShareTerms& terms) const;  // idle ones, and those it may share
  bool is_idle(std::uint32_t unit) const { return loads_[unit].jobs == 0; }
  // Whether it may have the unit, and that many jobs are there.
  bool is_open(std::uint32_t unit, const ShareTerms& terms, std::uint32_t jobs) const;
  void take(std::span<const std::uint32_t> units, const ShareTerms& terms);
  void close(std::uint32_t unit) { loads_[unit] = {0, UINT32_MAX}; }  // to all
  // The first of those with the fewest jobs, or all if there are not so many; rising.
  std::vector<std::uint32_t> pick(std::uint32_t count, const ShareTerms& terms) const;
  void narrow(const UnitLoads& other);  // to what is open in both

  bool operator==(const UnitLoads&) const = default;

 private:
  struct Load {
    std::uint32_t group = 0;
    std::uint32_t jobs = 0;

    bool operator==(const Load&) const = default;
  };
  std::vector<Load> loads_;
};

}  // namespace slurmxx
