// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/house.h"

#include <fmt/format.h>

#include "accounting/book_store.h"
#include "accounting/runaway.h"
#include "core/accounting/execute.h"

namespace slurmxx {
namespace {

struct HouseRow {
  const char* name;
  bool administrators_only;  // an operator may not
  Result<DbdBookOutcome> (*serve)(DbdContext& context, const DbdHouseOrder& order);
};

constexpr HouseRow orders[] = {
    {"runawayjobs", false, runaway_jobs},
};

}  // namespace

Result<DbdReply> serve_house_order(DbdContext& context, const DbdHouseOrder& order) {
  const std::string name = order.words.empty() ? "" : order.words.front();
  for (const HouseRow& row : orders) {
    if (name != row.name) continue;
    TRY_ASSIGN(const AccountBook book, load_book(context.database));
    const AdminLevel level =
        context.caller.trusted ? AdminLevel::administrates : admin_level(book, context.caller.user_name);
    if (level == AdminLevel::none || (row.administrators_only && level != AdminLevel::administrates))
      return fail(Errc::access_denied, fmt::format("{}: your privilege is insufficient", name));
    TRY_ASSIGN(DbdBookOutcome outcome, row.serve(context, order));
    return DbdReply(std::move(outcome));
  }
  return fail(fmt::format("slurmdbd knows no order '{}'", name));
}

}  // namespace slurmxx
