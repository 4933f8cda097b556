// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The rows stand in the order of the alternatives of DbdRequest.
#include "accounting/handlers.h"

#include <array>

#include <fmt/format.h>

#include "accounting/book_handlers.h"
#include "accounting/event_list.h"
#include "accounting/house.h"
#include "accounting/ingest.h"
#include "accounting/job_query.h"
#include "accounting/outages.h"
#include "accounting/reservation_list.h"
#include "accounting/schema.h"
#include "accounting/usage_report.h"
#include "base/version.h"

namespace slurmxx {
namespace {

// The handler of one alternative as that of any request.
template <class Request, Result<DbdReply> (*serve)(DbdContext&, const Request&)>
Result<DbdReply> serve_as(DbdContext& context, const DbdRequest& request) {
  return serve(context, std::get<Request>(request));
}

Result<DbdReply> ping(DbdContext& context, const DbdPing&) {
  TRY_ASSIGN(const auto rows, context.database.query("SELECT version FROM schema_version WHERE id = 1"));
  const std::uint64_t schema = rows.empty() ? 0 : static_cast<std::uint64_t>(rows.front().integer(0));
  return DbdReply(DbdPong{context.host, version_text, context.config.storage.type, schema});
}

constexpr std::array handlers = {
    DbdHandler{"ping", "DBD_PING", DbdAccess::anyone, false, serve_as<DbdPing, ping>},
    DbdHandler{"change of accounts", "DBD_MODIFY", DbdAccess::anyone, true, serve_as<DbdBookOrder, serve_book_order>},
    DbdHandler{"accounts", "DBD_GET_ACCOUNTS", DbdAccess::anyone, false, serve_as<DbdBookRequest, serve_book>},
    DbdHandler{"registration", "DBD_REGISTER_CTLD", DbdAccess::trusted, true, serve_as<DbdRegister, serve_register>},
    DbdHandler{"records of jobs", "DBD_TAKE_RECORDS", DbdAccess::trusted, true, serve_as<TakeRecords, take_records>},
    DbdHandler{"jobs", "DBD_GET_JOBS", DbdAccess::anyone, false, serve_as<JobsQuery, find_jobs>},
    DbdHandler{"usage", "DBD_GET_USAGE", DbdAccess::anyone, false, serve_as<UsageQuery, report_usage>},
    DbdHandler{"events", "DBD_GET_EVENTS", DbdAccess::anyone, false, serve_as<EventsQuery, list_events>},
    DbdHandler{"order about slurmdbd", "DBD_HOUSE", DbdAccess::anyone, true,
               serve_as<DbdHouseOrder, serve_house_order>},
    DbdHandler{"reservations", "DBD_GET_RESVS", DbdAccess::anyone, false,
               serve_as<ReservationsQuery, list_reservations>},
    DbdHandler{"end of a controller's session", "DBD_CTLD_GONE", DbdAccess::trusted, true,
               serve_as<DbdControllerGone, note_controller_gone>},
    DbdHandler{"file of accounts", "DBD_LOAD", DbdAccess::anyone, true, serve_as<DbdLoadOrder, serve_load>},
};
static_assert(handlers.size() == std::variant_size_v<DbdRequest>);

}  // namespace

const DbdHandler& handler_of(const DbdRequest& request) { return handlers.at(request.index()); }

std::string call_name(const DbdRequest& request) {
  if (const auto* order = std::get_if<DbdHouseOrder>(&request)) return house_call_name(*order);
  return handler_of(request).call;
}

bool writes(const DbdRequest& request) {
  if (const auto* order = std::get_if<DbdHouseOrder>(&request)) return house_order_writes(*order);
  return handler_of(request).writes;
}

DbdReply serve_dbd(DbdContext& context, const DbdRequest& request) {
  const DbdHandler& handler = handler_of(request);
  if (handler.access == DbdAccess::trusted && !context.caller.trusted)
    return DbdError{Errc::access_denied,
                    fmt::format("{}: only SlurmUser and root may ask slurmdbd for this", handler.name)};
  auto reply = handler.serve(context, request);
  if (reply) return std::move(*reply);
  context.news.clear();
  context.audited.clear();
  return DbdError{reply.error().code, reply.error().message};
}

}  // namespace slurmxx
