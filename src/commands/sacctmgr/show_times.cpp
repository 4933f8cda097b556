// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The lists of what happened: events of nodes and clusters, reservations, transactions.
#include <fmt/format.h>

#include <algorithm>

#include "commands/sacctmgr/list.h"
#include "core/text/instant_text.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

struct Window {
  Instant start;
  Instant end;
};

// Start= and End=, or what is usual.
Result<Window> window_of(const SacctmgrCall& call, const Terms& where, Window usual) {
  const TimeContext context{call.output().now, *call.output().zone, PastTimes::keep};
  if (const Term* start = find_term(where, "start")) {
    TRY_ASSIGN(usual.start, parse_instant(start->value, context));
  }
  if (const Term* end = find_term(where, "end")) {
    TRY_ASSIGN(usual.end, parse_instant(end->value, context));
  }
  return usual;
}

Result<Instant> midnight(const SacctmgrCall& call) {
  return parse_instant("00:00", {call.output().now, *call.output().zone, PastTimes::keep});
}

std::string event_user(const List& list, const EventRow& event) {
  if (event.node.empty()) return "";
  return fmt::format("{}({})", list.call.output().name_of(event.uid), event.uid.value);
}

// A reason may have commas of its own.
bool wants_reason(const List& list, const std::string& reason) {
  const Term* term = find_term(list.order.where, "reason");
  return !term || equal_ignoring_case(term->value, reason) || list.wants("reason", reason);
}

bool is_of_user(const List& list, const EventRow& event) {
  return list.wants("users", list.call.output().name_of(event.uid)) ||
         list.wants("users", std::to_string(event.uid.value));
}

bool has_cpus(const List& list, const EventRow& event) {
  const auto counts = parse_tres(event.tres);
  const std::uint64_t cpus = counts ? (*counts)["cpu"] : 0;
  const auto bound = [&](const char* key, std::uint64_t usual) {
    const Term* term = find_term(list.order.where, key);
    const auto number = term ? parse_natural(term->value) : Result<std::uint64_t>(usual);
    return number ? *number : usual;
  };
  return cpus >= bound("mincpus", 0) && cpus <= bound("maxcpus", UINT64_MAX);
}

// The associations that a transaction was about, as far as they are still there.
std::vector<const Association*> associations_of(const AccountBook& book, const TransactionRow& row) {
  std::vector<const Association*> found;
  constexpr std::string_view mark = "id_assoc=";
  for (std::size_t at = row.where.find(mark); at != std::string::npos; at = row.where.find(mark, at + 1)) {
    std::size_t end = at + mark.size();
    while (end < row.where.size() && row.where[end] >= '0' && row.where[end] <= '9') ++end;
    const auto id = parse_natural(std::string_view(row.where).substr(at + mark.size(), end - at - mark.size()));
    const Association* one = id ? book.association(static_cast<std::uint32_t>(*id)) : nullptr;
    if (one) found.push_back(one);
  }
  return found;
}

// By the rows it names, or by an association of the one who is asked for.
bool is_about(const List& list, const TransactionRow& row, std::string_view key, std::string Association::*name) {
  const std::vector<std::string> wanted = values_of(list.order.where, key);
  if (wanted.empty()) return true;
  for (const std::string& one : wanted) {
    const bool named = row.where == one || row.where.find(fmt::format("'{}'", one)) != std::string::npos;
    if (named && row.action.find(key == "users" ? "User" : "Account") != std::string::npos) return true;
    for (const Association* association : associations_of(list.book(), row))
      if (equal_ignoring_case(association->*name, one)) return true;
    const char* mark = key == "users" ? "U = " : "A = ";
    if (row.info.find(fmt::format("{}{} ", mark, one)) != std::string::npos) return true;
  }
  return false;
}

// Names of what was touched, for withassoc.
std::string touched(const std::vector<const Association*>& rows, std::string Association::*name) {
  std::vector<std::string> names;
  for (const Association* row : rows)
    if (!(row->*name).empty() && !contains(names, row->*name)) names.push_back(row->*name);
  std::sort(names.begin(), names.end());
  return join(names, ",");
}

}  // namespace

