// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/house.h"

#include <algorithm>

#include <fmt/format.h>

#include "accounting/archive_orders.h"
#include "accounting/book_store.h"
#include "accounting/runaway.h"
#include "core/accounting/execute.h"
#include "core/text/words.h"

namespace slurmxx {
namespace {

enum class HouseAccess : std::uint8_t { anyone, operators, administrators };

struct HouseRow {
  const char* name;  // one word or two
  HouseAccess access;
  bool writes;
  Result<DbdReply> (*serve)(DbdContext& context, const DbdHouseOrder& order);
};

Error not_to_be_had(const char* what) {
  return fail(Errc::not_supported, fmt::format("{}: not of this slurmdbd", what));
}

Result<DbdReply> runaways(DbdContext& context, const DbdHouseOrder& order) {
  TRY_ASSIGN(DbdBookOutcome outcome, runaway_jobs(context, order));
  return DbdReply(std::move(outcome));
}

Result<DbdReply> show_statistics(DbdContext& context, const DbdHouseOrder&) {
  if (!context.ports || !context.ports->statistics) return not_to_be_had("stats");
  return DbdReply(context.ports->statistics());
}

Result<DbdReply> clear_statistics(DbdContext& context, const DbdHouseOrder&) {
  if (!context.ports || !context.ports->clear_statistics) return not_to_be_had("clear stats");
  context.ports->clear_statistics();
  return DbdReply(DbdDone{});
}

Result<DbdReply> show_settings(DbdContext& context, const DbdHouseOrder&) {
  DbdSettings settings;
  for (const auto& [key, value] : context.config.shown) settings.settings.push_back({key, value});
  settings.booted = context.booted;
  return DbdReply(std::move(settings));
}

Result<DbdReply> reconfigure(DbdContext& context, const DbdHouseOrder&) {
  if (!context.ports || !context.ports->reconfigure) return not_to_be_had("reconfigure");
  TRY(context.ports->reconfigure());
  return DbdReply(DbdDone{});
}

Result<DbdReply> shut_down(DbdContext& context, const DbdHouseOrder&) {
  if (!context.ports || !context.ports->shut_down) return not_to_be_had("shutdown");
  context.ports->shut_down();
  return DbdReply(DbdDone{});
}

constexpr HouseRow orders[] = {
    {"runawayjobs", HouseAccess::operators, true, runaways},
    {"archive dump", HouseAccess::administrators, true, archive_dump},
    {"archive load", HouseAccess::administrators, true, archive_load},
    {"stats", HouseAccess::operators, false, show_statistics},
    {"clear stats", HouseAccess::operators, false, clear_statistics},
    {"config", HouseAccess::anyone, false, show_settings},
    {"reconfigure", HouseAccess::administrators, false, reconfigure},
    {"shutdown", HouseAccess::administrators, false, shut_down},
};

const HouseRow* row_of(const DbdHouseOrder& order) {
  const std::string first = order.words.empty() ? "" : order.words.front();
  const std::string both = order.words.size() < 2 ? first : first + " " + order.words[1];
  for (const HouseRow& row : orders)
    if (row.name == first || row.name == both) return &row;
  return nullptr;
}

}  // namespace

std::string house_call_name(const DbdHouseOrder& order) {
  const HouseRow* row = row_of(order);
  std::string name = "DBD_" + upper(row ? row->name : "unknown");
  std::ranges::replace(name, ' ', '_');
  return name;
}

bool house_order_writes(const DbdHouseOrder& order) {
  const HouseRow* row = row_of(order);
  return row && row->writes;
}

Result<DbdReply> serve_house_order(DbdContext& context, const DbdHouseOrder& order) {
  const HouseRow* row = row_of(order);
  if (!row) return fail(fmt::format("slurmdbd knows no order '{}'", join(order.words, " ")));
  if (row->access == HouseAccess::anyone) return row->serve(context, order);
  AdminLevel level = AdminLevel::administrates;
  if (!context.caller.trusted) {
    TRY_ASSIGN(const AccountBook book, load_book(context.database));
    level = admin_level(book, context.caller.user_name);
  }
  if (level == AdminLevel::none || (row->access == HouseAccess::administrators && level != AdminLevel::administrates))
    return fail(Errc::access_denied, fmt::format("{}: your privilege is insufficient", row->name));
  return row->serve(context, order);
}

}  // namespace slurmxx
