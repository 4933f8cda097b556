// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "control/reservation_keys.h"

#include <algorithm>

#include "control/reservation_access.h"
#include "control/update_key_table.h"
#include "core/reserve/flags.h"
#include "core/reserve/reserve.h"
#include "core/text/time_text.h"

namespace slurmxx {
namespace {

using Draft = ReservationDraft;

constexpr Seconds a_year(365 * 24 * 3600);

// Seconds since 1970: scontrol has read what the user wrote.
template <bool is_end>
Status set_instant(Draft& draft, const std::string& value) {
  const auto at = parse_integer(value);
  if (!at) return fail(Errc::invalid_time_value);
  draft.started_given = draft.started_given || !is_end;
  if (is_end)
    draft.end = Instant(*at);
  else
    draft.reservation.times.start = Instant(*at);
  return {};
}

Status set_duration(Draft& draft, const std::string& value) {
  const auto limit = parse_time_limit(value);
  const bool below_nothing = value.starts_with('-') && value != "-1";  // -1: as long as can be
  if (!limit || below_nothing) return fail(Errc::invalid_time_value);
  const Seconds given = limit->unlimited ? a_year : to_seconds(limit->value);
  const Seconds now = draft.reservation.times.end - draft.reservation.times.start;
  draft.duration = draft.key_operator == '+' ? now + given : draft.key_operator == '-' ? now - given : given;
  return {};
}

Status set_nodes(Draft& draft, const std::string& value) {
  draft.nodes = value;
  draft.nodes_operator = draft.key_operator;
  return {};
}

// "12"; "2k" are 2048.
Result<std::uint32_t> node_count_of(std::string_view text) {
  const bool in_k = text.ends_with('k') || text.ends_with('K');
  constexpr std::uint32_t k = 1024;
  const auto number = parse_natural(in_k ? text.substr(0, text.size() - 1) : text, {1, UINT32_MAX / k});
  if (!number) return expected("a number of nodes");
  return static_cast<std::uint32_t>(*number) * (in_k ? k : 1);
}

// "4", or "2,2", which is as much.
Status set_node_count(Draft& draft, const std::string& value) {
  std::uint32_t sum = 0;
  for (const std::string_view one : split_commas(value)) {
    TRY_ASSIGN(const std::uint32_t count, node_count_of(one));
    sum += count;
  }
  if (sum == 0) return expected("a number of nodes");
  draft.node_count = sum;
  draft.node_count_operator = draft.key_operator;
  return {};
}

// "4", or for each node "2,2,4".
Status set_core_counts(Draft& draft, const std::string& value) {
  draft.core_counts.clear();
  draft.counts_cpus = draft.counts_each = false;
  for (const std::string_view one : split_commas(value)) {
    TRY_ASSIGN(const std::uint32_t count, count_of_update(one, 1));
    draft.core_counts.push_back(count);
  }
  return draft.core_counts.empty() ? Status(expected("a number of cores")) : Status();
}

// "gpu" or "gpu:a100".
Draft::Gres gres_of(std::string_view kind, std::uint32_t count) {
  const auto pair = split_once(kind, ':');
  return {std::string(pair ? pair->first : kind), std::string(pair ? pair->second : ""), count, false};
}

Status add_tres(Draft& draft, std::string_view type, std::string_view value) {
  if (equal_ignoring_case(type, "node")) {
    TRY_ASSIGN(draft.node_count, node_count_of(value));
    return {};
  }
  const auto count = parse_natural(value, {1, UINT32_MAX});
  if (!count) return expected("TYPE=COUNT");
  if (equal_ignoring_case(type, "cpu"))
    draft.core_counts = {static_cast<std::uint32_t>(*count)}, draft.counts_cpus = true;
  else if (starts_with_ignoring_case(type, "gres/"))
    draft.gres.push_back(gres_of(type.substr(5), static_cast<std::uint32_t>(*count)));
  else if (starts_with_ignoring_case(type, "license/"))
    draft.reservation.licenses +=
        (draft.reservation.licenses.empty() ? "" : ",") + std::string(type.substr(8)) + ":" + std::string(value);
  else
    return fail(Errc::not_supported);
  return {};
}

// "cpu=8,node=2,license/matlab=1"; "cpu=2,2,1" are those of each node.
Status set_tres(Draft& draft, const std::string& value) {
  draft.reservation.licenses.clear();
  std::erase_if(draft.gres, [](const Draft::Gres& one) { return !one.of_each; });
  std::string_view last;
  for (const std::string_view one : split_commas(value)) {
    const auto pair = split_once(one, '=');
    const auto more = pair || last != "cpu" ? Result<std::uint32_t>(fail(Errc::error)) : count_of_update(one, 1);
    if (!pair && !more) return expected("TYPE=COUNT");
    if (more)
      draft.core_counts.push_back(*more);
    else
      TRY(add_tres(draft, pair->first, pair->second));
    if (pair) last = equal_ignoring_case(pair->first, "cpu") ? "cpu" : "";
  }
  return {};
}

// "cpu=4,gres/gpu=2": of each node.
Status set_tres_per_node(Draft& draft, const std::string& value) {
  Draft each;
  for (const std::string_view one : split_commas(value)) {
    const auto pair = split_once(one, '=');
    const bool known =
        pair && (equal_ignoring_case(pair->first, "cpu") || starts_with_ignoring_case(pair->first, "gres/"));
    if (!known) return expected("cpu=COUNT or gres/NAME[:TYPE]=COUNT");
    TRY(add_tres(each, pair->first, pair->second));
  }
  std::erase_if(draft.gres, &Draft::Gres::of_each);
  for (Draft::Gres& one : each.gres) {
    one.of_each = true;
    draft.gres.push_back(std::move(one));
  }
  if (!each.core_counts.empty()) {
    draft.core_counts = each.core_counts;
    draft.counts_cpus = draft.counts_each = true;
  }
  draft.reservation.tres = value;
  return {};
}

template <NameRule ReservationAccess::*member, Errc refusal>
Status set_names(Draft& draft, const std::string& value) {
  if (change_names(draft.reservation.access.*member, draft.key_operator, value)) return {};
  return refusal == Errc::error ? fail(refusal, "Invalid group id") : fail(refusal);
}

template <std::string Reservation::*member>
Status set_text(Draft& draft, const std::string& value) {
  draft.reservation.*member = value;
  return {};
}

Status set_flags(Draft& draft, const std::string& value) {
  return change_flags(draft.reservation, value, draft.key_operator == '-' ? FlagChange::remove : FlagChange::add);
}

Status set_max_start_delay(Draft& draft, const std::string& value) {
  const auto delay = parse_duration(value);
  if (!delay || value.empty()) return fail(Errc::invalid_time_value);
  draft.reservation.times.max_start_delay.reset();
  if (!delay->unlimited && delay->value > Seconds(0)) draft.reservation.times.max_start_delay = delay->value;
  return {};
}

Status set_skip(Draft& draft, const std::string&) {
  draft.skip = true;
  return {};
}

using Access = ReservationAccess;

constexpr UpdateKey<Draft> keys[] = {
    {"StartTime", set_instant<false>},
    {"EndTime", set_instant<true>},
    {"Duration", set_duration},
    {"Nodes", set_nodes},
    {"NodeCnt", set_node_count},
    {"NodeCount", set_node_count},
    {"CoreCnt", set_core_counts},
    {"CoreCount", set_core_counts},
    {"TRES", set_tres},
    {"TRESPerNode", set_tres_per_node},
    {"Users", set_names<&Access::users, Errc::user_id_missing>},
    {"Groups", set_names<&Access::groups, Errc::error>},
    {"Accounts", set_names<&Access::accounts, Errc::invalid_account>},
    {"QOS", set_names<&Access::qos, Errc::invalid_qos>},
    {"AllowedPartitions", set_names<&Access::partitions, Errc::invalid_partition>},
    {"AllowedPartition", set_names<&Access::partitions, Errc::invalid_partition>},
    {"AllowedQOS", set_names<&Access::qos, Errc::invalid_qos>},
    {"Flags", set_flags},
    {"Features", set_text<&Reservation::features>},
    {"PartitionName", set_text<&Reservation::partition>},
    {"Partition", set_text<&Reservation::partition>},
    {"Licenses", set_text<&Reservation::licenses>},
    {"BurstBuffer", set_text<&Reservation::burst_buffer>},
    {"MaxStartDelay", set_max_start_delay},
    {"Comment", set_text<&Reservation::comment>},
    {"Skip", set_skip},
};

}  // namespace

void ask_again(ReservationDraft& draft) {
  if (!draft.has_parts() && !draft.reservation.tres.empty())
    static_cast<void>(set_tres_per_node(draft, std::string(draft.reservation.tres)).ok());
}

Status change_reservation(ReservationDraft& draft, const KeyValue& change) {
  KeyValue plain = change;
  draft.key_operator = '=';
  if (plain.key.ends_with('+') || plain.key.ends_with('-')) {
    draft.key_operator = plain.key.back();
    plain.key.pop_back();
  }
  return change_by_table<ReservationDraft>(keys, draft, plain);
}

bool is_for_somebody(const ReservationAccess& access) {
  return !access.users.empty() || !access.groups.empty() || !access.accounts.empty() || !access.qos.empty() ||
         !access.partitions.empty();
}

Status check_flags(const Reservation& reservation) {
  const bool floats = reservation.flags.has(ReservationFlag::time_float);
  return floats && is_periodic(reservation) ? Status(fail(Errc::not_supported)) : Status();
}

Status check_new_reservation(const ReservationDraft& draft) {
  const auto not_created = [](std::string_view why) {
    return fail(Errc::error, fmt::format("scontrol: error: {}  No reservation created.", why));
  };
  const Reservation& made = draft.reservation;
  if (!draft.started_given) return not_created("A start time must be given.");
  if (!draft.end && !draft.duration) return not_created("An end time or duration must be given.");
  if (!is_for_somebody(made.access))
    return not_created("Either Users/Groups, AllowedPartitions, QOS and/or Accounts must be specified.");
  if (!made.access.users.empty() && !made.access.groups.empty())
    return not_created("Users and Groups are mutually exclusive.  You can have one or the other, but not both.");
  const bool all = draft.nodes && equal_ignoring_case(*draft.nodes, "ALL");
  if (made.flags.has(ReservationFlag::part_nodes) && (!all || made.partition.empty()))
    return not_created("PART_NODES flag requires specifying a Partition and ALL nodes.");
  const bool replaces = made.flags.has(ReservationFlag::replace) || made.flags.has(ReservationFlag::replace_down);
  if (replaces && draft.nodes && !all) return fail(Errc::invalid_node_name);
  TRY(check_flags(made));
  const bool of_nodes = draft.has_size() || !made.partition.empty();
  if (!of_nodes && !made.licenses.empty() && !made.flags.has(ReservationFlag::any_nodes))
    return fail(Errc::invalid_node_name);
  if (!of_nodes && made.licenses.empty() && made.burst_buffer.empty())
    return not_created("Nodes, NodeCnt, CoreCnt, Licenses, or BurstBuffer must be specified.");
  return {};
}

}  // namespace slurmxx
