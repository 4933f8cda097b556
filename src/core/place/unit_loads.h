// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// How many jobs have each unit (a core, mostly) of a node where jobs may share them: slurm.conf(5) OverSubscribe. Of
// each group (a partition) at most so many have a unit as the job's terms allow, whatever other groups share there; a
// job that shares with nobody has its units alone.
// Here is also what a partition says of sockets: that its jobs have them whole (CR_Socket), or how much of each its
// jobs may have together (MaxCPUsPerSocket).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace slurmxx {

// On which terms a job takes units.
struct ShareTerms {
  std::uint32_t group = 0;            // 0: it shares with nobody
  std::uint32_t most = 1;             // jobs on a unit
  bool all = false;                   // it takes all units of a node (select/linear)
  std::uint32_t cap = 0;              // FreeRoom::caps counts what it takes, from 1; 0: none does
  std::uint32_t cpus_per_socket = 0;  // that jobs of the group may have of a socket; 0: no limit
  bool whole_sockets = false;

  bool shares() const { return most > 1; }
  bool by_socket() const { return whole_sockets || cpus_per_socket > 0; }
  bool by_unit() const { return shares() || by_socket(); }
  bool operator==(const ShareTerms&) const = default;
};

// Of a node: how its units lie.
struct UnitLayout {
  std::uint16_t per_socket = 1;
  std::uint16_t cpus = 1;  // of a unit
};

class UnitLoads {
 public:
  UnitLoads() = default;  // of a node where units are not counted one by one
  explicit UnitLoads(std::uint32_t units) : units_(units) {}

  bool empty() const { return units_ == 0; }
  std::uint32_t idle() const;  // units that nobody has
  bool is_idle(std::uint32_t unit) const { return of(unit).empty(); }
  std::uint32_t levels() const;  // no unit that is open to anybody has so many jobs
  // Those that it may have and that so many jobs have, of all groups; rising.
  std::vector<std::uint32_t> open(const ShareTerms& terms, std::uint32_t jobs, UnitLayout layout) const;
  std::uint32_t open_to(const ShareTerms& terms, UnitLayout layout) const;  // whatever jobs have them
  void take(std::span<const std::uint32_t> units, const ShareTerms& terms);
  void close(std::uint32_t unit);  // to all
  void keep(std::uint32_t unit);   // for the system
  // The first of those with the fewest jobs, or all if there are not so many; rising. Whole sockets may be more.
  std::vector<std::uint32_t> pick(std::uint32_t count, const ShareTerms& terms, UnitLayout layout) const;
  void narrow(const UnitLoads& other);  // to what is open in both

  bool operator==(const UnitLoads&) const = default;

 private:
  static constexpr std::uint32_t alone = 1U << 31;  // beside the group of a job that shares with nobody
  static constexpr std::uint32_t any_group = alone - 1;
  static constexpr std::uint32_t system_group = 0;

  struct Load {  // of a unit, by jobs of one group
    std::uint32_t unit = 0;
    std::uint32_t group = 0;
    std::uint32_t jobs = 0;

    bool closes() const { return group == any_group || group == system_group || (group & alone) != 0; }
    bool operator==(const Load&) const = default;
  };
  std::span<const Load> of(std::uint32_t unit) const;
  std::span<const Load> of_socket(std::uint32_t socket, UnitLayout layout) const;
  std::vector<Load>::iterator place(std::uint32_t unit, std::uint32_t group);
  void set_alone(std::uint32_t unit, std::uint32_t group);
  static bool are_open(std::span<const Load> loads, const ShareTerms& terms);
  void cut_to_sockets(std::vector<std::uint32_t>& idle, const ShareTerms& terms, UnitLayout layout) const;
  bool has_other(std::uint32_t socket, UnitLayout layout) const;
  std::uint32_t taken_by(std::uint32_t group, std::uint32_t socket, UnitLayout layout) const;
  std::vector<std::uint32_t> pick_sockets(std::uint32_t count, const ShareTerms& terms, UnitLayout layout) const;

  std::uint32_t units_ = 0;
  std::vector<Load> loads_;  // by unit, then group
};

}  // namespace slurmxx
