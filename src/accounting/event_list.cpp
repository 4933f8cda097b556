// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/event_list.h"

#include "accounting/job_query.h"
#include "accounting/rows.h"
#include "accounting/schema.h"

namespace slurmxx {

Result<DbdReply> list_events(DbdContext& context, const EventsQuery& query) {
  constexpr std::size_t events_max = 100'000;
  TRY_ASSIGN(const auto clusters, clusters_asked_for(context, query.clusters, query.clusters.empty()));
  EventList list;
  for (const auto& [id, name] : clusters) {
    std::string where = "cluster_id = ? AND ended > ? AND started < ?";
    SqlValues bound{id, query.start.seconds, query.end.seconds};
    add_any_of(where, bound, "node", query.nodes);
    add_any_of(where, bound, "state", query.states);
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
                     row.text(tres)};
      if (row.integer(ended) < open_end) event.ended = Instant(row.integer(ended));
      list.events.push_back(std::move(event));
    }
  }
  return DbdReply(std::move(list));
}

}  // namespace slurmxx
