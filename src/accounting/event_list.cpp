// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/event_list.h"

#include <algorithm>

#include "accounting/book_handlers.h"
#include "accounting/job_query.h"
#include "accounting/rows.h"
#include "accounting/schema.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

// A node may be in several at once: DOWN+DRAIN.
bool is_in_state(const EventRow& event, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return true;
  const std::vector<std::string_view> states = split(event.state, '+');
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
    return std::any_of(states.begin(), states.end(),
                       [&](std::string_view state) { return !one.empty() && starts_with_ignoring_case(state, one); });
  });
}

}  // namespace

Result<DbdReply> list_events(DbdContext& context, const EventsQuery& query) {
  constexpr std::size_t events_max = 100'000;
  TRY_ASSIGN(const bool hidden, is_hidden(context, "events"));
  if (hidden) return fail(Errc::access_denied);
  TRY_ASSIGN(const auto clusters, clusters_asked_for(context, query.clusters, query.clusters.empty()));
  EventList list;
  for (const auto& [id, name] : clusters) {
    TRY_ASSIGN(const auto known, context.database.query("SELECT nodes FROM clusters WHERE id = ?", {id}));
    const std::string cluster_nodes = known.empty() ? "" : known.front().text(0);
    std::string where = "cluster_id = ? AND ended > ? AND started < ?";
    SqlValues bound{id, query.start.seconds, query.end.seconds};
    add_any_of(where, bound, "node", query.nodes);
    TRY_ASSIGN(const auto rows,
               context.database.query("SELECT node, started, ended, state, reason, uid, tres FROM events WHERE " +
                                          where + " ORDER BY started, id LIMIT " + std::to_string(events_max),
                                      bound));
    enum : std::size_t { node, started, ended, state, reason, uid, tres };
    for (const SqlRow& row : rows) {
      EventRow event{name,
                     row.text(node),
                     Instant(row.integer(started)),
                     {},
                     row.text(state),
                     row.text(reason),
                     Uid(static_cast<std::uint32_t>(row.integer(uid))),
                     row.text(tres),
                     {}};
      if (!is_in_state(event, query.states)) continue;
      if (event.node.empty()) event.nodes = cluster_nodes;
      if (row.integer(ended) < open_end) event.ended = Instant(row.integer(ended));
      list.events.push_back(std::move(event));
    }
  }
  return DbdReply(std::move(list));
}

}  // namespace slurmxx
