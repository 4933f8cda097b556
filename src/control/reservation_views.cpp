// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/reservation_views.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/hostlist/hostlist.h"
#include "core/reserve/reserve.h"
#include "core/text/words.h"
#include "core/tres/gres_pools.h"

namespace slurmxx {

ReservationView reservation_view(const Published& published, const Reservation& reservation, Instant now) {
  ReservationView view{reservation};
  if (const auto when = occurrence(reservation, now, now)) {
    view.reservation.times.start = when->start;
    view.reservation.times.end = when->end;
    view.active = when->covers(now);
  }
  HostFolder names;
  std::uint64_t cpus = 0;
  for (const NodeIndex index : reservation.nodes) {
    const Node& node = *published.state.find(index);
    names.add(node.name);
    const std::uint32_t cores = std::max(1u, node.declared.sockets * node.declared.cores_per_socket);
    const auto some = std::find_if(reservation.cores.begin(), reservation.cores.end(),
                                   [&](const ReservedCores& one) { return one.node == index; });
    const bool all = some == reservation.cores.end();
    const auto here = static_cast<std::uint32_t>(all ? node.declared.cpus : some->cpu_ids.size());
    cpus += here;
    view.core_count += here / std::max(1u, node.declared.cpus / cores);
  }
  TresCounts devices;
  for (const ReservedCores& some : reservation.cores) {
    const TresCounts here = gres_tres(some.gres);
    for (const TresCount& one : here.entries()) devices.add(one.name, one.count);
  }
  view.nodes = names.take();
  view.node_count = static_cast<std::uint32_t>(reservation.nodes.size());
  if (cpus > 0) view.tres = fmt::format("cpu={}", cpus);
  for (const TresCount& one : devices.entries()) view.tres += fmt::format(",{}={}", one.name, one.count);
  for (const std::string_view licence : split_commas(reservation.licenses)) {
    const auto pair = split_once(licence, ':');
    view.tres += fmt::format("{}license/{}={}", view.tres.empty() ? "" : ",", pair ? pair->first : licence,
                             pair ? pair->second : "1");
  }
  return view;
}

ReservationsReply reservations_reply(const Published& published, Instant now) {
  ReservationsReply reply;
  reply.now = now;
  for (const auto& reservation : published.state.reservations())
    reply.reservations.push_back(reservation_view(published, *reservation, now));
  return reply;
}

}  // namespace slurmxx