Rows event_rows(const List& list) {
  const Terms& where = list.order.where;
  const bool nodes_only = find_term(where, "states") || find_term(where, "users");
  const bool clusters = list.wants("event", "cluster") && !nodes_only, nodes = list.wants("event", "node");
  const std::vector<std::string> flags = values_of(where, "condflags");
  const bool open =
      std::any_of(flags.begin(), flags.end(), [](auto& flag) { return equal_ignoring_case(flag, "open"); });
  Rows rows;
  for (const EventRow& event : list.events) {
    if (event.node.empty() ? !clusters : !nodes) continue;
    if (open && event.ended) continue;
    if (!wants_reason(list, event.reason) || !is_of_user(list, event) || !has_cpus(list, event)) continue;
    ShowRow row = list.row();
    row.event.row = &event;
    row.event.user = event_user(list, event);
    rows.push_back(row);
  }
  return rows;
}

// Of states those that nodes are in now, unless Start= says otherwise.
Result<std::vector<EventRow>> ask_for_events(const SacctmgrCall& call, const ListOrder& order) {
  EventsQuery query;
  query.clusters = values_of(order.where, "clusters");
  query.nodes = values_of(order.where, "nodes");
  for (const std::string& state : values_of(order.where, "states")) query.states.push_back(upper(state));
  const Instant end = call.output().now + Seconds(1);
  TRY_ASSIGN(const Instant today, midnight(call));
  const bool now_only = !query.states.empty() && !order.has("all_time");
  const Instant usual = order.has("all_time") ? Instant() : now_only ? call.output().now : today - Seconds(24 * 3600);
  TRY_ASSIGN(const Window window, window_of(call, order.where, {usual, end}));
  query.start = window.start;
  query.end = window.end;
  TRY_ASSIGN(EventList list, ask_dbd<EventList>(call.world.dbd, query));
  return std::move(list.events);
}

Rows reservation_rows(const List& list) {
  Rows rows;
  for (const ReservedRow& one : list.reservations) {
    if (!list.wants("ids", std::to_string(one.id))) continue;
    ShowRow row = list.row();
    row.reservation = &one;
    rows.push_back(row);
  }
  return rows;
}

Result<std::vector<ReservedRow>> ask_for_reservations(const SacctmgrCall& call, const ListOrder& order) {
  ReservationsQuery query;
  query.clusters = values_of(order.where, "clusters");
  query.names = values_of(order.where, "names");
  query.nodes = values_of(order.where, "nodes");
  TRY_ASSIGN(const Instant today, midnight(call));
  TRY_ASSIGN(const Window window, window_of(call, order.where, {today, Instant(INT64_MAX)}));
  query.start = window.start;
  query.end = window.end;
  TRY_ASSIGN(ReservedList list, ask_dbd<ReservedList>(call.world.dbd, query));
  return std::move(list.reservations);
}

Rows transaction_rows(const List& list) {
  Rows rows;
  const auto window = window_of(list.call, list.order.where, {Instant(), Instant(INT64_MAX)});
  if (!window) return list.call.output().error_line("sacctmgr: error: " + text_of(window.error())), rows;
  for (const TransactionRow& one : list.answer.transactions) {
    if (!list.wants("action", one.action) || !list.wants("actors", one.actor)) continue;
    if (!list.wants("clusters", one.cluster) || !list.wants("ids", std::to_string(one.id))) continue;
    if (one.at < window->start || one.at > window->end) continue;
    if (!is_about(list, one, "accounts", &Association::account) || !is_about(list, one, "users", &Association::user))
      continue;
    ShowRow row = list.row();
    row.transaction = &one;
    const auto rows_touched = associations_of(list.book(), one);
    row.touched.users = touched(rows_touched, &Association::user);
    row.touched.accounts = touched(rows_touched, &Association::account);
    rows.push_back(row);
  }
  return rows;
}

}  // namespace slurmxx
