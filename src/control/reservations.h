// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Reservations are made, changed, removed and kept: their nodes are chosen here, those that are over go, and jobs that
// waited for one that is gone are held. What a reservation means for a job is core/reserve.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "control/controller.h"
#include "control/reservation_keys.h"
#include "core/reserve/reserve.h"

namespace slurmxx {

class CoreWish;
class DeviceWish;

class ReservationKeeper {
 public:
  explicit ReservationKeeper(Controller& controller) : c_(controller) {}

  // Answered with the reservation that was made. Rights: operators; who is let in may remove one with USER_DELETE.
  Result<ClientReply> serve(const UpdateRequest& request, const Caller& caller);

  // A request that was done before, and whose answer was lost.
  ClientReply answer_again(const UpdateRequest& request) const;

  // --reservation: each is there, not over, and lets the job in.
  Status check(const JobSpec& spec, const Caller& caller) const;

  void tick();  // every second

  bool is_over_for(const JobSpec& spec) const;  // a job may run no longer in what it asked for

  static std::vector<const Reservation*> list(const State& state);

 private:
  Status create(const UpdateRequest& request, const Caller& caller);
  Status change(const UpdateRequest& request);
  ReservationsReply newest() const;
  Status remove(const std::string& name, const Caller& caller);
  Status check_names(const ReservationAccess& access) const;
  Status check_reserved_licenses(const Reservation& reservation) const;
  Status check_licenses_left(const Reservation& draft) const;  // beside those of other reservations
  Status set_times(ReservationDraft& draft, bool creates) const;
  Status check_change(const Reservation& known, const ReservationDraft& draft) const;
  void skip(ReservationDraft& draft, const Occurrence& next) const;
  Status set_nodes(ReservationDraft& draft, bool creates) const;
  static Status count_from_there(ReservationDraft& draft);
  Status as_many_as_counted(ReservationDraft& draft, const std::vector<NodeIndex>& before) const;
  Status name_nodes(ReservationDraft& draft) const;
  Status choose_nodes(ReservationDraft& draft) const;
  struct Chosen {
    std::vector<NodeIndex> nodes;
    std::vector<ReservedCores> cores;  // of those that are not needed whole
  };
  Result<Chosen> take_nodes(const ReservationDraft& draft, const std::vector<NodeIndex>& order) const;
  Status check_declared(const ReservationDraft& draft, const std::vector<NodeIndex>& nodes) const;
  std::set<std::uint32_t> cpus_to_reserve(const Reservation& draft, NodeIndex index) const;
  struct CoreSearch {
    std::uint32_t count = 0;
    bool or_less = false;
    IndexSet near;  // these first
  };
  std::optional<std::vector<std::uint32_t>> some_cores(const Reservation& draft, NodeIndex index,
                                                       const CoreSearch& search) const;
  std::vector<GresShare> devices_to_leave(const Reservation& draft, NodeIndex index) const;
  struct PartWish {
    const CoreWish& cores;
    const DeviceWish& devices;
    std::size_t place;  // of the node among those it gets
  };
  std::optional<ReservedCores> part_of(const ReservationDraft& draft, NodeIndex index, const PartWish& wish) const;
  bool is_in_the_way(const Reservation& draft, const Reservation& other, NodeIndex index) const;
  Status reserve_cores(ReservationDraft& draft) const;
  bool gives_whole_nodes(const Reservation& draft) const;
  bool keeps_busy(const Reservation& draft, const Job& job, NodeIndex node) const;
  Status check_free(const Reservation& draft, const std::vector<NodeIndex>& nodes) const;
  bool is_taken(const Reservation& draft, NodeIndex node) const;  // by another reservation
  bool overlaps(const Reservation& draft) const;                  // with another, on any node
  bool is_busy(const Reservation& draft, NodeIndex node) const;   // with a job that may run on into it
  bool is_wanted(const Reservation& reservation) const;           // by a job that waits
  bool is_used(const Reservation& reservation) const;             // by a job that runs
  const Partition* partition_for(const Reservation& reservation) const;
  std::vector<NodeIndex> others_of(const Partition& partition, const std::vector<NodeIndex>& nodes) const;
  bool is_unused(const Reservation& reservation, NodeIndex node) const;
  bool is_replaced(const Reservation& reservation, NodeIndex node) const;
  static bool may_replace(const Reservation& reservation);
  void replace_nodes(const Reservation& reservation);
  void replace_node(Reservation& reservation, NodeIndex lost) const;
  void follow_partition(const Reservation& reservation);
  bool is_over(const Reservation& reservation);
  void release_waiting(const Reservation& gone);
  std::string new_name(const Reservation& draft) const;

  Controller& c_;
};

}  // namespace slurmxx
