// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol create and delete: partitions, reservations and nodes. The controller knows the keys.
#include <fmt/format.h>

#include <algorithm>

#include "commands/scontrol/run.h"
#include "commands/scontrol/update_value.h"

namespace slurmxx {
namespace {

struct EntityRow {
  std::string_view key;
  const char* entity;
  const char* kind;  // of the record in messages
};

constexpr EntityRow entity_rows[] = {
    {"PartitionName", "partition", "partition"},
    {"Partition", "partition", "partition"},
    {"ReservationName", "reservation", "reservation"},
    {"Reservation", "reservation", "reservation"},
    {"ResvName", "reservation", "reservation"},
    {"NodeName", "node", "node"},
    {"Node", "node", "node"},
    {"Nodes", "node", "node"},
};

const EntityRow* entity_row(std::string_view key) {
  for (const EntityRow& row : entity_rows)
    if (equal_ignoring_case(row.key, key)) return &row;
  for (const EntityRow& row : entity_rows)
    if (is_entity_key(key, row.key)) return &row;
  return nullptr;
}

int send(const ScontrolCall& call, const UpdateRequest& request, const std::string& kind) {
  auto done = ask<DoneReply>(call.controller, request, call.output);
  if (done) return 0;
  return call.refused(done.error().code == Errc::error && !done.error().message.empty() ? "" : kind, done.error());
}

bool has_key(const UpdateRequest& request, std::string_view key) {
  return std::any_of(request.changes.begin(), request.changes.end(),
                     [&](const KeyValue& one) { return equal_ignoring_case(one.key, key); });
}

int create_reservation(const ScontrolCall& call, UpdateRequest& request) {
  for (KeyValue& one : request.changes) {
    auto value = update_value(one.key, one.value, call.output);
    if (!value) return call.refused("scontrol: error: ", value.error());
    one.value = std::move(*value);
  }
  if (const Status known = check_users(request, call.output); !known)
    return call.refused("Error creating the reservation: ", known.error());
  auto done = ask<ReservationsReply>(call.controller, request, call.output);
  if (done) {
    for (const ReservationView& made : done->reservations)
      call.output.line("Reservation created: " + made.reservation.name);
    return 0;
  }
  const bool chosen = !has_key(request, "Nodes") && !has_key(request, "PartitionName");
  if (done.error().code == Errc::nodes_busy && chosen)
    call.output.print(
        "Note, unless nodes are directly requested a reservation must exist in a single partition.\n"
        "If no partition is requested the default partition is assumed.\n");
  const bool whole_line = done.error().code == Errc::error && !done.error().message.empty();
  return call.refused(whole_line ? "" : "Error creating the reservation: ", done.error());
}

}  // namespace

// A name that no user or group has here is a slip of the pen.
Status check_users(const UpdateRequest& request, const Output& output) {
  for (const KeyValue& one : request.changes) {
    const bool of_users = starts_with_ignoring_case(one.key, "Users");
    if (!of_users && !starts_with_ignoring_case(one.key, "Groups")) continue;
    for (std::string_view name : split_commas(one.value)) {
      if (name.front() == '+' || name.front() == '-') name.remove_prefix(1);
      if (of_users && output.user_id && !output.user_id(std::string(name))) return fail(Errc::error);
      if (!of_users && output.is_group && !output.is_group(std::string(name)))
        return fail(Errc::error, "Invalid group id");
    }
  }
  return {};
}

int create(const ScontrolCall& call) {
  const std::string& first = call.arguments.front();
  const EntityRow* row = entity_row(first.substr(0, first.find('=')));
  // "create partition PartitionName=x" says the entity twice.
  const bool apart = row && first.find('=') == std::string::npos;
  UpdateRequest request{row ? row->entity : "", "", {}, UpdateVerb::create};
  for (const std::string& argument : apart ? call.arguments.subspan(1) : call.arguments) {
    const auto pair = split_once(argument, '=');
    if (!pair) return call.refused("scontrol: error: ", fail("Invalid input: " + argument + ": KEY=VALUE is wanted"));
    const EntityRow* named = entity_row(pair->first);
    if (named && request.entity.empty()) request.entity = named->entity;
    const bool names = named && request.name.empty() && named->entity == request.entity && pair->first != "Nodes";
    if (names)
      request.name = pair->second;
    else
      request.changes.push_back({std::string(pair->first), std::string(pair->second)});
  }
  if (request.entity == "reservation") return create_reservation(call, request);
  if (request.entity.empty() || request.name.empty())
    return call.refused("scontrol: error: ", fail("What to create is missing: PartitionName=NAME is wanted"));
  if (request.entity == "node") {
    const std::string line = join(call.arguments, " ");
    auto done = ask<DoneReply>(call.controller, request, call.output);
    if (done) return 0;
    if (done.error().code == Errc::error)
      call.output.error_line(fmt::format("scontrol: error: Failed to parse nodeline '{}'{}{}", line,
                                         done.error().message.empty() ? "" : ": ", done.error().message));
    return call.refused("Error creating node(s): ", fail(done.error().code));
  }
  return send(call, request, "Error creating the partition: ");
}

int remove_entity(const ScontrolCall& call) {
  const std::string word = join(call.arguments, "=");  // ENTITY ID says the same as ENTITY=ID
  const auto pair = split_once(word, '=');
  if (!pair || pair->second.empty() || pair->second.find('=') != std::string_view::npos)
    return call.refused("scontrol: error: ", fail("Proper format is 'delete <ENTITY>=<ID>' or 'delete <ENTITY> <ID>'"));
  const EntityRow* row = entity_row(pair->first);
  if (!row)
    return call.refused("scontrol: error: ",
                        fail(fmt::format("Invalid deletion entity: {}: PartitionName=NAME is wanted", pair->first)));
  const UpdateRequest request{row->entity, std::string(pair->second), {}, UpdateVerb::remove};
  const std::string kind = fmt::format("delete_{} {}: ", row->kind, word);
  if (request.entity != "node") return send(call, request, kind);
  auto done = ask<DoneReply>(call.controller, request, call.output);
  if (done) return 0;
  call.output.error_line(fmt::format("scontrol: error: failed to delete nodes {}", request.name));
  return call.refused(kind, done.error());
}

}  // namespace slurmxx
