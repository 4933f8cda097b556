// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Which of a node's free units (cores, or CPUs) a job or step gets: srun(1), --distribution, second level. The ids are
// what `scontrol show job -d` prints and what tasks are bound to. As watched: tasks of one CPU are spread over the
// sockets in turn; a task of several CPUs stays within a socket if one has room for it.
#pragma once

#include <cstdint>
#include <vector>

#include "core/launch/distribution.h"

namespace slurmxx {

struct CoreChoice {
  SocketDeal deal = SocketDeal::cyclic;
  std::uint32_t cpus_per_task = 1;
  std::uint32_t threads_per_unit = 1;
  bool tasks_in_turn =
      false;  // of steps: each task of several CPUs goes to the next socket, not to the first with room
  std::uint32_t tasks_per_socket = 0;  // at most, where the sockets have room; 0: no limit
};

// `free`: rising unit numbers by socket. Takes `count` of them, or all if there are not so many; rising.
std::vector<std::uint32_t> choose_units(const std::vector<std::vector<std::uint32_t>>& free, std::uint32_t count,
                                        const CoreChoice& how);

// The rule for a whole job: planes keep to the first socket with room.
CoreChoice core_choice_of(std::string_view distribution, std::uint32_t cpus_per_task);

}  // namespace slurmxx
