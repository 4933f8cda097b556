// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "accounting/book_handlers.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "accounting/active_jobs.h"
#include "accounting/book_store.h"
#include "accounting/job_change.h"
#include "accounting/outages.h"
#include "core/accounting/numbers.h"

namespace slurmxx {
namespace {

Actor actor_of(const DbdContext& context, const AccountBook& book) {
  const DbdCaller& caller = context.caller;
  return {caller.user_name, caller.trusted ? AdminLevel::administrates : admin_level(book, caller.user_name)};
}

BookChanger changer_of(const DbdContext& context) {
  const DbdCaller& caller = context.caller;
  return {caller.user_name, caller.uid, caller.from, caller.cluster, context.now};
}

bool is_private(const DbdContext& context, const char* what) {
  return contains(context.config.identity.private_data, what);
}

// The accounts that a user is in or coordinates, and those above them.
std::set<std::string> accounts_of(const Actor& actor, const AccountBook& book) {
  std::set<std::string> own;
  for (const Association& row : book.associations)
    if (row.user == actor.name || coordinates(book, actor.name, row.account)) own.insert(row.account);
  for (std::size_t before = 0; before < own.size();) {
    before = own.size();
    for (const Association& row : book.associations)
      if (!row.is_user() && !row.parent.empty() && own.contains(row.account)) own.insert(row.parent);
  }
  return own;
}

// PrivateData: a user sees himself, and his accounts. Of wckeys he sees his own in any case.
AccountBook visible_to(const Actor& actor, const DbdContext& context, AccountBook book) {
  if (actor.level != AdminLevel::none) return book;
  const AccountBook all = book;
  const std::set<std::string> own = accounts_of(actor, all);
  std::erase_if(book.wckeys, [&](const WcKeyRow& row) { return row.user != actor.name; });
  const auto is_own = [&](const std::string& account) { return own.contains(account); };
  if (is_private(context, "accounts"))
    std::erase_if(book.accounts, [&](const AccountRow& row) { return !is_own(row.name); });
  if (is_private(context, "users"))
    std::erase_if(book.users, [&](const UserRow& row) { return row.name != actor.name; });
  if (is_private(context, "accounts") || is_private(context, "users"))
    std::erase_if(book.associations, [&](const Association& row) {
      const bool mine = row.user == actor.name || coordinates(all, actor.name, row.account);
      return !mine && (row.is_user() ? is_private(context, "users") : !is_own(row.account));
    });
  return book;
}

Error not_privileged(std::string_view what) {
  return fail(Errc::access_denied, fmt::format("Your user doesn't have privilege to perform this action: {}", what));
}

Status require_operator(const Actor& actor, std::string_view what) {
  if (actor.level != AdminLevel::none) return {};
  return not_privileged(fmt::format("{} is for operators and administrators", what));
}

Status number_anew(Database& database, const AccountBook& before, Outcome& outcome) {
  if (!outcome.changes || !adds_associations(outcome, before)) return {};
  TRY_ASSIGN(const AccountBook deleted, load_deleted(database));
  give_old_numbers(outcome, before, deleted);
  return {};
}

struct Keeping {
  bool removes = false;
  bool commit = false;
};

// What active jobs need is not removed; of a QOS that they have is told.
Result<DbdReply> keep_outcome(DbdContext& context, const AccountBook& before, Outcome outcome, Keeping how) {
  TRY(number_anew(context.database, before, outcome));
  std::string notes = outcome.err;
  if (how.removes && outcome.changes) {
    TRY_ASSIGN(std::string active, active_jobs(context.database, before, outcome.book));
    if (!active.empty()) return DbdReply(DbdBookOutcome{"", std::move(active), 1, false});
    TRY_ASSIGN(const std::string without_qos, jobs_of_gone_qos(context.database, before, outcome.book));
    notes += without_qos;
  }
  if (how.commit && outcome.changes) {
    TRY_ASSIGN(context.audited, save_book(context.database, outcome.book, outcome.transactions, changer_of(context)));
    context.news.push_back({});
  }
  return DbdReply(DbdBookOutcome{outcome.out, std::move(notes), outcome.exit_code, outcome.changes});
}

Result<std::vector<ClusterFacts>> facts_of_clusters(Database& database) {
  TRY_ASSIGN(const auto rows, database.query("SELECT name, tres, nodes FROM clusters ORDER BY name"));
  std::vector<ClusterFacts> facts;
  for (const SqlRow& row : rows) facts.push_back({row.text(0), row.text(1), row.text(2)});
  return facts;
}

}  // namespace

Result<bool> is_hidden(DbdContext& context, const char* what) {
  if (context.caller.trusted || !is_private(context, what)) return false;
  TRY_ASSIGN(const AccountBook book, load_book(context.database));
  return actor_of(context, book).level == AdminLevel::none;
}

Status require_operator(DbdContext& context, std::string_view what) {
  if (context.caller.trusted) return {};
  TRY_ASSIGN(const AccountBook book, load_book(context.database));
  return require_operator(actor_of(context, book), what);
}

Result<OwnRows> rows_of_caller(DbdContext& context, const char* what) {
  OwnRows rows{false, context.caller.uid, {}};
  if (context.caller.trusted || !is_private(context, what)) return rows;
  TRY_ASSIGN(const AccountBook book, load_book(context.database));
  rows.only = actor_of(context, book).level == AdminLevel::none;
  for (const AccountRow& account : book.accounts)
    if (rows.only && coordinates(book, context.caller.user_name, account.name)) rows.accounts.push_back(account.name);
  return rows;
}

void OwnRows::restrict(std::string& condition, SqlValues& bound) const {
  if (!only) return;
  condition += " AND (uid = ?";
  bound.emplace_back(std::int64_t(uid.value));
  for (const std::string& account : accounts) condition += " OR account = ?", bound.emplace_back(account);
  condition += ')';
}

Result<DbdReply> serve_book_order(DbdContext& context, const DbdBookOrder& order) {
  if (order.order.entity == Entity::job) {
    TRY_ASSIGN(DbdBookOutcome outcome, modify_jobs(context, order));
    return DbdReply(std::move(outcome));
  }
  TRY_ASSIGN(const AccountBook book, load_book(context.database));
  Outcome outcome = execute(book, actor_of(context, book), order.order, context.now);
  const bool removes = order.order.verb == BookVerb::remove;
  return keep_outcome(context, book, std::move(outcome), {removes, order.commit});
}

Result<DbdReply> serve_load(DbdContext& context, const DbdLoadOrder& order) {
  TRY_ASSIGN(const AccountBook book, load_book(context.database));
  Outcome outcome = execute_all(book, actor_of(context, book), order.load, context.now);
  return keep_outcome(context, book, std::move(outcome), {!order.load.clean.empty(), order.commit});
}

Result<DbdReply> serve_book(DbdContext& context, const DbdBookRequest& request) {
  TRY_ASSIGN(const AccountBook book, load_book(context.database));
  const Actor actor = actor_of(context, book);
  const auto is_coordinator = [&](const AccountRow& account) {
    return std::ranges::find(account.coordinators, actor.name) != account.coordinators.end();
  };
  if (request.for_wckeys) TRY(require_operator(actor, "the list of wckeys"));
  if (request.for_problems && actor.level == AdminLevel::none && std::ranges::none_of(book.accounts, is_coordinator))
    return not_privileged("the list of problems is for operators, administrators and coordinators");
  DbdBook reply;
  reply.book = visible_to(actor, context, request.cluster.empty() ? book : book_for(book, request.cluster));
  const bool names_others = is_private(context, "accounts") || is_private(context, "users");
  if (request.with_transactions && names_others && actor.level == AdminLevel::none) return fail(Errc::access_denied);
  if (request.with_transactions) {
    TRY_ASSIGN(reply.transactions, load_transactions(context.database));
  }
  if (request.with_deleted) {
    TRY_ASSIGN(AccountBook deleted, load_deleted(context.database));
    reply.deleted = visible_to(actor, context, std::move(deleted));
  }
  if (request.cluster.empty()) {
    TRY_ASSIGN(reply.clusters, facts_of_clusters(context.database));
  }
  return DbdReply(std::move(reply));
}

Result<DbdReply> serve_register(DbdContext& context, const DbdRegister& request) {
  TRY(note_controller_back(context));
  TRY_ASSIGN(const AccountBook book, load_book(context.database));
  const Registration registration{context.caller.cluster, request.host, request.port,
                                  request.rpc_version,    request.tres, request.node_count};
  Outcome outcome = register_cluster(book, registration, context.now);
  if (outcome.changes) {
    TRY(number_anew(context.database, book, outcome));
    TRY_ASSIGN(context.audited, save_book(context.database, outcome.book, outcome.transactions, changer_of(context)));
    context.news.push_back({context.caller.cluster});
  }
  return DbdReply(DbdDone{});
}

}  // namespace slurmxx
