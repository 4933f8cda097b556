// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Reservations of parts of a node (CoreCnt=, TRES=, TRESPerNode=): how many cores and which devices each node is to
// give.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "control/reservation_keys.h"
#include "core/model/node.h"

namespace slurmxx {

inline std::uint32_t threads_of_core(const NodeShape& shape) {
  return std::max(1u, shape.cpus / std::max(1u, shape.sockets * shape.cores_per_socket));
}

// Which reservations may have nodes and cores that others have: their maker has said so.
inline bool shares_nodes(const Reservation& r) {
  return r.flags.has(ReservationFlag::maint) || r.flags.has(ReservationFlag::overlap);
}

// Whether both hold at some moment.
bool overlap_in_time(const Reservation& a, const Reservation& b, Instant now);

class CoreWish {
 public:
  // `nodes`: as many as are to be had; 0: as many as it takes.
  CoreWish(const ReservationDraft& draft, std::size_t nodes);

  bool is_met() const { return left_ == 0; }
  bool takes_some() const { return nodes_ == 0; }  // less than of_node() will do: others give the rest
  // Cores of the node that comes next, whether it has them or not; 0: all of it.
  std::uint64_t asked_of(const NodeShape& shape, std::size_t place) const;
  // The same, of a node that may have less; 0: all of it.
  std::uint32_t of_node(const NodeShape& shape, std::size_t place) const;
  void take(const NodeShape& shape, const std::vector<std::uint32_t>& cpus);  // none: all

 private:
  const ReservationDraft& draft_;
  std::size_t nodes_;
  std::uint32_t left_ = 0;  // cores, or CPUs, where the number of nodes is open
};

// Who asks for devices alone gets a core with each.
class DeviceWish {
 public:
  DeviceWish(const ReservationDraft& draft, std::size_t nodes);

  bool empty() const { return kinds_.empty(); }
  bool is_met() const;
  // Of the node that comes next, of which others have `used`; nothing: it has not so many.
  std::optional<std::vector<GresShare>> of_node(const std::vector<GresPool>& pools,
                                                const std::vector<GresShare>& used) const;
  void take(const std::vector<GresShare>& devices);

 private:
  struct Kind {
    ReservationDraft::Gres asked;
    std::uint32_t left = 0;  // of all nodes together
  };
  std::uint32_t wanted(const Kind& kind) const;

  std::vector<Kind> kinds_;
  std::size_t nodes_;  // that are still to come; 0: as many as it takes
};

}  // namespace slurmxx
