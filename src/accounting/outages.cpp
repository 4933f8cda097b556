// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/outages.h"

#include "accounting/schema.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

constexpr std::string_view away = "DOWN";

// The cluster's own event that has not ended: what it has (empty `state`), or that it is away.
Result<std::vector<SqlRow>> open_event(DbdContext& context, std::string_view state) {
  return context.database.query(
      "SELECT e.cluster_id, e.tres FROM events e JOIN clusters c ON c.id = e.cluster_id WHERE c.name = ? AND e.node = "
      "'' AND e.state = ? AND e.ended = ?",
      {lower(context.caller.cluster), std::string(state), open_end});
}

}  // namespace

bool is_total_event(std::string_view node, std::string_view state) { return node.empty() && state.empty(); }

Result<DbdReply> note_controller_gone(DbdContext& context, const DbdControllerGone&) {
  if (!context.config.behaviour.track_slurmctld_down) return DbdReply(DbdDone{});
  TRY_ASSIGN(const auto total, open_event(context, ""));
  TRY_ASSIGN(const auto known, open_event(context, away));
  if (total.empty() || !known.empty()) return DbdReply(DbdDone{});
  const auto begun = context.database.execute(
      "INSERT INTO events (cluster_id, node, started, ended, state, reason, uid, tres) VALUES (?,?,?,?,?,?,?,?)",
      {total.front().integer(0), std::string(), context.now.seconds, open_end, std::string(away),
       std::string("slurmctld disconnect"), std::int64_t(context.caller.uid.value), total.front().text(1)});
  if (!begun) return begun.error();
  return DbdReply(DbdDone{});
}

Status note_controller_back(DbdContext& context) {
  TRY_ASSIGN(const auto known, open_event(context, away));
  if (known.empty()) return {};
  const auto ended = context.database.execute(
      "UPDATE events SET ended = ? WHERE cluster_id = ? AND node = '' AND state = ? AND ended = ?",
      {context.now.seconds, known.front().integer(0), std::string(away), open_end});
  return ended ? Status() : Status(ended.error());
}

}  // namespace slurmxx
