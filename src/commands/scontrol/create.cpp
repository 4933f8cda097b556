// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// scontrol create and delete: partitions. Reservations and nodes are refused in one line until there are any to make.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "commands/scontrol/run.h"

namespace slurmxx {
namespace {

bool is_partition_key(std::string_view key) {
  return equal_ignoring_case(key, "PartitionName") || equal_ignoring_case(key, "Partition");
}

bool names_other_entity(std::string_view word) {
  constexpr std::string_view others[] = {"Reservation", "ReservationName", "ResvName", "Node", "NodeName"};
  const std::string_view key = word.substr(0, word.find('='));
  return std::any_of(std::begin(others), std::end(others),
                     [&](std::string_view one) { return equal_ignoring_case(one, key); });
}

// "create partition PartitionName=x" says the entity twice.
std::span<const std::string> without_entity_word(std::span<const std::string> words) {
  return !words.empty() && equal_ignoring_case(words.front(), "partition") ? words.subspan(1) : words;
}

int send(const ScontrolCall& call, const UpdateRequest& request, const std::string& kind) {
  auto done = ask<DoneReply>(call.controller, request, call.output);
  if (done) return 0;
  return call.refused(done.error().code == Errc::error ? "" : kind, done.error());
}

}  // namespace

int create(const ScontrolCall& call) {
  if (names_other_entity(call.arguments.front())) return call.refused("create: ", fail(Errc::not_supported));
  UpdateRequest request{"partition", "", {}, UpdateVerb::create};
  for (const std::string& argument : without_entity_word(call.arguments)) {
    const auto pair = split_once(argument, '=');
    if (!pair) return call.refused("scontrol: error: ", fail("Invalid input: " + argument + ": KEY=VALUE is wanted"));
    if (is_partition_key(pair->first))
      request.name = pair->second;
    else
      request.changes.push_back({std::string(pair->first), std::string(pair->second)});
  }
  if (request.name.empty())
    return call.refused("scontrol: error: ", fail("What to create is missing: PartitionName=NAME is wanted"));
  return send(call, request, "Error creating the partition: ");
}

int remove_entity(const ScontrolCall& call) {
  const std::string word = join(call.arguments, "=");  // ENTITY ID says the same as ENTITY=ID
  const auto pair = split_once(word, '=');
  if (!pair || pair->second.empty() || pair->second.find('=') != std::string_view::npos)
    return call.refused("scontrol: error: ", fail("Proper format is 'delete <ENTITY>=<ID>' or 'delete <ENTITY> <ID>'"));
  if (names_other_entity(word)) return call.refused("delete: ", fail(Errc::not_supported));
  if (!is_partition_key(pair->first))
    return call.refused("scontrol: error: ",
                        fail(fmt::format("Invalid deletion entity: {}: PartitionName=NAME is wanted", pair->first)));
  const std::string name(pair->second);
  return send(call, {"partition", name, {}, UpdateVerb::remove}, fmt::format("delete_partition {}: ", word));
}

}  // namespace slurmxx
