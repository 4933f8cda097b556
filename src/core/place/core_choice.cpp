// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "core/place/core_choice.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace slurmxx {
namespace {

using Sockets = std::vector<std::vector<std::uint32_t>>;

// How many of each socket's units are taken, first ones first.
class Taking {
 public:
  Taking(const Sockets& free, std::uint32_t count) : free_(free), taken_(free.size(), 0), left_(count) {}

  std::uint32_t left() const { return left_; }
  std::uint32_t room(std::size_t socket) const {
    return static_cast<std::uint32_t>(free_[socket].size()) - taken_[socket];
  }
  void take(std::size_t socket, std::uint32_t units) {
    units = std::min({units, room(socket), left_});
    taken_[socket] += units;
    left_ -= units;
  }
  std::vector<std::uint32_t> units() const {
    std::vector<std::uint32_t> list;
    for (std::size_t s = 0; s < free_.size(); ++s)
      list.insert(list.end(), free_[s].begin(), free_[s].begin() + static_cast<std::ptrdiff_t>(taken_[s]));
    std::sort(list.begin(), list.end());
    return list;
  }

 private:
  const Sockets& free_;
  std::vector<std::uint32_t> taken_;
  std::uint32_t left_;
};

void take_in_order(Taking& taking, std::size_t sockets) {
  for (std::size_t s = 0; s < sockets; ++s)
    if (taking.room(s) >= taking.left()) return taking.take(s, taking.left());
  for (std::size_t s = 0; s < sockets; ++s) taking.take(s, taking.left());
}

void take_in_turn(Taking& taking, std::size_t sockets) {
  for (bool moved = true; moved && taking.left() > 0;) {
    moved = false;
    for (std::size_t s = 0; s < sockets; ++s) {
      moved = moved || taking.room(s) > 0;
      taking.take(s, 1);
    }
  }
}

void take_by_tasks(Taking& taking, std::size_t sockets, const CoreChoice& how) {
  for (std::size_t s = 0; s < sockets; ++s) {
    const std::uint64_t tasks = std::uint64_t{taking.room(s)} * how.threads_per_unit / how.cpus_per_task;
    const std::uint64_t cpus = tasks * how.cpus_per_task;
    taking.take(s, static_cast<std::uint32_t>((cpus + how.threads_per_unit - 1) / how.threads_per_unit));
  }
}

void take_tasks_in_turn(Taking& taking, std::size_t sockets, const CoreChoice& how) {
  const std::uint32_t units = (how.cpus_per_task - 1) / how.threads_per_unit + 1;
  for (bool moved = true; moved && taking.left() > 0;) {
    moved = false;
    for (std::size_t s = 0; s < sockets; ++s) {
      if (taking.room(s) < units || taking.left() == 0) continue;
      taking.take(s, units);
      moved = true;
    }
  }
}

// What the tasks that a socket may have use of it.
Sockets cut_short(Sockets sockets, const CoreChoice& how) {
  const std::uint64_t cpus = std::uint64_t{how.tasks_per_socket} * how.cpus_per_task;
  const std::uint64_t most = (cpus + how.threads_per_unit - 1) / how.threads_per_unit;
  for (auto& socket : sockets)
    if (socket.size() > most) socket.resize(most);
  return sockets;
}

}  // namespace

std::vector<std::uint32_t> choose_units(const Sockets& all, std::uint32_t count, const CoreChoice& how) {
  const Sockets few = how.tasks_per_socket > 0 ? cut_short(all, how) : Sockets();
  const auto add = [](std::size_t sum, const auto& socket) { return sum + socket.size(); };
  const Sockets& free = std::accumulate(few.begin(), few.end(), std::size_t{0}, add) < count ? all : few;
  Taking taking(free, count);
  if (how.deal == SocketDeal::block)
    take_in_order(taking, free.size());
  else if (how.cpus_per_task > 1 && how.tasks_in_turn)
    take_tasks_in_turn(taking, free.size(), how);
  else if (how.cpus_per_task > 1)
    take_by_tasks(taking, free.size(), how);
  take_in_turn(taking, free.size());
  return taking.units();
}

CoreChoice core_choice_of(std::string_view distribution, std::uint32_t cpus_per_task) {
  const auto parsed = parse_distribution(distribution);
  CoreChoice choice;
  if (parsed) choice.deal = parsed->nodes == NodeDeal::plane ? SocketDeal::block : parsed->sockets;
  choice.cpus_per_task = cpus_per_task > 0 ? cpus_per_task : 1;
  return choice;
}

}  // namespace slurmxx
